// The cases about a plugin's own passes: some about all of them, and the same ones for each.
#pragma once

#include <string>
#include <vector>

#include "run/case.hpp"
#include "run/outcome.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

struct PassTask {
  uint32_t index = 0;          // of the pass
  size_t graphs = 0;           // how many random ones are wanted
  size_t nodes = 300;          // in one at most
  std::string published = {};  // the folder of ONNX's published tests, or ""
};

// A check of one pass. In its id "pass" stands for the name.
struct PassCheck {
  const char* id;     // "graph/pass/outputs"
  const char* rules;  // as in AbiCase
  const char* sentence;
  void (*body)(Subject& subject, const PassTask& task);
};
std::vector<PassCheck> pass_result_checks();
std::vector<PassCheck> pass_repeat_checks();
std::vector<PassCheck> pass_view_checks();
std::vector<PassCheck> pass_follow_checks();
// Of all passes together; their ids are as they stand.
std::vector<PassCheck> pass_order_checks();
std::vector<PassCheck> pass_host_checks();
std::vector<PassCheck> pass_published_checks();

// A case for each pass and check: "graph/fuse-conv-relu/outputs"; of no passes none. Their `path`
// is the folder of ONNX's published tests, or "".
std::vector<Case> pass_cases(const std::vector<std::string>& passes, bool is_quick,
                             const std::string& published);
// Runs the one that such a case's `problem` says.
void run_pass_case(Subject& subject, const std::string& case_id, const std::string& problem,
                   const std::string& published);

// About all passes together.
std::vector<AbiCase> pass_list_cases();

}  // namespace backplane::conformance
