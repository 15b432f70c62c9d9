// Which tiling of gemm.cl a device multiplies with: measured once, and remembered.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "../platform.hpp"

namespace backplane::opencl {

struct Device;

// How gemm.cl divides a product; its words. Sizes of local memory are in numbers (floats).
struct Tiling {
  uint32_t rows, vectors, width;       // in the registers of a work item
  uint32_t group_columns, group_rows;  // work items of a group
  uint32_t depth;                      // rows of B in a block, at most
  uint32_t panel;                      // 0: B is read where it is
  uint32_t parts;                      // 0: sums stay in registers, a group has one tile of rows

  uint32_t tile_columns() const { return group_columns * vectors * width; }  // of a group
  uint32_t tile_rows() const { return group_rows * rows; }
  std::string name() const;     // "8x2x16 items 1x1 depth 256 panel 16384 parts 8192"
  std::string options() const;  // " -DROWS=8 ..."
};

// What decides whether a device can run a tiling, and whether it is worth a measurement there.
struct TilingLimits {
  bool is_cpu;
  cl_ulong local_memory;  // bytes
  cl_uint width;          // floats of a native vector
};
TilingLimits tiling_limits(cl_device_id id);

// All there are, a better guess before a worse one.
const std::vector<Tiling>& tilings();
bool can_run(const Tiling& tiling, const TilingLimits& limits);
// Those to measure: a CPU wants vectors and groups of one item, others many narrow items. Never
// empty; the first is what an unmeasured device gets.
std::vector<Tiling> likely_tilings(const TilingLimits& limits);

// Texts kept from one start to the next. Either function may be empty.
struct TuningMemory {
  std::function<std::optional<std::string>(const std::string& key)> find;
  std::function<void(const std::string& key, const std::string& bytes)> keep;
};

// Nanoseconds that a product takes with a tiling; nullopt where that cannot be told.
using MeasureTiling = std::function<std::optional<uint64_t>(const Tiling&)>;

// The candidate that `memory` names under `key`; else the fastest (an earlier one unless a later is
// faster by a tenth), which memory then keeps; else, when nothing can be measured, the first.
Tiling choose_tiling(const std::vector<Tiling>& candidates, const std::string& key,
                     const TuningMemory& memory, const MeasureTiling& measure);

// A device's own choice, made when it is first asked for. Any thread.
class Tuning {
 public:
  Tiling any(Device& device);
  // For convolutions and what would read B badly: nullopt where no tiling with a panel can run.
  std::optional<Tiling> with_panel(Device& device);

 private:
  // `candidates` are not empty.
  Tiling tiling(Device& device, const char* use, const std::vector<Tiling>& candidates);

  void measure_all(Device& device, const std::vector<Tiling>& candidates);

  std::mutex mutex_;
  std::map<std::string, Tiling> chosen_;                         // by use
  std::map<std::string, std::optional<uint64_t>> measurements_;  // by name
};

}  // namespace backplane::opencl
