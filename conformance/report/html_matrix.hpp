// Operators by types of one device: what came of the cases that are about one operator.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "report/record.hpp"

namespace backplane::conformance {

struct MatrixCell {
  size_t passed = 0;
  size_t failed = 0;
  size_t unsupported = 0;
  size_t skipped = 0;
  size_t open = 0;       // expected to fail, or non-discriminating
  char worst_class = 0;  // of the kernels whose results were judged; 0: none was
};

// Where a case stands: an operator, and a type ("float32") or "published" for ONNX's own tests.
// Both "" for a case about anything else, a published test of several operators too.
struct MatrixPlace {
  std::string op;
  std::string type;
};
MatrixPlace place_of(const Case& one);

struct Matrix {
  std::map<std::string, std::map<std::string, MatrixCell>> rows;  // by operator, then by type
  std::vector<std::string> types;                                 // of any row, as columns
};
Matrix matrix_of(const std::vector<Record>& records, uint32_t device);

// An HTML table; cells with failures lead to "#" + group_id of their failures.
std::string matrix_html(const Matrix& matrix, uint32_t device);

// The id, in a page, of the failures of one place or, for op "", of a level or profile `type`.
std::string group_id(uint32_t device, const MatrixPlace& place);

}  // namespace backplane::conformance
