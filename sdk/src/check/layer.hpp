// The checking layer: a plugin's tables behind the same tables, every rule checked at every call.
// It needs only the ABI headers and `support`. BACKPLANE_CHECK puts it in any host;
// conformance-run always has it.
#pragma once

#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "check/times.hpp"

namespace backplane::check {

struct State;

// A broken rule, seen at one call.
struct Violation {
  const char* rule;      // "BP-BASE-2"; BP-HOST-* are the host's faults, all others the plugin's
  std::string function;  // "buffer_create"
  std::string text;      // "returned OUT_OF_MEMORY and wrote out_buffer"
};

struct Options {
  // Called at once, from the thread that made the call, with no lock of the layer held. Does not
  // throw.
  std::function<void(const Violation&)> report;
  // Called once, when the layer ends, with the functions that were called, the longest in all
  // first; nullptr: not wanted, and no time is measured. Does not throw.
  std::function<void(const std::vector<CallTime>&)> times;
  // Called before every call into the plugin; nullptr: not wanted. For naming what crashed or hung.
  void (*entering)(void* user, const char* function) = nullptr;
  void* user = nullptr;
};

// What the layer does about a violation: a call that is the host's fault ends with INVALID_ARGUMENT
// (a void function: at once) and does not reach the plugin; a device whose objects still live stays
// open. After a fault of the plugin's its answer goes on to the host, except BP_OK without a value
// or with an exception, which becomes INTERNAL. Work that nothing orders (BP-HOST-15) is reported
// and goes on: the layer sees it when it is given.
//
// Handles that the layer gives out are numbers, not addresses, and extensions know only the
// plugin's own: get_extension answers NULL and logs what it hides. It wraps "bp.test/1" and
// "bp.graph-pass/1".
class Layer {
 public:
  // Wraps `plugin`, a complete table (every required function is there) that outlives the layer.
  // At most 64 layers live at once in one process.
  Layer(const bp_plugin_t* plugin, Options options);
  // With a device still open what the plugin may yet call is kept, and answers nothing.
  ~Layer();
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // The same version, id and optional functions as the plugin's own; valid as long as the layer.
  // NULL when 64 other layers live.
  const bp_plugin_t* table() const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace backplane::check
