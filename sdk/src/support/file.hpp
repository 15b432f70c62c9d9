// Whole files as bytes.
#pragma once

#include <string>

#include "support/status.hpp"

namespace backplane {

// The file's bytes; INVALID_ARGUMENT naming the file and the reason.
Result<std::string> read_file(const std::string& path);
// Writes a file in one step: readers see the old one or the new one, never a part.
Status write_file(const std::string& path, const std::string& bytes);

}  // namespace backplane
