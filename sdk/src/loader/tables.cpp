#include "loader/tables.hpp"

#include <backplane/kernel.h>
#include <backplane/memory.h>
#include <backplane/stream.h>

#include <cstring>

namespace backplane {
namespace {

template <class Field>
constexpr uint32_t end_of(size_t offset) {
  return static_cast<uint32_t>(offset + sizeof(Field));
}

// The last fields of 0.2. They stay the last when a later minor appends others.
constexpr uint32_t kLeastPlugin =
    end_of<decltype(bp_plugin_t::unload)>(offsetof(bp_plugin_t, unload));
constexpr uint32_t kLeastMemory =
    end_of<decltype(bp_memory_api_t::usage)>(offsetof(bp_memory_api_t, usage));
constexpr uint32_t kLeastKernel =
    end_of<decltype(bp_kernel_api_t::estimate_ns)>(offsetof(bp_kernel_api_t, estimate_ns));
constexpr uint32_t kLeastStream =
    end_of<decltype(bp_stream_api_t::host_call)>(offsetof(bp_stream_api_t, host_call));

}  // namespace

const std::vector<TableFunction>& table_functions() {
  static const std::vector<TableFunction> functions = {
      {Table::kPlugin, "device_info", offsetof(bp_plugin_t, device_info), Need::kAlways},
      {Table::kPlugin, "device_open", offsetof(bp_plugin_t, device_open), Need::kAlways},
      {Table::kPlugin, "device_close", offsetof(bp_plugin_t, device_close), Need::kAlways},
      {Table::kPlugin, "get_extension", offsetof(bp_plugin_t, get_extension), Need::kOptional},
      {Table::kPlugin, "unload", offsetof(bp_plugin_t, unload), Need::kOptional},

      {Table::kMemory, "buffer_create", offsetof(bp_memory_api_t, buffer_create), Need::kAlways},
      {Table::kMemory, "buffer_destroy", offsetof(bp_memory_api_t, buffer_destroy), Need::kAlways},
      {Table::kMemory, "write", offsetof(bp_memory_api_t, write), Need::kAlways},
      {Table::kMemory, "read", offsetof(bp_memory_api_t, read), Need::kAlways},
      {Table::kMemory, "copy", offsetof(bp_memory_api_t, copy), Need::kWithStreams},
      {Table::kMemory, "fill", offsetof(bp_memory_api_t, fill), Need::kOptional},
      {Table::kMemory, "map", offsetof(bp_memory_api_t, map), Need::kOptional},
      {Table::kMemory, "buffer_import", offsetof(bp_memory_api_t, buffer_import), Need::kOptional},
      {Table::kMemory, "buffer_export", offsetof(bp_memory_api_t, buffer_export), Need::kOptional},
      {Table::kMemory, "host_space", offsetof(bp_memory_api_t, host_space), Need::kOptional},
      {Table::kMemory, "usage", offsetof(bp_memory_api_t, usage), Need::kOptional},

      {Table::kKernel, "supports", offsetof(bp_kernel_api_t, supports), Need::kUnlessItCompiles},
      {Table::kKernel, "kernel_create", offsetof(bp_kernel_api_t, kernel_create),
       Need::kUnlessItCompiles},
      {Table::kKernel, "kernel_destroy", offsetof(bp_kernel_api_t, kernel_destroy), Need::kAlways},
      {Table::kKernel, "kernel_info", offsetof(bp_kernel_api_t, kernel_info), Need::kOptional},
      {Table::kKernel, "scratch_size", offsetof(bp_kernel_api_t, scratch_size), Need::kOptional},
      {Table::kKernel, "launch", offsetof(bp_kernel_api_t, launch), Need::kAlways},
      {Table::kKernel, "estimate_ns", offsetof(bp_kernel_api_t, estimate_ns), Need::kOptional},

      {Table::kStream, "stream_create", offsetof(bp_stream_api_t, stream_create),
       Need::kWithStreams},
      {Table::kStream, "stream_destroy", offsetof(bp_stream_api_t, stream_destroy),
       Need::kWithStreams},
      {Table::kStream, "stream_synchronize", offsetof(bp_stream_api_t, stream_synchronize),
       Need::kWithStreams},
      {Table::kStream, "event_create", offsetof(bp_stream_api_t, event_create), Need::kWithStreams},
      {Table::kStream, "event_destroy", offsetof(bp_stream_api_t, event_destroy),
       Need::kWithStreams},
      {Table::kStream, "event_record", offsetof(bp_stream_api_t, event_record), Need::kWithStreams},
      {Table::kStream, "event_wait", offsetof(bp_stream_api_t, event_wait), Need::kWithStreams},
      {Table::kStream, "event_query", offsetof(bp_stream_api_t, event_query), Need::kWithStreams},
      {Table::kStream, "event_synchronize", offsetof(bp_stream_api_t, event_synchronize),
       Need::kWithStreams},
      {Table::kStream, "event_elapsed", offsetof(bp_stream_api_t, event_elapsed), Need::kOptional},
      {Table::kStream, "event_signal", offsetof(bp_stream_api_t, event_signal), Need::kWithStreams},
      {Table::kStream, "host_call", offsetof(bp_stream_api_t, host_call), Need::kOptional},
  };
  return functions;
}

const char* table_name(Table table) {
  constexpr const char* kNames[] = {"plugin", "memory", "kernel", "stream"};
  return kNames[static_cast<int>(table)];
}

const void* table_of(const bp_plugin_t& plugin, Table table) {
  const void* const tables[] = {&plugin, plugin.memory, plugin.kernel, plugin.stream};
  return tables[static_cast<int>(table)];
}

uint32_t least_size(Table table) {
  constexpr uint32_t kSizes[] = {kLeastPlugin, kLeastMemory, kLeastKernel, kLeastStream};
  return kSizes[static_cast<int>(table)];
}

// Every table begins with its struct_size.
uint32_t table_size(const bp_plugin_t& plugin, Table table) {
  uint32_t size = 0;
  if (const void* const found = table_of(plugin, table)) std::memcpy(&size, found, sizeof(size));
  return size;
}

bool has_function(const bp_plugin_t& plugin, const TableFunction& function) {
  const void* const table = table_of(plugin, function.table);
  if (table == nullptr || table_size(plugin, function.table) < function.offset + sizeof(void*))
    return false;
  void* pointer = nullptr;
  std::memcpy(&pointer, static_cast<const char*>(table) + function.offset, sizeof(pointer));
  return pointer != nullptr;
}

}  // namespace backplane
