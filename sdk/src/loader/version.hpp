// Versions: a plugin's own ("2.3.1", semantic), and the rule by which two of the ABI's meet.
#pragma once

#include <backplane/base.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/status.hpp"

namespace backplane {

struct Version {
  uint64_t major = 0;
  uint64_t minor = 0;
  uint64_t patch = 0;
  std::vector<std::string> pre_release;  // {"rc", "1"} of "2.0.0-rc.1"
};

// "2.3.1", "2.3.1-rc.1", "2.3.1+build"; INVALID_ARGUMENT, naming the text, for anything else.
Result<Version> parse_version(std::string_view text);

// As semver.org orders them: a pre-release comes before its release, what stands after '+' does not
// count.
bool is_newer(const Version& a, const Version& b);

// "0.2"
Result<bp_version_t> parse_abi_version(std::string_view text);
std::string to_text(bp_version_t version);

// Whether a host of `host` loads a plugin of `plugin` [BP-HOST-12].
bool host_takes(bp_version_t host, bp_version_t plugin);
// The versions that a host of `host` loads, in words: "0.2 to 0.4", "any 1.x".
std::string taken_by(bp_version_t host);

}  // namespace backplane
