// What a reference operator computes on: a request's inputs as numbers of one kind, and room for
// its outputs.
#pragma once

#include <utility>
#include <vector>

#include "ops/emulated.hpp"
#include "ops/request.hpp"

namespace backplane::conformance {

// A tensor of numbers; dense, row-major.
template <class S>
struct Numbers {
  bp_dtype_t dtype = 0;  // 0: absent
  Sizes sizes;
  std::vector<S> elements;

  bool is_there() const { return dtype != 0; }
  int64_t count() const { return static_cast<int64_t>(elements.size()); }
  S& operator[](int64_t place) { return elements[static_cast<size_t>(place)]; }
  const S& operator[](int64_t place) const { return elements[static_cast<size_t>(place)]; }
};

// A node's settings, with defaults of the reference's own.
class Settings {
 public:
  explicit Settings(const Request& request) : request_(&request) {}
  bool has(const char* name) const;
  int64_t integer(const char* name, int64_t otherwise) const;
  std::vector<int64_t> integers(const char* name, const std::vector<int64_t>& otherwise) const;
  double number(const char* name, double otherwise) const;  // as the float32 that it is
  std::string text(const char* name, const std::string& otherwise) const;
  std::vector<std::string> texts(const char* name) const;  // none when absent
  const TensorData* tensor(const char* name) const;        // nullptr when absent

 private:
  const Setting* find(const char* name) const;
  const Request* request_;
};

// The integers in an input, for shapes, axes and indices; NotDefined when it is absent.
std::vector<int64_t> integers_of(const TensorData& data);
bool has_input(const Request& request, size_t index);

// Where the element of `sizes` is that an output's `index` reads by numpy's rule.
int64_t broadcast_place(const Sizes& sizes, const Sizes& index);
// Where `index` lies, from one index to the next of each axis so many elements on.
int64_t place_at(const Sizes& index, const Sizes& steps);

template <class S>
struct Call {
  const Request& request;
  Settings settings;
  std::vector<Numbers<S>> inputs;
  std::vector<Numbers<S>> outputs;  // of the sizes inferred

  const Numbers<S>& in(size_t index) const { return inputs[index]; }
  bool has(size_t index) const { return index < inputs.size() && inputs[index].is_there(); }
  Numbers<S>& out(size_t index = 0) { return outputs[index]; }
  bool wants(size_t index) const { return index < outputs.size() && outputs[index].is_there(); }
};

// Loads inputs (an emulation rounds those of float type to its operands' format) and makes room.
template <class S>
Call<S> make_call(const Request& request, const std::vector<bp_tensor_type_t>& output_types);

}  // namespace backplane::conformance
