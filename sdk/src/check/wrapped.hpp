// The layer's functions, one for each of the ABI: the same arguments behind the layer's state.
#pragma once

#include "check/state.hpp"

namespace backplane::check::wrapped {

// plugin.cpp
const bp_device_info_t* device_info(State& state, const bp_host_t* host, uint32_t index);
bp_status_t device_open(State& state, const bp_host_t* host, uint32_t index,
                        const bp_option_t* options, uint32_t option_count,
                        bp_device_t** out_device);
void device_close(State& state, bp_device_t* device);
const void* get_extension(State& state, const char* extension_id);
void unload(State& state);

// memory.cpp
bp_status_t buffer_create(State& state, bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                          bp_buffer_t** out_buffer);
void buffer_destroy(State& state, bp_buffer_t* buffer);
bp_status_t write(State& state, bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                  const void* source, uint64_t size);
bp_status_t read(State& state, bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                 void* target, uint64_t size);
bp_status_t copy(State& state, bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                 const bp_buffer_t* source, uint64_t source_offset, uint64_t size);
bp_status_t fill(State& state, bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                 uint64_t size, const void* pattern, uint32_t pattern_size);
bp_status_t map(State& state, bp_buffer_t* buffer, void** out_pointer);
bp_status_t buffer_import(State& state, bp_device_t* device, bp_handle_kind_t kind, uint64_t handle,
                          uint64_t size, bp_buffer_t** out_buffer);
bp_status_t buffer_export(State& state, bp_buffer_t* buffer, bp_handle_kind_t kind,
                          uint64_t* out_handle);
bp_buffer_t* host_space(State& state, bp_device_t* device);
bp_status_t usage(State& state, bp_device_t* device, uint64_t* out_free, uint64_t* out_total);

// stream.cpp
bp_status_t stream_create(State& state, bp_device_t* device, bp_stream_flags_t flags,
                          bp_stream_t** out_stream);
void stream_destroy(State& state, bp_stream_t* stream);
bp_status_t stream_synchronize(State& state, bp_stream_t* stream, uint64_t timeout_ns);
bp_status_t event_create(State& state, bp_device_t* device, bp_event_flags_t flags,
                         bp_event_t** out_event);
void event_destroy(State& state, bp_event_t* event);
bp_status_t event_record(State& state, bp_event_t* event, bp_stream_t* stream);
bp_status_t event_wait(State& state, bp_event_t* event, bp_stream_t* stream);
bp_status_t event_query(State& state, bp_event_t* event);
bp_status_t event_synchronize(State& state, bp_event_t* event, uint64_t timeout_ns);
bp_status_t event_elapsed(State& state, bp_event_t* start, bp_event_t* end, uint64_t* out_ns);
bp_status_t event_signal(State& state, bp_event_t* event, bp_status_t status);
bp_status_t host_call(State& state, bp_stream_t* stream,
                      void (*function)(void* argument, bp_status_t status), void* argument);
// What the plugin's streams call for host_call.
void call_host(State& state, void* ticket, bp_status_t status);

// kernel.cpp
bp_status_t supports(State& state, bp_device_t* device, const bp_node_t* node);
bp_status_t kernel_create(State& state, bp_device_t* device, const bp_node_t* node,
                          bp_kernel_t** out_kernel);
void kernel_destroy(State& state, bp_kernel_t* kernel);
const bp_kernel_info_t* kernel_info(State& state, const bp_kernel_t* kernel);
bp_status_t scratch_size(State& state, const bp_kernel_t* kernel, const bp_tensor_type_t* inputs,
                         const bp_tensor_type_t* outputs, uint64_t* out_size);
uint64_t estimate_ns(State& state, bp_device_t* device, const bp_node_t* node);

// launch.cpp
bp_status_t launch(State& state, bp_kernel_t* kernel, bp_stream_t* stream,
                   const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                   const bp_tensor_t* scratch);

// test.cpp
bp_status_t fail_next(State& state, bp_device_t* device, bp_test_function_t function, uint32_t n,
                      bp_status_t status);
bp_status_t fail_work(State& state, bp_device_t* device, bp_test_function_t function, uint32_t n,
                      bp_status_t status);
bp_status_t counters(State& state, bp_device_t* device, bp_test_counters_t* out_counters);
bp_status_t lose(State& state, bp_device_t* device);

// graph_pass.cpp
uint32_t pass_count(State& state);
const bp_pass_info_t* pass_info(State& state, uint32_t index);
bp_status_t pass_run(State& state, uint32_t index, bp_device_t* device, bp_graph_t* graph,
                     const bp_graph_view_t* view);

}  // namespace backplane::check::wrapped
