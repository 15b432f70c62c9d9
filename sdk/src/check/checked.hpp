// For the tests of the checking layer: a fake plugin behind a layer, and what the layer reported.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "check/fake_plugin.hpp"
#include "check/layer.hpp"

namespace backplane::check {

class Checked {
 public:
  Checked();
  ~Checked();

  // The plugin's own tables: changed before start() they are faulty, after it they change.
  fake::Tables& plugin() { return *plugin_; }
  fake::Host& host() { return host_; }

  void start(bool has_times = false);
  // The layer ends; what it measured comes from times().
  void stop() { layer_.reset(); }

  const bp_plugin_t& table() const { return *layer_->table(); }
  const bp_memory_api_t& memory() const { return *table().memory; }
  const bp_stream_api_t& stream() const { return *table().stream; }
  const bp_kernel_api_t& kernel() const { return *table().kernel; }

  // The device, opened at the first call and closed at the end.
  bp_device_t* device(uint32_t index = fake::kSynchronous);
  void forget_devices() { devices_.clear(); }  // the test has closed them

  bp_buffer_t* make_buffer(bp_device_t* device, uint64_t size = 256);
  bp_stream_t* make_stream(bp_device_t* device);
  bp_event_t* make_event(bp_device_t* device, bp_event_flags_t flags = 0);
  bp_kernel_t* make_kernel(bp_device_t* device, const std::string& op = "Add", int64_t count = 8);

  // "BP-BASE-2 buffer_create: returned ..." for each violation so far, which are then forgotten.
  std::vector<std::string> take_violations();
  const std::vector<CallTime>& times() const { return times_; }

 private:
  std::unique_ptr<fake::Tables> plugin_ = fake::honest_tables();
  fake::Host host_;
  std::mutex mutex_;
  std::vector<std::string> violations_;
  std::vector<CallTime> times_;
  std::unique_ptr<Layer> layer_;
  std::vector<std::pair<uint32_t, bp_device_t*>> devices_;
};

}  // namespace backplane::check
