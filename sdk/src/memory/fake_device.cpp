#include "memory/fake_device.hpp"

#include <cstring>

#include "memory/fake_objects.hpp"

namespace backplane::fake {
namespace {

// device_open has no other argument that could say which chip is meant.
std::vector<Chip*>& chips() {
  static std::vector<Chip*> all;
  return all;
}

bool inside(const FakeBuffer& buffer, uint64_t offset, uint64_t size) {
  return offset <= buffer.size && size <= buffer.size - offset;
}

bp_status_t buffer_create(bp_device_t* handle, bp_memory_kind_t kind, uint64_t size,
                          bp_buffer_t** out_buffer) {
  auto* device = as<FakeDevice>(handle);
  Chip& chip = *device->chip;
  Access::buffer_creates(chip)++;
  if (kind > BP_MEMORY_STAGING || (kind == BP_MEMORY_STAGING && !chip.config().has_map))
    return refuse(device, BP_STATUS_UNSUPPORTED, "no memory of this kind");
  if (size == 0 || size > chip.config().max_buffer_size)
    return refuse(device, BP_STATUS_INVALID_ARGUMENT, "no size for a buffer");
  std::atomic<int>& failing = Access::fail_buffer_create(chip);
  if (failing > 0 && --failing == 0)
    return refuse(device, BP_STATUS_OUT_OF_MEMORY, "told to fail here");
  if (size > chip.config().memory_size - Access::reserved(chip))
    return refuse(device, BP_STATUS_OUT_OF_MEMORY, "its memory is full");
  auto* buffer = new FakeBuffer{device, kind, std::vector<char>(size, '\x5a'), nullptr, size};
  buffer->data = buffer->owned.data();
  Access::live_buffers(chip)++;
  Access::reserved(chip) += size;
  *out_buffer = as<bp_buffer_t>(buffer);
  return BP_OK;
}

void buffer_destroy(bp_buffer_t* handle) {
  if (handle == nullptr) return;
  auto* buffer = as<FakeBuffer>(handle);
  Access::live_buffers(*buffer->device->chip)--;
  Access::reserved(*buffer->device->chip) -= buffer->owned.size();
  delete buffer;
}

bp_status_t write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, const void* source,
                  uint64_t size) {
  auto* buffer = as<FakeBuffer>(target);
  if (!inside(*buffer, offset, size))
    return refuse(buffer->device, BP_STATUS_INVALID_ARGUMENT, "write: outside the buffer");
  const auto* bytes = static_cast<const char*>(source);
  std::vector<char> taken(bytes, bytes + size);
  return give(buffer->device, as<FakeStream>(stream), [buffer, offset, taken] {
    if (!taken.empty()) std::memcpy(buffer->data + offset, taken.data(), taken.size());
    return BP_OK;
  });
}

bp_status_t read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset, void* target,
                 uint64_t size) {
  auto* buffer = as<FakeBuffer>(source);
  if (!inside(*buffer, offset, size))
    return refuse(buffer->device, BP_STATUS_INVALID_ARGUMENT, "read: outside the buffer");
  return give(buffer->device, as<FakeStream>(stream), [buffer, offset, target, size] {
    if (size > 0) std::memcpy(target, buffer->data + offset, size);
    return BP_OK;
  });
}

bp_status_t copy(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                 const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  auto* to = as<FakeBuffer>(target);
  auto* from = as<FakeBuffer>(source);
  if (to->device->chip->config().copy == Config::Optional::kRefusing)
    return refuse(to->device, BP_STATUS_UNSUPPORTED, "no copy");
  if (!inside(*to, target_offset, size) || !inside(*from, source_offset, size))
    return refuse(to->device, BP_STATUS_INVALID_ARGUMENT, "copy: outside the buffer");
  const bool overlaps = to == from && size > 0 && target_offset < source_offset + size &&
                        source_offset < target_offset + size;
  if (overlaps) return refuse(to->device, BP_STATUS_INVALID_ARGUMENT, "copy: overlap");
  return give(to->device, as<FakeStream>(stream), [=] {
    if (size > 0) std::memcpy(to->data + target_offset, from->data + source_offset, size);
    return BP_OK;
  });
}

bp_status_t fill(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, uint64_t size,
                 const void* pattern, uint32_t pattern_size) {
  auto* buffer = as<FakeBuffer>(target);
  if (buffer->device->chip->config().fill == Config::Optional::kRefusing)
    return refuse(buffer->device, BP_STATUS_UNSUPPORTED, "no fill");
  if (pattern_size == 0 || pattern_size > 8 || (pattern_size & (pattern_size - 1)) != 0)
    return refuse(buffer->device, BP_STATUS_INVALID_ARGUMENT, "fill: no such pattern");
  if (offset % pattern_size != 0 || size % pattern_size != 0)
    return refuse(buffer->device, BP_STATUS_INVALID_ARGUMENT, "fill: not a multiple");
  if (!inside(*buffer, offset, size))
    return refuse(buffer->device, BP_STATUS_INVALID_ARGUMENT, "fill: outside the buffer");
  const auto* bytes = static_cast<const char*>(pattern);
  const std::vector<char> taken(bytes, bytes + pattern_size);
  return give(buffer->device, as<FakeStream>(stream), [=] {
    for (uint64_t i = 0; i < size; ++i) buffer->data[offset + i] = taken[i % pattern_size];
    return BP_OK;
  });
}

bp_status_t map(bp_buffer_t* handle, void** out_pointer) {
  *out_pointer = as<FakeBuffer>(handle)->data;
  return BP_OK;
}

bp_status_t buffer_import(bp_device_t* handle, bp_handle_kind_t kind, uint64_t address,
                          uint64_t size, bp_buffer_t** out_buffer) {
  auto* device = as<FakeDevice>(handle);
  if (device->chip->config().import == Config::Optional::kRefusing ||
      kind != BP_HANDLE_HOST_POINTER)
    return refuse(device, BP_STATUS_UNSUPPORTED, "no import of this kind");
  auto* data = reinterpret_cast<char*>(address);  // NOLINT: what the handle is
  *out_buffer = as<bp_buffer_t>(new FakeBuffer{device, BP_MEMORY_DEVICE, {}, data, size});
  Access::live_buffers(*device->chip)++;
  return BP_OK;
}

bp_status_t usage(bp_device_t* handle, uint64_t* out_free, uint64_t* out_total) {
  auto* device = as<FakeDevice>(handle);
  if (device->chip->config().usage == Config::Optional::kRefusing)
    return refuse(device, BP_STATUS_UNSUPPORTED, "no usage");
  *out_total = device->chip->config().memory_size;
  *out_free = *out_total - Access::reserved(*device->chip);
  return BP_OK;
}

constexpr bp_memory_api_t kMemoryTable = {
    sizeof(bp_memory_api_t), buffer_create, buffer_destroy, write, read, copy, fill, map,
    buffer_import,           nullptr,       nullptr,        usage};

const bp_device_info_t* device_info(const bp_host_t*, uint32_t index);

bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t*, uint32_t,
                        bp_device_t** out_device) {
  *out_device = as<bp_device_t>(new FakeDevice{chips()[index], host});
  return BP_OK;
}

void device_close(bp_device_t* device) { delete as<FakeDevice>(device); }

}  // namespace

bp_status_t refuse(const FakeDevice* device, bp_status_t status, const char* text) {
  device->host->explain(device->host->self, text);
  return status;
}

struct Chip::Tables {
  bp_memory_api_t memory = kMemoryTable;
  bp_stream_api_t stream = kStreamTable;
  bp_kernel_api_t kernel = kKernelTable;
  bp_device_info_t info = {};
  bp_plugin_t plugin = {};
};

namespace {

const bp_device_info_t* device_info(const bp_host_t*, uint32_t index) {
  return index < chips().size() && chips()[index] != nullptr ? &chips()[index]->tables().info
                                                             : nullptr;
}

void describe(const Config& config, bp_device_info_t& info) {
  info.struct_size = sizeof info;
  info.kind = BP_DEVICE_OTHER;
  if (config.work == Work::kSynchronous) info.flags |= BP_DEVICE_FLAG_SYNCHRONOUS;
  if (config.is_pooled) info.flags |= BP_DEVICE_FLAG_POOLED;
  if (config.has_map) info.flags |= BP_DEVICE_FLAG_HOST_ADDRESSABLE;
  info.dlpack_type = 12;
  info.name = "Fake";
  info.architecture = "fake";
  info.driver_version = "1";
  info.uuid = "";
  info.bus_address = "";
  info.memory_size = config.memory_size;
  info.max_buffer_size = config.max_buffer_size;
  info.buffer_alignment = 16;
  info.offset_alignment = config.offset_alignment;
  info.preferred_alignment = config.preferred_alignment;
  info.tensor_padding = config.tensor_padding;
  info.stream_depth = 1u << 20;
  info.capture_size = uint64_t{1} << 30;
}

}  // namespace

Chip::Chip(Config config) : config_(config), tables_(std::make_unique<Tables>()) {
  const auto is_null = [](Config::Optional what) { return what == Config::Optional::kNull; };
  Tables& tables = *tables_;
  if (is_null(config.copy)) tables.memory.copy = nullptr;
  if (is_null(config.fill)) tables.memory.fill = nullptr;
  if (is_null(config.usage)) tables.memory.usage = nullptr;
  if (is_null(config.import)) tables.memory.buffer_import = nullptr;
  if (!config.has_map) tables.memory.map = nullptr;
  if (is_null(config.host_call)) tables.stream.host_call = nullptr;
  if (is_null(config.elapsed)) tables.stream.event_elapsed = nullptr;
  describe(config, tables.info);
  tables.plugin = {sizeof(bp_plugin_t),
                   {BP_ABI_MAJOR, BP_ABI_MINOR},
                   "com.example.fake",
                   "1.0.0",
                   "Example",
                   "none",
                   BP_SANITIZERS,
                   &tables.memory,
                   &tables.kernel,
                   config.work == Work::kSynchronous ? nullptr : &tables.stream,
                   device_info,
                   device_open,
                   device_close,
                   nullptr,
                   nullptr};
  chips().push_back(this);
  log_ = std::make_unique<Log>(BP_LOG_WARNING,
                               [this](bp_log_level_t, const char* source, const std::string& text) {
                                 const std::lock_guard<std::mutex> lock(streams_mutex_);
                                 violations_.push_back(std::string(source) + ": " + text);
                               });
}

Chip::~Chip() {
  for (Chip*& chip : chips())
    if (chip == this) chip = nullptr;
}

std::shared_ptr<Device> Chip::open(bool is_checked) {
  LoadOptions options;
  options.check = is_checked ? Checking::kRules : Checking::kNone;
  uint32_t index = 0;
  while (chips()[index] != this) ++index;
  Result<std::shared_ptr<Plugin>> plugin = Plugin::around(&tables_->plugin, options, *log_);
  if (!plugin.ok()) {
    violations_.push_back(plugin.status().text());
    return nullptr;
  }
  Result<std::unique_ptr<Device>> device = Device::open(plugin.take(), index, {});
  if (!device.ok()) violations_.push_back(device.status().text());
  return device.ok() ? std::shared_ptr<Device>(device.take()) : nullptr;
}

}  // namespace backplane::fake
