// Every case about the ABI itself, one function for each file of this folder.
#pragma once

#include <vector>

#include "run/case.hpp"

namespace backplane::conformance {

std::vector<AbiCase> file_cases();    // kFile: from the file alone, in the supervisor
std::vector<AbiCase> load_cases();    // kFresh: each in a worker of its own
std::vector<AbiCase> device_cases();  // level load, with the plugin open
std::vector<AbiCase> memory_buffer_cases();
std::vector<AbiCase> memory_transfer_cases();
std::vector<AbiCase> memory_optional_cases();
std::vector<AbiCase> stream_order_cases();
std::vector<AbiCase> stream_event_cases();
std::vector<AbiCase> stream_failure_cases();
std::vector<AbiCase> stream_host_call_cases();
std::vector<AbiCase> kernel_cases();  // level operators

}  // namespace backplane::conformance
