#include "check/checked.hpp"

#include <gtest/gtest.h>

namespace backplane::check {

Checked::Checked() = default;

Checked::~Checked() {
  for (const auto& [index, device] : devices_) table().device_close(device);
}

void Checked::start(bool has_times) {
  Options options;
  options.report = [this](const Violation& violation) {
    const std::lock_guard<std::mutex> lock(mutex_);
    violations_.push_back(std::string(violation.rule) + " " + violation.function + ": " +
                          violation.text);
  };
  if (has_times) options.times = [this](const std::vector<CallTime>& times) { times_ = times; };
  layer_ = std::make_unique<Layer>(&plugin_->plugin, options);
}

bp_device_t* Checked::device(uint32_t index) {
  for (const auto& [known, opened] : devices_)
    if (known == index) return opened;
  bp_device_t* opened = nullptr;
  EXPECT_EQ(table().device_open(host_.table(), index, nullptr, 0, &opened), BP_OK);
  devices_.emplace_back(index, opened);
  return opened;
}

bp_buffer_t* Checked::make_buffer(bp_device_t* device, uint64_t size) {
  bp_buffer_t* buffer = nullptr;
  EXPECT_EQ(memory().buffer_create(device, BP_MEMORY_DEVICE, size, &buffer), BP_OK);
  return buffer;
}

bp_stream_t* Checked::make_stream(bp_device_t* device) {
  bp_stream_t* made = nullptr;
  EXPECT_EQ(stream().stream_create(device, BP_STREAM_FLAG_TIMED, &made), BP_OK);
  return made;
}

bp_event_t* Checked::make_event(bp_device_t* device, bp_event_flags_t flags) {
  bp_event_t* event = nullptr;
  EXPECT_EQ(stream().event_create(device, flags, &event), BP_OK);
  return event;
}

bp_kernel_t* Checked::make_kernel(bp_device_t* device, const std::string& op, int64_t count) {
  fake::Node node(op, count);
  bp_kernel_t* made = nullptr;
  EXPECT_EQ(kernel().kernel_create(device, node.get(), &made), BP_OK);
  return made;
}

std::vector<std::string> Checked::take_violations() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(violations_, {});
}

}  // namespace backplane::check
