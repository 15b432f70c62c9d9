// For the tests of the checking layer: an honest plugin with every optional function, whose tables
// a test changes where it wants a fault, and a host that counts. Device 0 is synchronous, device 1
// has streams on threads of their own.
#pragma once

#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

// One stream's thread; see fake_stream.cpp.
class FakeQueue;
struct FakeMark;

struct bp_device {
  const bp_host_t* host;
  uint32_t index;
  bp_buffer* host_space;
  std::mutex unit;  // works on one thing at a time: what a test does not order is no data race
};

struct bp_buffer {
  bp_device* device;
  char* data;
  uint64_t size;
  bool is_owned;
};

struct bp_stream {
  bp_device* device;
  std::shared_ptr<FakeQueue> queue;
};

struct bp_event {
  bp_device* device;
  bp_event_flags_t flags;
  std::mutex mutex;
  std::shared_ptr<FakeMark> mark;
};

struct bp_kernel {
  bp_device* device;
  bool is_scale;  // else Add
  uint64_t count;
};

namespace backplane::check::fake {

constexpr uint32_t kSynchronous = 0;
constexpr uint32_t kAsynchronous = 1;

struct Tables {
  bp_memory_api_t memory;
  bp_stream_api_t stream;
  bp_kernel_api_t kernel;
  bp_plugin_t plugin;
};

// Honest from end to end. Operators: Add(float32[n], float32[n]), in place on either input; and
// Scale(float32[n], float32[]), whose factor is a HOST input and which asks scratch_size.
std::unique_ptr<Tables> honest_tables();
bp_device_info_t info_of(uint32_t index);

// The parts that honest_tables() is made of.
bp_memory_api_t honest_memory();
bp_stream_api_t honest_stream();
bp_kernel_api_t honest_kernel();

// Runs `work` in the order of `stream`, at once when it is NULL.
bp_status_t in_order(bp_stream_t* stream, std::function<void()> work);
bp_status_t explained(bp_device_t* device, bp_status_t status, const char* text);

// A host whose memory and explanations a test can look at.
class Host {
 public:
  Host();
  ~Host();
  const bp_host_t* table() const { return &table_; }
  std::string last_explanation() const;
  std::vector<std::string> log() const;
  size_t block_count() const;

 private:
  mutable std::mutex mutex_;
  std::string explanation_;
  std::vector<std::string> log_;
  std::set<void*> blocks_;
  bp_host_t table_ = {};
};

// A node over vectors of float32, and what it points to.
class Node {
 public:
  // `op` has two inputs; the second of "Scale" is a scalar.
  Node(const std::string& op, int64_t count);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  bp_node_t* get() { return &node_; }

 private:
  std::string op_;
  bp_tensor_type_t inputs_[2] = {};
  bp_tensor_type_t output_ = {};
  bp_node_t node_ = {};
};

bp_tensor_type_t vector_type(int64_t count);  // float32
bp_tensor_t tensor(bp_buffer_t* buffer, uint64_t offset, int64_t count);

}  // namespace backplane::check::fake
