// One node with its inputs, as a reference operator is asked to evaluate it. No host's structs: the
// reference has its own words, shape rules and defaults, so that it can be held against the host.
#pragma once

#include <backplane/tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace backplane::conformance {

struct TensorData {
  bp_tensor_type_t type = {};  // dtype 0: absent
  std::string bytes;           // dense
};

// A node's attribute as a problem writes it; those it does not write have their defaults.
struct Setting {
  std::vector<int64_t> integers;  // of an integer, or a list
  std::vector<double> numbers;    // of a float, or a list
  std::string text;
  std::vector<std::string> texts;  // of a list of texts
  bool is_list = false;
  TensorData tensor;  // dtype 0: it is no tensor
};

struct Request {
  std::string op;
  std::map<std::string, Setting> settings;
  std::vector<TensorData> inputs;
  size_t output_count = 1;
};

// The type of the first input; of an operator without inputs, what it is told to give.
bp_dtype_t leading_dtype(const Request& request);

// Thrown by a reference for a node that its operator's definition does not allow.
struct NotDefined {
  std::string text;
};

using Sizes = std::vector<int64_t>;
Sizes sizes_of(const bp_tensor_type_t& type);
bp_tensor_type_t tensor_type_of(bp_dtype_t dtype, const Sizes& sizes);
int64_t count_of(const Sizes& sizes);
uint64_t element_count_of(const bp_tensor_type_t& type);
// Elements from one index to the next of each axis, dense.
Sizes steps_of(const Sizes& sizes);
// `axis` counted from the front; NotDefined when there is none such.
size_t axis_of(int64_t axis, size_t rank);
// The sizes that all stretch to by numpy's rule; NotDefined when they do not.
Sizes broadcast_sizes(const Sizes& a, const Sizes& b);

// Visits every index of `sizes`, row-major.
class Odometer {
 public:
  explicit Odometer(Sizes sizes);
  bool done() const { return is_done_; }
  void next();
  const Sizes& index() const { return index_; }
  int64_t place() const { return place_; }  // how many were visited before
 private:
  Sizes sizes_;
  Sizes index_;
  int64_t place_ = 0;
  bool is_done_ = false;
};

}  // namespace backplane::conformance
