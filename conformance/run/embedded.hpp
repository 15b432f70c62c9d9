// The text files that the build has put into the program, by their names without ".txt".
#pragma once

#include <vector>

namespace backplane::conformance {

struct EmbeddedText {
  const char* name;
  const char* text;
};

std::vector<EmbeddedText> problem_texts();      // problems/*.txt
std::vector<EmbeddedText> profile_texts();      // profiles/*.txt
std::vector<EmbeddedText> performance_texts();  // perf/*.txt

}  // namespace backplane::conformance
