// The checking layer: a plugin's tables behind the same tables, every rule checked at every call.
// It needs only the ABI headers and `support`. BACKPLANE_CHECK=1 puts it in any host;
// conformance-run always has it.
#pragma once

#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

#include <functional>
#include <memory>
#include <string>

namespace backplane::check {

// A broken rule, seen at one call.
struct Violation {
  const char* rule;      // "BP-BASE-2"; BP-HOST-* are the host's faults, all others the plugin's
  std::string function;  // "buffer_create"
  std::string text;      // "returned OUT_OF_MEMORY and wrote out_buffer"
};

struct Options {
  // Called at once, from the thread that made the call, with no lock of the layer held.
  std::function<void(const Violation&)> report;
  // Called before every call into the plugin; nullptr: not wanted. For naming what crashed or hung.
  void (*entering)(void* user, const char* function) = nullptr;
  void* user = nullptr;
};

class Layer {
 public:
  // Wraps `plugin`, a complete table (every required function is there) that outlives the layer.
  // At most 64 layers live at once in one process.
  Layer(const bp_plugin_t* plugin, Options options);
  ~Layer();
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // The same version, id and optional functions as the plugin's own; valid as long as the layer.
  const bp_plugin_t* table() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace backplane::check
