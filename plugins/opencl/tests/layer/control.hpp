// What a test says to the OpenCL layer of this folder, and asks of it. The loader puts the layer
// between a program and its driver when OPENCL_LAYERS names it; it changes nothing unless told to.
//
// A program that knows nothing of it is told by the environment:
//   BACKPLANE_OPENCL_LAYER         words with ',' between, as Control's functions have them:
//                                  "clBuildProgram:1:-11"    fail the 1st call
//                                  "clEnqueue*:3+:-2"        fail_from the 3rd call of any of these
//                                  "hide"                    hide_platforms
//   BACKPLANE_OPENCL_LAYER_REPORT  a file: at the program's exit a line is added, in JSON
//                                  (counts.hpp). A program that is killed adds none.
#pragma once

#include <cstdint>

namespace backplane::opencl::layer {

// Objects whose references are counted: created and retained, less released.
enum class Kind : uint32_t {
  kContext,
  kQueue,
  kMemory,
  kProgram,
  kKernel,
  kEvent,  // of commands
  kUserEvent,
};
constexpr uint32_t kKindCount = 7;

struct WatchedCommand {
  const char* function;  // "clEnqueueCopyBuffer"
  uint64_t start, end;   // of the device's clock; 0 where the queue has no profiling
  uint64_t groups;       // work-groups of a kernel, else 0
};

struct Control {
  int64_t (*live)(Kind kind);
  uint64_t (*calls)(const char* function);
  // Builds that reached the driver, whatever came of them.
  uint64_t (*built_from_source)();
  uint64_t (*built_from_binary)();

  // A name may end in '*'. `nth` counts from the next call, which is 1.
  void (*fail)(const char* function, uint32_t nth, int32_t error);
  void (*fail_from)(const char* function, uint32_t nth, int32_t error);
  // That call succeeds; the command that it gives ends with `status` (negative), as its event says
  // to whoever has one. Later commands are not touched.
  void (*fail_command)(const char* function, uint32_t nth, int32_t status);
  // Until heal, no command's event is seen to end, and callbacks are held back.
  void (*stall)();
  void (*hide_platforms)(bool is_hidden);
  // Forgets everything of the above; callbacks held back are made.
  void (*heal)();

  // Keeps an event of every command from now on, until told to stop, which forgets them.
  void (*watch_commands)(bool is_watched);
  // Those that are complete by now, in the order given, as many as there is room for; returns how
  // many there are.
  uint64_t (*watched_commands)(WatchedCommand* commands, uint64_t room);
};

// The layer's one symbol besides those of CL/cl_layer.h.
extern "C" __attribute__((visibility("default"))) const Control* backplane_opencl_layer();

}  // namespace backplane::opencl::layer
