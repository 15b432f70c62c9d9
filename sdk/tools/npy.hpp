// NumPy's .npy files, versions 1.0 and 2.0: little-endian, C order.
#pragma once

#include <backplane/tensor.h>

#include <string>
#include <vector>

#include "support/status.hpp"

namespace backplane {

struct NpyArray {
  bp_tensor_type_t type = {};
  std::vector<char> bytes;
};

// CORRUPT: no .npy file, cut short, or at odds with itself. UNSUPPORTED: big-endian, Fortran order,
// an element type that no tensor has, or a later version. The text says what was found.
Result<NpyArray> parse_npy(const std::string& file);
Result<NpyArray> read_npy_file(const std::string& path);

// A bfloat16 tensor, for which NumPy has no type, is written as two raw bytes an element ("<V2").
Result<std::string> format_npy(const bp_tensor_type_t& type, const void* bytes);
Status write_npy_file(const std::string& path, const bp_tensor_type_t& type, const void* bytes);

// The whole file; the failure says why it cannot be read.
Result<std::string> read_bytes(const std::string& path);

}  // namespace backplane
