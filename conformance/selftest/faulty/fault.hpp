// A planted fault: which functions of an honest plugin it replaces. The honest tables stay within
// reach, so that a fault is a few lines around the right answer.
#pragma once

#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

#include <vector>

namespace backplane::selftest {

// Copies of the honest plugin's tables; a fault overwrites some of their functions.
struct Tables {
  bp_plugin_t plugin;
  bp_memory_api_t memory;
  bp_stream_api_t stream;
  bp_kernel_api_t kernel;
};

// The honest plugin's own tables.
struct Honest {
  const bp_plugin_t* plugin = nullptr;
  const bp_memory_api_t* memory = nullptr;
  const bp_stream_api_t* stream = nullptr;
  const bp_kernel_api_t* kernel = nullptr;
};
const Honest& honest();

struct Fault {
  const char* id;  // as in faults.txt
  void (*plant)(Tables* tables);
};

std::vector<Fault> memory_faults();
std::vector<Fault> stream_faults();
std::vector<Fault> operator_faults();

}  // namespace backplane::selftest
