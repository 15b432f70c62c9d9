// Outputs that hang on no element of an input: ConstantOfShape and EyeLike; and Trilu, which keeps
// or clears elements by their place alone.
#include <algorithm>
#include <cstring>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "data_movement.hpp"
#include "integer_input.hpp"
#include "sized.hpp"

namespace backplane::cpu {

namespace {

class ConstantOfShape : public Kernel {
 public:
  explicit ConstantOfShape(const Node& node) : size_(element_size(node.output(0).dtype)) {
    const bp_attribute_t* value = node.attribute("value");
    if (value != nullptr)
      std::memcpy(bytes_, static_cast<const bp_constant_t*>(value->data)->data, size_);
    traits_.inputs = {unread_flags(node, 0)};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t*, const bp_tensor_t* outputs, const bp_tensor_t*) const override {
    visit_size(size_, [&](auto type) {
      using T = typename decltype(type)::type;
      T value;
      std::memcpy(&value, bytes_, sizeof value);
      const auto count = static_cast<int64_t>(element_count(outputs[0].type));
      parallel_pieces(count, count, [&](int64_t first, int64_t last) {
        std::fill(data<T>(outputs[0]) + first, data<T>(outputs[0]) + last, value);
      });
    });
  }

 private:
  uint64_t size_;
  char bytes_[8] = {};
};

void check_constant_of_shape(const Node& node) {
  check_counts(node, 1, 1);
  check_integers(node, 0, "its shape");
  const bp_attribute_t* value = node.attribute("value");
  bp_dtype_t dtype = BP_DTYPE_FLOAT32;
  if (value != nullptr) {
    if (value->kind != BP_ATTRIBUTE_TENSOR) refuse(node, "its value is no tensor");
    const auto* constant = static_cast<const bp_constant_t*>(value->data);
    if (has_unknown_size(constant->type) || element_count(constant->type) != 1 ||
        constant->data == nullptr)
      refuse(node, "its value is one element, not " + to_text(constant->type));
    dtype = constant->type.dtype;
  }
  if (element_size(dtype) == 0) refuse(node, std::string("no ") + name_of(dtype));
  if (node.output(0).dtype != dtype)
    refuse(node,
           std::string("its output is ") + name_of(dtype) + ", not " + to_text(node.output(0)));
}

// The 1 of an element type, as an integer of its size.
template <class T>
T one_of(bp_dtype_t dtype) {
  T bits = 1;
  visit_floats(dtype, [&](auto type) {
    using F = typename decltype(type)::type;
    if constexpr (sizeof(F) == sizeof(T)) {
      const F one = store<F>(1);
      std::memcpy(&bits, &one, sizeof bits);
    }
  });
  return bits;
}

class EyeLike : public Kernel {
 public:
  explicit EyeLike(const Node& node)
      : dtype_(node.output(0).dtype), diagonal_(node.int_attribute("k", 0)) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t*, const bp_tensor_t* outputs, const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = outputs[0].type;
    visit_size(element_size(dtype_), [&](auto found) {
      using T = typename decltype(found)::type;
      T* to = data<T>(outputs[0]);
      std::fill_n(to, type.shape[0] * type.shape[1], T{0});
      if (diagonal_ >= type.shape[1] || diagonal_ <= -type.shape[0]) return;
      const int64_t first = std::max<int64_t>(-diagonal_, 0);
      for (int64_t row = first; row < type.shape[0] && row + diagonal_ < type.shape[1]; ++row)
        to[row * type.shape[1] + row + diagonal_] = one_of<T>(dtype_);
    });
  }

 private:
  bp_dtype_t dtype_;
  int64_t diagonal_;
};

void check_eye_like(const Node& node) {
  check_counts(node, 1, 1);
  if (node.input(0).rank != 2) refuse(node, to_text(node.input(0)) + " is no matrix");
  const int64_t dtype = node.int_attribute("dtype", node.input(0).dtype);
  bp_tensor_type_t expected = node.input(0);
  expected.dtype = static_cast<bp_dtype_t>(dtype);
  if (element_size(expected.dtype) == 0) refuse(node, std::string("no ") + name_of(expected.dtype));
  check_follows(node, 0, expected);
}

class Trilu : public Kernel {
 public:
  explicit Trilu(const Node& node)
      : size_(element_size(node.input(0).dtype)),
        is_upper_(node.int_attribute("upper", 1) != 0),
        diagonal_(node, 1) {
    traits_.inputs = {0, diagonal_.flags()};
    traits_.inputs.resize(node.input_count());
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = inputs[0].type;
    const int64_t height = type.shape[type.rank - 2];
    const int64_t width = type.shape[type.rank - 1];
    const auto count = static_cast<int64_t>(element_count(type));
    if (count == 0) return;
    const IntegerView given = diagonal_.view(inputs);
    if (given.is_present() && given.count != 1)
      fail(BP_STATUS_INVALID_ARGUMENT, "Trilu: k is one number");
    const int64_t diagonal = std::clamp(given.is_present() ? given[0] : int64_t{0}, -height, width);
    const auto pitch = static_cast<uint64_t>(width) * size_;
    parallel_pieces(count / width, count, [&](int64_t first, int64_t last) {
      for (int64_t row = first; row < last; ++row) {
        const auto at = static_cast<uint64_t>(row) * pitch;
        run_row(data<char>(inputs[0]) + at, data<char>(outputs[0]) + at, pitch,
                cut_of(row % height + diagonal, width) * size_);
      }
    });
  }

 private:
  // How many elements of a row lie before the part that is kept, or cleared.
  uint64_t cut_of(int64_t on_diagonal, int64_t width) const {
    return static_cast<uint64_t>(
        std::clamp<int64_t>(is_upper_ ? on_diagonal : on_diagonal + 1, 0, width));
  }
  void run_row(const char* from, char* to, uint64_t size, uint64_t cut) const {
    const uint64_t kept_begin = is_upper_ ? cut : 0;
    const uint64_t kept_end = is_upper_ ? size : cut;
    if (from != to) std::memcpy(to + kept_begin, from + kept_begin, kept_end - kept_begin);
    std::memset(to, 0, kept_begin);
    std::memset(to + kept_end, 0, size - kept_end);
  }

  uint64_t size_;
  bool is_upper_;
  IntegerInput diagonal_;
};

void check_trilu(const Node& node) {
  check_movement(node);
  check_counts(node, 2, 1);
  if (node.input(0).rank < 2) refuse(node, to_text(node.input(0)) + " holds no matrix");
  check_integers(node, 1, "k");
  const IntegerInput diagonal(node, 1);
  if (node.has_input(1) && diagonal.is_fixed() && diagonal.view(nullptr).count != 1)
    refuse(node, "k is one number");
  check_follows(node, 0, node.input(0));
}

template <class Made>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<Made>(node);
}

}  // namespace

void add_fill(OperatorTable& table) {
  table.push_back({"ConstantOfShape", {9}, check_constant_of_shape, create<ConstantOfShape>});
  table.push_back({"EyeLike", {9}, check_eye_like, create<EyeLike>});
  table.push_back({"Trilu", {14}, check_trilu, create<Trilu>});
}

}  // namespace backplane::cpu
