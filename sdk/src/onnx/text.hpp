// Words about a file whose every byte may be hostile.
#pragma once

#include <string>

#include "support/status.hpp"

namespace backplane::onnx {

// A name in quotes, fit for one line of a message: shortened, what does not print escaped.
std::string quoted(const std::string& name);

bool is_utf8(const std::string& text);

// CORRUPT when a name cannot be shown to C code as it is: it holds a NUL or is not UTF-8.
Status check_name(const char* kind, const std::string& name);

// UNSUPPORTED with one of ops/table.hpp's words in front: "string: input "x" ...".
Status refused(const char* word, const std::string& text);

// The failure with what it is about: "<what>: " in front, or behind in parentheses where the text
// begins with one of ops/table.hpp's words, which stay in front.
Status about(const Status& status, const std::string& what);

}  // namespace backplane::onnx
