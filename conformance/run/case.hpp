// A case: one thing that conformance-run checks, under an id that never changes its meaning.
#pragma once

#include <string>
#include <vector>

namespace backplane::conformance {

class Subject;  // the plugin under test, inside a worker: run/subject.hpp

enum class Level { kLoad, kMemory, kStream, kOperators, kGraph, kRobustness };
constexpr size_t kLevelCount = 6;
const char* level_name(Level level);

// A case about the ABI, run by a function inside a worker. The function returns when the rule holds
// and throws one of run/subject.hpp's endings when it does not.
struct AbiCase {
  const char* id;        // "memory/write-out-of-range-changes-nothing"
  const char* rules;     // "BP-MEM-4,BP-BASE-10": what it proves; "" only for what no rule says
  const char* sentence;  // what is true of a plugin that passes
  void (*body)(Subject& subject);
};

// Where a case is judged.
enum class CaseKind {
  kAbi,        // by its body, in a worker that holds the plugin
  kFresh,      // by its body, in a worker of its own that has not opened the plugin yet
  kFile,       // by the supervisor, from the file alone
  kPublished,  // by the supervisor, from the outputs that a worker brings back
  kProblem,    // the same, against a reference of our own
  kNode,       // the same, on inputs that the supervisor sends: one node of a model
  kPass,       // in a worker, on one of the plugin's own passes: graph/pass_cases.hpp
  kProfile,    // in a worker, by asking for the node that a line of a profile stands for
};

struct Case {
  std::string id;
  Level level = Level::kLoad;
  CaseKind kind = CaseKind::kAbi;
  std::string rules;
  std::string sentence;
  const AbiCase* abi = nullptr;        // kAbi, kFresh, kFile
  std::string problem;                 // kProblem, kProfile: its line; see problems/problem.hpp
                                       // kPass: which pass, and how many graphs
  std::string path;                    // kPublished: the test's folder; kPass: that of all tests
  std::vector<std::string> operators;  // kPublished: of its model, sorted
  bool is_plain = false;               // kPublished: tensors alone, no strings, standard domain
  std::string skip;                    // why it cannot be run at all, or ""
};

// Ids are letters, digits, "_", "-" and "/": a glob matches them, and no shell has to quote them.
bool is_valid_id(const std::string& id);

}  // namespace backplane::conformance
