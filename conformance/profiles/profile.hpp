// Profiles: operators and types that a plugin must serve to be called fit for a kind of model. They
// are text (*.txt, the lines are explained in starter.txt), compiled into the program.
#pragma once

#include <string>
#include <vector>

#include "run/case.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

// An operator with one type, as a node that stands for it.
struct ProfileNode {
  std::string op;
  std::string type;     // "f32": what T stands for
  std::string problem;  // the line of problems/problem.hpp that says it
};

struct Profile {
  std::string name;
  std::vector<ProfileNode> nodes;
  std::vector<std::string> by_host;  // operators that the host runs itself, sorted

  std::vector<std::string> operators() const;  // of both, sorted
};

std::vector<std::string> profile_names();
// INVALID_ARGUMENT, naming the line, for a text that breaks the rules of starter.txt.
Result<Profile> find_profile(const std::string& name);

// "profile/starter/Conv/f32", a case for each node.
std::vector<Case> profile_cases(const Profile& profile);

}  // namespace backplane::conformance
