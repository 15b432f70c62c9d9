// Text of plugins inside XML and HTML.
#pragma once

#include <string>

namespace backplane::conformance {

// `text` as the content of an element or of an attribute in double quotes, valid UTF-8 whatever it
// was: markup escaped, control characters replaced by "?", what is no character of XML by U+FFFD.
std::string escaped(const std::string& text);

}  // namespace backplane::conformance
