// A run as one HTML page that needs nothing else: no script, no font, no other file. It is
// well-formed XML too. Passing cases are counted, not listed.
#pragma once

#include <string>
#include <vector>

#include "report/environment.hpp"
#include "report/record.hpp"

namespace backplane::conformance {

std::string html_page(const RunFacts& facts, const Environment& environment,
                      const std::vector<Record>& records, const CutShort& cut = {});

}  // namespace backplane::conformance
