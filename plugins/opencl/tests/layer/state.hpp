// All that the layer knows. OpenCL's functions carry no pointer of the layer's, so there is one for
// the process; it is never destroyed, because drivers' threads may call at the very end.
#pragma once

#include <CL/cl_icd.h>

#include "commands.hpp"
#include "counts.hpp"
#include "plan.hpp"

namespace backplane::opencl::layer {

struct State {
  cl_icd_dispatch driver = {};   // or the next layer
  cl_icd_dispatch changed = {};  // the driver, with the functions of changes.cpp in it
  cl_icd_dispatch shown = {};    // what the program calls: counts, fails, else calls `changed`
  Counts counts;
  Plan plan;
  Commands commands;
  Watch watch;
  std::atomic<bool> hides_platforms{false};
};

State& state();

// changes.cpp: functions whose answers the layer may change, each told by the state.
void put_changes(cl_icd_dispatch* table);

}  // namespace backplane::opencl::layer
