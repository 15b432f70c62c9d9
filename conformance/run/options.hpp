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
  std::string onnx_data;  // folder of published tests; "": none were found
  uint64_t seed = 1;
  uint32_t jobs = 1;
  uint64_t timeout_ns = 30'000'000'000;  // for one case
  std::string json_path;                 // JSON Lines with everything
  std::string junit_path;
  bool is_repro = false;  // one case: show what the worker printed
};

}  // namespace backplane::conformance
