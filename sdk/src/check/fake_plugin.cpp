#include "check/fake_plugin.hpp"

#include <cstdlib>
#include <cstring>

namespace backplane::check::fake {
namespace {

constexpr uint64_t kMaxBuffer = 1 << 20;
constexpr const char* kNames[] = {"Fake synchronous", "Fake asynchronous"};

bp_device_info_t make_info(uint32_t index) {
  bp_device_info_t info = {};
  info.struct_size = sizeof info;
  info.kind = BP_DEVICE_CPU;
  info.flags = BP_DEVICE_FLAG_HOST_ADDRESSABLE;
  if (index == kSynchronous) info.flags |= BP_DEVICE_FLAG_SYNCHRONOUS;
  info.name = kNames[index];
  info.architecture = info.driver_version = "1";
  info.uuid = info.bus_address = "";
  info.max_buffer_size = kMaxBuffer;
  info.buffer_alignment = info.preferred_alignment = 64;
  info.offset_alignment = 16;
  info.stream_depth = 64;
  info.capture_size = 65536;
  return info;
}

const bp_device_info_t* device_info(const bp_host_t*, uint32_t index) {
  static const bp_device_info_t infos[] = {make_info(0), make_info(1)};
  return index < 2 ? &infos[index] : nullptr;
}

bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  for (uint32_t i = 0; i < option_count; ++i)
    if (std::string(options[i].key).rfind("bp.", 0) != 0) {
      host->explain(host->self, "unknown option");
      return BP_STATUS_INVALID_ARGUMENT;
    }
  if (index >= 2) {
    host->explain(host->self, "no such device");
    return BP_STATUS_INVALID_ARGUMENT;
  }
  auto* device = new bp_device{host, index, nullptr, {}};
  device->host_space = new bp_buffer{device, nullptr, UINT64_MAX, false};
  *out_device = device;
  return BP_OK;
}

void device_close(bp_device_t* device) {
  if (device == nullptr) return;
  delete device->host_space;
  delete device;
}

const void* get_extension(const char* id) {
  return std::strcmp(id, "com.example.one/1") == 0 ? id : nullptr;
}

bp_status_t buffer_create(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                          bp_buffer_t** out_buffer) {
  if (kind > BP_MEMORY_STAGING)
    return explained(device, BP_STATUS_UNSUPPORTED, "unknown memory kind");
  if (size == 0 || size > kMaxBuffer)
    return explained(device, BP_STATUS_INVALID_ARGUMENT, "size is not possible");
  void* data = device->host->allocate(device->host->self, size, 64);
  if (data == nullptr) return explained(device, BP_STATUS_OUT_OF_MEMORY, "no memory");
  *out_buffer = new bp_buffer{device, static_cast<char*>(data), size, true};
  return BP_OK;
}

void buffer_destroy(bp_buffer_t* buffer) {
  if (buffer == nullptr) return;
  const bp_host_t* host = buffer->device->host;
  if (buffer->is_owned) host->deallocate(host->self, buffer->data);
  delete buffer;
}

// INVALID_ARGUMENT, or BP_OK when the call can go on.
bp_status_t check_range(const bp_stream_t* stream, const bp_buffer_t* buffer, uint64_t offset,
                        uint64_t size) {
  if (stream == nullptr && buffer->device->index == kAsynchronous)
    return explained(buffer->device, BP_STATUS_INVALID_ARGUMENT, "no stream");
  if (offset > buffer->size || size > buffer->size - offset)
    return explained(buffer->device, BP_STATUS_INVALID_ARGUMENT, "outside the buffer");
  return BP_OK;
}

bp_status_t write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, const void* source,
                  uint64_t size) {
  const bp_status_t status = check_range(stream, target, offset, size);
  if (status != BP_OK) return status;
  const auto* from = static_cast<const char*>(source);
  return in_order(stream,
                  [bytes = std::vector<char>(from, from + size), to = target->data + offset] {
                    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
                  });
}

bp_status_t read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset, void* target,
                 uint64_t size) {
  const bp_status_t status = check_range(stream, source, offset, size);
  if (status != BP_OK) return status;
  return in_order(stream, [=, from = source->data + offset] { std::memcpy(target, from, size); });
}

bp_status_t copy(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                 const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  bp_status_t status = check_range(stream, target, target_offset, size);
  if (status == BP_OK) status = check_range(stream, source, source_offset, size);
  if (status != BP_OK) return status;
  return in_order(stream, [=, to = target->data + target_offset,
                           from = source->data + source_offset] { std::memcpy(to, from, size); });
}

bp_status_t fill(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, uint64_t size,
                 const void* pattern, uint32_t pattern_size) {
  const bp_status_t status = check_range(stream, target, offset, size);
  if (status != BP_OK) return status;
  if (pattern_size == 0 || pattern_size > 8 || size % pattern_size != 0)
    return explained(target->device, BP_STATUS_INVALID_ARGUMENT, "bad pattern size");
  const auto* from = static_cast<const char*>(pattern);
  return in_order(stream, [=, bytes = std::vector<char>(from, from + pattern_size),
                           to = target->data + offset] {
    for (uint64_t i = 0; i < size; ++i) to[i] = bytes[i % bytes.size()];
  });
}

bp_status_t map(bp_buffer_t* buffer, void** out_pointer) {
  *out_pointer = buffer->data;
  return BP_OK;
}

bp_status_t buffer_import(bp_device_t* device, bp_handle_kind_t kind, uint64_t handle,
                          uint64_t size, bp_buffer_t** out_buffer) {
  if (kind != BP_HANDLE_HOST_POINTER)
    return explained(device, BP_STATUS_UNSUPPORTED, "only host pointers");
  char* data = nullptr;
  std::memcpy(&data, &handle, sizeof data);
  *out_buffer = new bp_buffer{device, data, size, false};
  return BP_OK;
}

bp_status_t buffer_export(bp_buffer_t* buffer, bp_handle_kind_t kind, uint64_t* out_handle) {
  if (kind != BP_HANDLE_HOST_POINTER)
    return explained(buffer->device, BP_STATUS_UNSUPPORTED, "only host pointers");
  *out_handle = reinterpret_cast<uintptr_t>(buffer->data);
  return BP_OK;
}

bp_buffer_t* host_space(bp_device_t* device) { return device->host_space; }

bp_status_t usage(bp_device_t*, uint64_t* out_free, uint64_t* out_total) {
  *out_free = kMaxBuffer;
  *out_total = 2 * kMaxBuffer;
  return BP_OK;
}

bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
  const std::string op = node->op;
  if ((op != "Add" && op != "Scale") || node->input_count != 2 || node->output_count != 1)
    return explained(device, BP_STATUS_UNSUPPORTED, "only Add and Scale");
  return BP_OK;
}

bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  const bp_status_t status = supports(device, node);
  if (status != BP_OK) return status;
  *out_kernel = new bp_kernel{device, std::string(node->op) == "Scale",
                              static_cast<uint64_t>(node->inputs[0].shape[0])};
  return BP_OK;
}

void kernel_destroy(bp_kernel_t* kernel) { delete kernel; }

const bp_kernel_info_t* kernel_info(const bp_kernel_t* kernel) {
  static const bp_alias_t pairs[] = {{0, 0}, {1, 0}};
  static const bp_argument_flags_t flags[] = {0, BP_ARGUMENT_FLAG_HOST};
  static const bp_kernel_info_t add = {sizeof add, 0, 0, 0, 0, 0, nullptr, pairs, 2, 0, nullptr};
  static const bp_kernel_info_t scale = {sizeof scale, 0,       0, 0, BP_SIZE_UNKNOWN, 0,
                                         flags,        nullptr, 0, 0, nullptr};
  return kernel->is_scale ? &scale : &add;
}

bp_status_t scratch_size(const bp_kernel_t*, const bp_tensor_type_t* inputs,
                         const bp_tensor_type_t*, uint64_t* out_size) {
  *out_size = static_cast<uint64_t>(inputs[0].shape[0]) * sizeof(float);
  return BP_OK;
}

float* floats(const bp_tensor_t& of) {
  return reinterpret_cast<float*>(of.buffer->data + of.offset);
}

bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t*) {
  if (stream == nullptr && kernel->device->index == kAsynchronous)
    return explained(kernel->device, BP_STATUS_INVALID_ARGUMENT, "no stream");
  if (kernel->count == 0) return BP_OK;
  const float* a = floats(inputs[0]);
  float* sum = floats(outputs[0]);
  const uint64_t count = kernel->count;
  if (kernel->is_scale) {
    const float factor = *static_cast<const float*>(inputs[1].host);
    return in_order(stream, [=] {
      for (uint64_t i = 0; i < count; ++i) sum[i] = a[i] * factor;
    });
  }
  const float* b = floats(inputs[1]);
  return in_order(stream, [=] {
    for (uint64_t i = 0; i < count; ++i) sum[i] = a[i] + b[i];
  });
}

uint64_t estimate_ns(bp_device_t*, const bp_node_t*) { return 1000; }

}  // namespace

bp_status_t explained(bp_device_t* device, bp_status_t status, const char* text) {
  device->host->explain(device->host->self, text);
  return status;
}

bp_device_info_t info_of(uint32_t index) { return make_info(index); }

bp_memory_api_t honest_memory() {
  return {sizeof(bp_memory_api_t), buffer_create, buffer_destroy, write, read, copy, fill, map,
          buffer_import,           buffer_export, host_space,     usage};
}

bp_kernel_api_t honest_kernel() {
  return {sizeof(bp_kernel_api_t),
          supports,
          kernel_create,
          kernel_destroy,
          kernel_info,
          scratch_size,
          launch,
          estimate_ns};
}

std::unique_ptr<Tables> honest_tables() {
  auto tables = std::make_unique<Tables>();
  tables->memory = honest_memory();
  tables->stream = honest_stream();
  tables->kernel = honest_kernel();
  bp_plugin_t& plugin = tables->plugin;
  plugin.struct_size = sizeof plugin;
  plugin.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  plugin.id = "com.example.fake";
  plugin.version = "1.0.0";
  plugin.vendor = "Example";
  plugin.build_id = "build-1";
  plugin.memory = &tables->memory;
  plugin.stream = &tables->stream;
  plugin.kernel = &tables->kernel;
  plugin.device_info = device_info;
  plugin.device_open = device_open;
  plugin.device_close = device_close;
  plugin.get_extension = get_extension;
  plugin.unload = [] {};
  return tables;
}

}  // namespace backplane::check::fake
