// A planted fault: which functions of an honest plugin it replaces. The honest tables stay within
// reach, so that a fault is a few lines around the right answer.
#pragma once

#include <vector>

#include "base.hpp"

namespace backplane::selftest {

struct Fault {
  const char* id;  // as in ../faults/*.txt
  void (*plant)(Tables* tables);
};

std::vector<Fault> memory_faults();
std::vector<Fault> memory_transfer_faults();
std::vector<Fault> memory_buffer_faults();
std::vector<Fault> memory_optional_faults();
std::vector<Fault> stream_faults();
std::vector<Fault> stream_wait_faults();
std::vector<Fault> stream_end_faults();
std::vector<Fault> stream_work_faults();
std::vector<Fault> operator_faults();
std::vector<Fault> arithmetic_faults();
std::vector<Fault> behaviour_faults();
std::vector<Fault> axis_faults();
std::vector<Fault> movement_faults();
std::vector<Fault> window_faults();
std::vector<Fault> composite_faults();
std::vector<Fault> number_faults();
std::vector<Fault> quantised_faults();
std::vector<Fault> order_faults();
std::vector<Fault> recurrent_faults();
std::vector<Fault> choice_faults();
std::vector<Fault> circumstance_faults();
std::vector<Fault> abi_faults();
std::vector<Fault> loss_faults();
std::vector<Fault> node_faults();
std::vector<Fault> pass_faults();

}  // namespace backplane::selftest
