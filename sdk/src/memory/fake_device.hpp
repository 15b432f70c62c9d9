// A plugin for tests, part of the test program: with and without streams, with and without the
// optional functions, and failing when it is told to. Its streams do one piece of work at a time,
// when a test says so, or by themselves.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "loader/device.hpp"
#include "stream/stream.hpp"

namespace backplane::fake {

struct FakeStream;

enum class Work {
  kSynchronous,  // no streams
  kByHand,       // a stream's work is done by advance() and by whoever waits for it
  kByThread      // each stream has a thread
};

// How Compress says the sizes that the data decides.
enum class Sizes { kRight, kAboveBound, kUnannounced };

struct Config {
  Work work = Work::kSynchronous;
  // Optional functions: there, NULL, or answering UNSUPPORTED.
  enum class Optional { kThere, kNull, kRefusing };
  Optional copy = Optional::kThere;
  Optional fill = Optional::kThere;
  Optional usage = Optional::kThere;
  Optional import = Optional::kThere;
  Optional host_call = Optional::kThere;
  Optional elapsed = Optional::kThere;
  bool has_map = true;
  bool has_host_space = false;
  bool is_pooled = false;
  uint64_t memory_size = uint64_t{1} << 30;  // buffers beyond it are OUT_OF_MEMORY
  uint64_t max_buffer_size = uint64_t{1} << 30;
  uint64_t offset_alignment = 1;
  uint64_t preferred_alignment = 64;
  uint64_t tensor_padding = 0;

  // Operators: Add, Mul and Max (float32; equal shapes, or one a scalar), Relu, Reshape, Compress
  // of vectors.
  bool bakes_constants = false;
  bool wants_host = false;  // Reshape's shape on the host
  bool works_in_place = false;
  bool is_shape_free = false;
  bool has_bounded_output = false;  // of every kernel, the first
  Sizes sizes = Sizes::kRight;
  uint64_t scratch_size = 0;  // of every kernel; BP_SIZE_UNKNOWN: asked for, 64 then
};

class Chip {
 public:
  explicit Chip(Config config);
  ~Chip();  // every device of it has been closed
  Chip(const Chip&) = delete;
  Chip& operator=(const Chip&) = delete;

  // Behind the checking layer, whose findings are in violations(), unless a benchmark is at work.
  std::shared_ptr<Device> open(bool is_checked = true);
  const std::vector<std::string>& violations() const { return violations_; }

  // What a test asks of it.
  void fail_buffer_create(int nth) { fail_buffer_create_ = nth; }  // 1: the next one
  void fail_work(int nth) { fail_work_ = nth; }                    // of all streams
  // One piece of work by hand, of a live stream by age; false: there is none, or it waits.
  bool advance(size_t stream);
  int buffer_creates() const { return buffer_creates_; }
  int live_buffers() const { return live_buffers_; }
  uint64_t reserved() const { return reserved_; }
  int live_events() const { return live_events_; }
  int live_kernels() const { return live_kernels_; }
  int kernel_creates() const { return kernel_creates_; }
  int launches() const { return launches_; }

  const Config& config() const { return config_; }

  struct Tables;  // fake_device.cpp
  Tables& tables() { return *tables_; }

 private:
  friend struct Access;  // fake_objects.hpp

  const Config config_;
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<Log> log_;
  std::vector<std::string> violations_;
  std::atomic<int> fail_buffer_create_{0};
  std::atomic<int> fail_work_{0};
  std::atomic<int> buffer_creates_{0};
  std::atomic<int> live_buffers_{0};
  std::atomic<int> live_events_{0};
  std::atomic<int> live_kernels_{0};
  std::atomic<int> kernel_creates_{0};
  std::atomic<int> launches_{0};
  std::atomic<uint64_t> reserved_{0};
  std::mutex streams_mutex_;
  std::vector<FakeStream*> streams_;
};

}  // namespace backplane::fake
