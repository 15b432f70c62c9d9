// A run as JUnit XML, for CI systems: one suite for each device and level, and an error when it was
// cut short.
#pragma once

#include <string>
#include <vector>

#include "report/record.hpp"

namespace backplane::conformance {

std::string junit_xml(const RunFacts& facts, const std::vector<Record>& records,
                      const CutShort& cut = {});

}  // namespace backplane::conformance
