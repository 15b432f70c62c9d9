#include "tuning.hpp"

#include <algorithm>

#include "gemm.hpp"

namespace backplane::opencl {

namespace {

constexpr uint64_t kTrialSize = 512;  // of the square matrices that are timed
constexpr int kTrials = 15;           // at most; the fastest counts, whatever disturbs others
constexpr int kRounds = 2;        // so that what disturbs for a while disturbs no candidate alone
constexpr uint64_t kMargin = 10;  // a worse guess must be faster by a tenth
constexpr uint64_t kEnoughNs = 50'000'000;  // of one tiling's trials together
constexpr cl_ulong kForTables = 1024;       // bytes of local memory beside panel and parts

template <class T>
T value_of(cl_device_id id, cl_device_info what) {
  T value = {};
  check(cl().clGetDeviceInfo(id, what, sizeof value, &value, nullptr), "clGetDeviceInfo");
  return value;
}

TuningMemory memory_of(const Device& device) {
  return {[&](const std::string& key) { return device.cache.find(key); },
          [&](const std::string& key, const std::string& text) { device.cache.keep(key, text); }};
}

std::string key_of(const DeviceFacts& facts, const char* use) {
  return std::string("tiling, ") + use + ", of " + facts.platform + ", " + facts.architecture +
         ", " + facts.driver_version;
}

uint64_t end_of(cl_event event) {
  cl_ulong end = 0;
  check(cl().clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, nullptr),
        "clGetEventProfilingInfo");
  return end;
}

EventHandle marker_on(const Stream& stream) {
  cl_event event = nullptr;
  check(cl().clEnqueueMarkerWithWaitList(stream.queue(), 0, nullptr, &event),
        "clEnqueueMarkerWithWaitList");
  return EventHandle(event);
}

// Square matrices of zeros, and their product.
class Trial {
 public:
  explicit Trial(Device& device)
      : stream_(device, true), a_(device, kSize), b_(device, kSize), y_(device, kSize) {
    for (const Matrix* matrix : {&a_, &b_, &y_}) matrix->fill(stream_);
  }

  uint64_t run(TiledProduct& product) {
    const EventHandle before = marker_on(stream_);
    Product asked{a_.tensor, b_.tensor, nullptr, y_.tensor, {}, {}, {}, 1, 0};
    asked.sizes = {kTrialSize, kTrialSize, kTrialSize};
    asked.steps.a_row = asked.steps.b_inner = kTrialSize;
    product.launch(stream_, asked);
    const EventHandle after = marker_on(stream_);
    check(cl().clFinish(stream_.queue()), "clFinish");
    return end_of(after.get()) - end_of(before.get());
  }

 private:
  static constexpr uint64_t kSize = kTrialSize * kTrialSize * sizeof(float);

  struct Matrix {
    Matrix(Device& device, uint64_t size) : buffer(device, BP_MEMORY_DEVICE, size) {
      cl_int error = CL_SUCCESS;
      buffer.memory = Memory(
          cl().clCreateBuffer(device.context.get(), CL_MEM_READ_WRITE, size, nullptr, &error));
      check(error, "clCreateBuffer");
      tensor.type = {BP_DTYPE_FLOAT32, 2, 0, {kTrialSize, kTrialSize}};
      tensor.buffer = reinterpret_cast<bp_buffer_t*>(&buffer);
    }
    void fill(const Stream& stream) const {
      const cl_float zero = 0;
      check(cl().clEnqueueFillBuffer(stream.queue(), buffer.memory.get(), &zero, sizeof zero, 0,
                                     buffer.size, 0, nullptr, nullptr),
            "clEnqueueFillBuffer");
    }
    Buffer buffer;
    bp_tensor_t tensor = {};
  };

  Stream stream_;
  Matrix a_, b_, y_;
};

// A tiling that the driver cannot build or run is no candidate, and no reason to fail.
std::optional<uint64_t> measure(Device& device, const Tiling& tiling) {
  try {
    TiledProduct product(device, tiling, BP_DTYPE_FLOAT32, "");
    Trial trial(device);
    trial.run(product);  // the driver may compile now
    uint64_t fastest = UINT64_MAX, together = 0;
    for (int i = 0; i < kTrials && together < kEnoughNs; ++i) {
      const uint64_t time = trial.run(product);
      fastest = std::min(fastest, time);
      together += time;
    }
    return fastest;
  } catch (const plugin::Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string Tiling::name() const {
  const auto by = [](uint32_t a, uint32_t b) {
    return std::to_string(a) + "x" + std::to_string(b);
  };
  return by(rows, vectors) + "x" + std::to_string(width) + " items " +
         by(group_columns, group_rows) + " depth " + std::to_string(depth) + " panel " +
         std::to_string(panel) + " parts " + std::to_string(parts);
}

std::string Tiling::options() const {
  std::string text;
  const auto define = [&text](const char* word, uint32_t value) {
    text += std::string(" -D") + word + "=" + std::to_string(value);
  };
  define("ROWS", rows);
  define("VECTORS", vectors);
  define("WIDTH", width);
  define("GROUP_COLUMNS", group_columns);
  define("GROUP_ROWS", group_rows);
  if (panel != 0) define("PANEL", panel);
  if (parts != 0)
    define("PARTS", parts);
  else
    define("IS_KEPT", 1);
  return text;
}

const std::vector<Tiling>& tilings() {
  static const std::vector<Tiling> all = {
      // 32 registers of 16, 16 of 8, 16 of 4 floats
      {8, 2, 16, 1, 1, 256, 16384, 8192},
      {8, 2, 16, 1, 1, 1, 0, 0},
      {6, 2, 8, 1, 1, 256, 8192, 8192},
      {6, 2, 8, 1, 1, 1, 0, 0},
      {6, 2, 4, 1, 1, 256, 8192, 4096},
      {6, 2, 4, 1, 1, 1, 0, 0},
      // many items, each one lane
      {8, 2, 4, 8, 8, 16, 4096, 0},
      {4, 1, 4, 8, 8, 16, 4096, 0},
      {4, 2, 2, 16, 4, 16, 2048, 0},
      {4, 1, 4, 8, 8, 1, 0, 0},
  };
  return all;
}

TilingLimits tiling_limits(cl_device_id id) {
  return {(value_of<cl_device_type>(id, CL_DEVICE_TYPE) & CL_DEVICE_TYPE_CPU) != 0,
          value_of<cl_ulong>(id, CL_DEVICE_LOCAL_MEM_SIZE),
          value_of<cl_uint>(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT)};
}

bool can_run(const Tiling& tiling, const TilingLimits& limits) {
  const cl_ulong numbers = cl_ulong{tiling.panel} + tiling.parts;
  const cl_ulong bytes = numbers * sizeof(float) + (tiling.panel != 0 ? kForTables : 0);
  return size_t{tiling.group_columns} * tiling.group_rows <= kLargestGroup &&
         bytes <= limits.local_memory;
}

std::vector<Tiling> likely_tilings(const TilingLimits& limits) {
  const uint32_t width = limits.width >= 16 ? 16 : limits.width >= 8 ? 8 : 4;
  std::vector<Tiling> likely;
  for (const Tiling& tiling : tilings()) {
    const bool is_alone = tiling.group_columns * tiling.group_rows == 1;
    const bool suits = limits.is_cpu ? is_alone && tiling.width == width : !is_alone;
    if (suits && can_run(tiling, limits)) likely.push_back(tiling);
  }
  return likely;
}

Tiling choose_tiling(const std::vector<Tiling>& candidates, const std::string& key,
                     const TuningMemory& memory, const MeasureTiling& measure) {
  const std::optional<std::string> kept = memory.find ? memory.find(key) : std::nullopt;
  for (const Tiling& tiling : candidates)
    if (kept == tiling.name()) return tiling;
  const Tiling* best = nullptr;
  uint64_t shortest = UINT64_MAX;
  for (const Tiling& tiling : candidates) {
    const std::optional<uint64_t> time = measure(tiling);
    if (!time || (best != nullptr && *time > shortest - shortest / kMargin)) continue;
    shortest = *time;
    best = &tiling;
  }
  if (best == nullptr) return candidates.front();
  if (memory.keep) memory.keep(key, best->name());
  return *best;
}

Tiling Tuning::any(Device& device) {
  return tiling(device, "any", likely_tilings(tiling_limits(device.facts.id)));
}

std::optional<Tiling> Tuning::with_panel(Device& device) {
  std::vector<Tiling> candidates;
  for (const Tiling& tiling : likely_tilings(tiling_limits(device.facts.id)))
    if (tiling.panel != 0) candidates.push_back(tiling);
  if (candidates.empty()) return std::nullopt;
  return tiling(device, "with a panel", candidates);
}

void Tuning::measure_all(Device& device, const std::vector<Tiling>& candidates) {
  for (int round = 0; round < kRounds; ++round)
    for (const Tiling& tiling : candidates) {
      std::optional<uint64_t>& fastest = measurements_[tiling.name()];
      const std::optional<uint64_t> time = measure(device, tiling);
      if (time && (!fastest || *time < *fastest)) fastest = time;
    }
}

Tiling Tuning::tiling(Device& device, const char* use, const std::vector<Tiling>& candidates) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = chosen_.find(use);
  if (found != chosen_.end()) return found->second;
  const auto measured = [&](const Tiling& tiling) {
    if (measurements_.count(tiling.name()) == 0) measure_all(device, candidates);
    return measurements_.at(tiling.name());
  };
  const std::string key = key_of(device.facts, use);
  const Tiling best = choose_tiling(candidates, key, memory_of(device), measured);
  chosen_.emplace(use, best);
  return best;
}

}  // namespace backplane::opencl
