// Everything that one layer knows; its parts do their own locking, and none of their locks is held
// while the plugin or the report is called.
#pragma once

#include <backplane/ext/draft/test.h>
#include <backplane/graph.h>
#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

#include <atomic>
#include <mutex>
#include <string>

#include "check/constants.hpp"
#include "check/host_calls.hpp"
#include "check/host_table.hpp"
#include "check/layer.hpp"
#include "check/objects.hpp"
#include "check/times.hpp"

namespace backplane::check {

// A plugin's four tables, and those of "bp.test/1" and "bp.graph-pass/1", by value; a function that
// it lacks is NULL.
struct Tables {
  bp_plugin_t plugin;
  bp_memory_api_t memory;
  bp_kernel_api_t kernel;
  bp_stream_api_t stream;
  bp_test_api_t test;
  bp_graph_pass_api_t graph_pass;
};

struct State {
  State(const bp_plugin_t& plugin, Options with, size_t slot);
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void report(const char* rule, const char* function, const std::string& text) const;

  const Options options;
  Tables inner = {};  // the plugin's own
  Tables outer = {};  // what the host gets
  // What the plugin's streams call for host_call.
  void (*call_host)(void* ticket, bp_status_t status) = nullptr;
  std::atomic<bool> is_over{false};  // nothing is reported or passed on any more

  Objects objects;
  Constants constants;
  Hosts hosts;
  HostCalls host_calls;
  Order order;
  Times times;                     // empty unless the options want them
  std::atomic<uint32_t> opens{0};  // device_open begun and not yet ended by failure or close

  std::mutex hidden_mutex;
  std::string hidden_extensions;  // asked for since the last device_open: "a, b"
};

}  // namespace backplane::check
