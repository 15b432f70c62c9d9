// The cpu plugin under those that are built around it: its own tables, and copies to change.
#pragma once

#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

namespace backplane::selftest {

// Copies of the honest plugin's tables; some of their functions are overwritten.
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

// Loads the cpu plugin (at BACKPLANE_FAULT_BASE, else the one that this was built beside), fills
// honest() and, with `id` and its own tables in it, `tables`. False, after explain: it cannot.
bool load_base(const bp_host_t* host, const char* id, Tables* tables);

// Explains; returns `status`.
bp_status_t refuse(const bp_host_t* host, bp_status_t status, const char* text);

}  // namespace backplane::selftest
