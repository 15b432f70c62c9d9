// The function tables that plugin.cpp puts together, each defined in the file of its noun.
#pragma once

#include <backplane/ext/draft/test.h>
#include <backplane/graph.h>
#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

namespace backplane::opencl {

extern const bp_memory_api_t kMemoryApi;         // memory.cpp
extern const bp_stream_api_t kStreamApi;         // stream.cpp
extern const bp_kernel_api_t kKernelApi;         // kernel.cpp
extern const bp_test_api_t kTestApi;             // test_extension.cpp
extern const bp_graph_pass_api_t kGraphPassApi;  // passes/passes.cpp

// device.cpp
const bp_device_info_t* device_info(const bp_host_t* host, uint32_t index);
bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device);
void device_close(bp_device_t* device);

const void* get_extension(const char* extension_id);  // extensions.cpp

}  // namespace backplane::opencl
