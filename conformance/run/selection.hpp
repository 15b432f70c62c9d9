// Which of the cases run: globs over ids, and shards that stay put when a case is added.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/case.hpp"

namespace backplane::conformance {

// "*" stands for any characters, "/" included; "?" for one; nothing else is special.
bool glob_matches(const std::string& glob, const std::string& text);

// The shard, from 0 to count - 1, of a case: a hash of its id alone.
uint64_t shard_of(const std::string& id, uint64_t count);

struct Selection {
  std::vector<std::string> filters;  // any of them; none: all
  std::vector<std::string> levels;   // names; none: all
  std::vector<std::string> only;     // exact ids; none: all
  uint64_t shard = 0;                // of shard_count, from 0
  uint64_t shard_count = 1;
};

bool is_selected(const Selection& selection, const Case& one);
// Could a case of `level` be selected whose id begins so? False is certain, true is not.
bool may_select(const Selection& selection, Level level, const std::string& beginning);

}  // namespace backplane::conformance
