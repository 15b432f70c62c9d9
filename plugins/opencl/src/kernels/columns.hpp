// Kernels along one axis of a dense tensor, each element of which hangs on others of its column.
#pragma once

#include <string>

#include "rows.hpp"

namespace backplane::opencl {

class Columns {
 public:
  // Two kernels in `source`, whose names are kept: in `along` a work item has a column whose
  // elements lie side by side, in `across` it has a vector of columns.
  Columns(Device& device, const Source& source, const std::string& options, const char* along,
          const char* across);

  // `count` elements in all, none of these 0; `length` of a column, `step` elements apart.
  struct Sizes {
    uint64_t count, length, step;
  };
  void launch(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to, const Sizes& sizes);

 private:
  Compute along_;
  Compute across_;
};

}  // namespace backplane::opencl
