// libbp_jitter.so: the cpu plugin's device with streams, on which every piece of work is held for a
// random short time before it runs. Honest: in the order of the stream, and nothing else changes. A
// kernel takes BACKPLANE_JITTER_COMPILE_US to make.
#include <chrono>
#include <thread>

#include "base.hpp"
#include "random.hpp"

namespace backplane::selftest {
namespace {

constexpr uint32_t kCpuDevice = 1;  // the one with streams
constexpr uint64_t kMostUs = 300;

Tables tables;

// One time in four not at all, so that some work does follow close on another.
void hold(bp_stream_t* stream) {
  if (stream == nullptr || random_below(4) == 0) return;
  auto* time = reinterpret_cast<void*>(random_below(kMostUs));  // NOLINT(performance-no-int-to-ptr)
  honest().stream->host_call(
      stream,
      [](void* us, bp_status_t) {
        std::this_thread::sleep_for(std::chrono::microseconds(reinterpret_cast<uintptr_t>(us)));
      },
      time);
}

bp_status_t write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, const void* source,
                  uint64_t size) {
  hold(stream);
  return honest().memory->write(stream, target, offset, source, size);
}

bp_status_t read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset, void* target,
                 uint64_t size) {
  hold(stream);
  return honest().memory->read(stream, source, offset, target, size);
}

bp_status_t copy(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                 const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  hold(stream);
  return honest().memory->copy(stream, target, target_offset, source, source_offset, size);
}

bp_status_t fill(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, uint64_t size,
                 const void* pattern, uint32_t pattern_size) {
  hold(stream);
  return honest().memory->fill(stream, target, offset, size, pattern, pattern_size);
}

bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  hold(stream);
  return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
}

bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  static const uint64_t us = number_in("BACKPLANE_JITTER_COMPILE_US", 0);
  if (us != 0) std::this_thread::sleep_for(std::chrono::microseconds(us));
  return honest().kernel->kernel_create(device, node, out_kernel);
}

bp_status_t event_record(bp_event_t* event, bp_stream_t* stream) {
  hold(stream);
  return honest().stream->event_record(event, stream);
}

bp_status_t event_wait(bp_event_t* event, bp_stream_t* stream) {
  hold(stream);
  return honest().stream->event_wait(event, stream);
}

bp_status_t host_call(bp_stream_t* stream, void (*function)(void*, bp_status_t), void* argument) {
  hold(stream);
  return honest().stream->host_call(stream, function, argument);
}

const bp_device_info_t* device_info(const bp_host_t* host, uint32_t index) {
  static const bp_device_info_t info = [host] {
    bp_device_info_t made = *honest().plugin->device_info(host, kCpuDevice);
    made.stream_depth /= 2;  // every piece may bring one of its own
    made.uuid = "";
    return made;
  }();
  return index == 0 ? &info : nullptr;
}

bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  if (index != 0) return refuse(host, BP_STATUS_INVALID_ARGUMENT, "there is one device");
  return honest().plugin->device_open(host, kCpuDevice, options, option_count, out_device);
}

const bp_plugin_t* build(const bp_host_t* host) {
  if (!load_base(host, "org.backplane.selftest.jitter", &tables)) return nullptr;
  tables.memory.write = write;
  tables.memory.read = read;
  tables.memory.copy = copy;
  tables.memory.fill = fill;
  tables.kernel.kernel_create = kernel_create;
  tables.kernel.launch = launch;
  tables.stream.event_record = event_record;
  tables.stream.event_wait = event_wait;
  tables.stream.host_call = host_call;
  tables.plugin.device_info = device_info;
  tables.plugin.device_open = device_open;
  tables.plugin.get_extension = nullptr;  // what is the cpu plugin's alone
  return &tables.plugin;
}

}  // namespace
}  // namespace backplane::selftest

extern "C" const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  static const bp_plugin_t* const plugin = backplane::selftest::build(host);
  return plugin;
}
