#include "graph/body.hpp"

namespace backplane::graph {

const ControlForm* find_control(const std::string& op) {
  static const std::map<std::string, ControlForm> all = {
      {"If", {{1, 11, 13, 16}, {"then_branch", "else_branch"}, {}}},
      {"Loop", {{1, 11, 13, 16}, {"body"}, {}}},
      {"Scan",
       {{8, 9, 11, 16},
        {"body"},
        {"num_scan_inputs", "directions", "scan_input_axes", "scan_input_directions",
         "scan_output_axes", "scan_output_directions"}}},
  };
  const auto found = all.find(op);
  return found == all.end() ? nullptr : &found->second;
}

uint32_t version_in(const ControlForm& form, uint32_t opset) {
  uint32_t newest = 0;
  for (const uint32_t version : form.versions)
    if (version <= opset) newest = version;
  return newest;
}

}  // namespace backplane::graph
