// What supervisor and worker say to each other, as frames.
#pragma once

#include <string>
#include <vector>

#include "run/case.hpp"
#include "run/frame.hpp"
#include "run/outcome.hpp"

namespace backplane::conformance {

// The first thing a worker is told.
struct Assignment {
  std::string plugin_path;
  uint64_t seed = 0;
  bool is_fresh = false;  // leave the plugin unopened: the case does that itself
  // The loader's probe: leave the plugin unopened, and say only what that program finds. "": open
  // it.
  std::string probe;
  uint64_t probe_timeout_ns = 0;
  bool is_one_thread = false;  // see RunOptions
};

// A device as the worker saw it.
struct DeviceFacts {
  std::string name;
  std::string architecture;
  std::string driver_version;
  std::string uuid;
  bool is_synchronous = false;
};

// The worker's answer: the plugin is open, or why not.
struct Greeting {
  std::string refusal;  // "" when the plugin is open
  std::string id;
  std::string version;
  std::string vendor;
  std::string build_id;
  std::string abi;
  std::vector<DeviceFacts> devices;
  std::vector<std::string> passes;  // the names of its own
};

struct Task {
  std::string case_id;
  CaseKind kind = CaseKind::kAbi;
  std::string path;     // of a published test
  std::string problem;  // of a case made from one
  uint32_t device = 0;
  std::vector<TensorBytes> inputs;  // of a node of a model
};

Frame to_frame(const Assignment& assignment);
Frame to_frame(const Greeting& greeting);
Frame to_frame(const Task& task);
Frame to_frame(const Outcome& outcome);

// False for a frame that is something else.
bool from_frame(const Frame& frame, Assignment* out_assignment);
bool from_frame(const Frame& frame, Greeting* out_greeting);
bool from_frame(const Frame& frame, Task* out_task);
bool from_frame(Frame&& frame, Outcome* out_outcome);

}  // namespace backplane::conformance
