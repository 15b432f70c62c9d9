// Every case about the ABI itself, one function for each file of this folder.
#pragma once

#include <vector>

#include "run/case.hpp"

namespace backplane::conformance {

std::vector<AbiCase> file_cases();  // kFile: from the file alone, in the supervisor
std::vector<AbiCase> load_cases();  // kFresh: each in a worker of its own
std::vector<AbiCase> negotiation_cases();
std::vector<AbiCase> life_cases();
std::vector<AbiCase> device_cases();  // level load, with the plugin open
std::vector<AbiCase> open_cases();
std::vector<AbiCase> memory_buffer_cases();
std::vector<AbiCase> memory_transfer_cases();
std::vector<AbiCase> memory_range_cases();
std::vector<AbiCase> memory_host_cases();
std::vector<AbiCase> memory_large_cases();
std::vector<AbiCase> memory_copy_cases();
std::vector<AbiCase> memory_random_cases();
std::vector<AbiCase> memory_map_cases();
std::vector<AbiCase> memory_staging_cases();
std::vector<AbiCase> memory_import_cases();
std::vector<AbiCase> memory_limit_cases();
std::vector<AbiCase> memory_refused_cases();
std::vector<AbiCase> memory_thread_cases();
std::vector<AbiCase> stream_order_cases();
std::vector<AbiCase> stream_event_cases();
std::vector<AbiCase> stream_failure_cases();
std::vector<AbiCase> stream_host_call_cases();
std::vector<AbiCase> stream_gate_cases();
std::vector<AbiCase> stream_thread_cases();
std::vector<AbiCase> stream_time_cases();
std::vector<AbiCase> stream_mix_cases();
std::vector<AbiCase> stream_failure_path_cases();
std::vector<AbiCase> stream_kernel_cases();
std::vector<AbiCase> kernel_cases();  // level operators
std::vector<AbiCase> robustness_node_cases();
std::vector<AbiCase> robustness_load_cases();

// With "bp.test/1".
std::vector<AbiCase> device_loss_cases();
std::vector<AbiCase> memory_failure_cases();
std::vector<AbiCase> memory_counter_cases();
std::vector<AbiCase> stream_work_failure_cases();
std::vector<AbiCase> stream_counter_cases();
std::vector<AbiCase> stream_loss_cases();
std::vector<AbiCase> kernel_failure_cases();
std::vector<AbiCase> kernel_counter_cases();
std::vector<AbiCase> kernel_loss_cases();
std::vector<AbiCase> node_cases();
std::vector<AbiCase> constant_cases();
std::vector<AbiCase> kernel_life_cases();
std::vector<AbiCase> kernel_size_cases();

}  // namespace backplane::conformance
