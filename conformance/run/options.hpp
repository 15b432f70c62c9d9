// What a run was asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/selection.hpp"

namespace backplane::conformance {

struct RunOptions {
  std::string plugin;             // an absolute path
  std::vector<uint32_t> devices;  // none: all that the plugin has
  Selection selection;
  std::string onnx_data;              // folder of published tests; "": none were found
  std::vector<std::string> profiles;  // by name
  uint64_t seed = 1;
  uint32_t jobs = 1;
  uint64_t timeout_ns = 30'000'000'000;  // for one case
  std::string json_path;                 // JSON Lines with everything
  std::string junit_path;
  std::string html_path;
  // Nothing of a problem is launched by two threads at once: a part of the suite, as with a filter.
  bool is_one_thread = false;
  bool is_quick = false;   // of the cases made from problems a few
  std::string from_model;  // an ONNX model whose nodes are the cases; "": the suite's
  std::string model;       // one that is run node by node, in place of cases
  int64_t unknown_size = 2;
  bool is_repro = false;  // one case: show what the worker printed
  int stop_fd = -1;       // readable once the run is to end early: run/interruption.hpp
};

}  // namespace backplane::conformance
