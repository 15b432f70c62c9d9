// NonZero and Compress: the data decides how much they give.
#include "sized_by_data.hpp"

#include <algorithm>
#include <string>

#include "axis.hpp"
#include "data_movement.hpp"
#include "sized.hpp"

namespace backplane::cpu {

namespace {

// ---- NonZero ----

// All bits of an element but a float's sign: NaN is not zero, -0 is.
uint64_t mask_of(bp_dtype_t dtype) {
  const uint64_t size = element_size(dtype);
  const uint64_t all = size == 8 ? UINT64_MAX : (uint64_t{1} << (8 * size)) - 1;
  const bool is_float = dtype == BP_DTYPE_FLOAT16 || dtype == BP_DTYPE_BFLOAT16 ||
                        dtype == BP_DTYPE_FLOAT32 || dtype == BP_DTYPE_FLOAT64;
  return is_float ? all >> 1 : all;
}

template <class Bits>
std::vector<int64_t> places_of(const bp_tensor_t& x, uint64_t mask) {
  const auto* elements = data<const Bits>(x);
  const uint64_t count = element_count(x.type);
  std::vector<int64_t> places;
  for (uint64_t i = 0; i < count; ++i)
    if ((elements[i] & mask) != 0) places.push_back(static_cast<int64_t>(i));
  return places;
}

std::vector<int64_t> places_of(const bp_tensor_t& x) {
  std::vector<int64_t> places;
  visit_size(element_size(x.type.dtype), [&](auto type) {
    places = places_of<typename decltype(type)::type>(x, mask_of(x.type.dtype));
  });
  return places;
}

class NonZero : public SizedByData {
 public:
  NonZero() : SizedByData({true}) {}

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = inputs[0].type;
    const std::vector<int64_t> places = places_of(inputs[0]);
    bp_tensor_type_t real = outputs[0].type;
    real.shape[0] = type.rank;
    real.shape[1] = static_cast<int64_t>(places.size());
    store_sizes(outputs, 0, real);
    auto* out = data<int64_t>(outputs[0]);
    for (uint32_t axis = 0; axis < type.rank; ++axis) {
      int64_t step = 1;
      for (uint32_t behind = axis + 1; behind < type.rank; ++behind) step *= type.shape[behind];
      for (const int64_t place : places) *out++ = place / step % type.shape[axis];
    }
  }
};

void check_non_zero(const Node& node) {
  check_counts(node, 1, 1);
  const bp_tensor_type_t& x = node.input(0);
  if (element_size(x.dtype) == 0) refuse(node, std::string("no ") + name_of(x.dtype));
  if (x.rank == 0) refuse(node, "a scalar has no indices");
  if (!node.has_output(0) || node.output(0).dtype != BP_DTYPE_INT64 || node.output(0).rank != 2)
    refuse(node, "its output is an int64 for each axis and element");
}

std::unique_ptr<Kernel> create_non_zero(const Node&, Device&) {
  return std::make_unique<NonZero>();
}

// ---- Compress ----

class Compress : public SizedByData {
 public:
  explicit Compress(const Node& node)
      : SizedByData({true}),
        has_axis_(node.attribute("axis") != nullptr),
        axis_(has_axis_
                  ? cpu::axis_of("Compress", node.int_attribute("axis", 0), node.input(0).rank)
                  : 0),
        element_size_(element_size(node.input(0).dtype)) {}

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t line = line_of(inputs[0].type);
    const std::vector<int64_t> chosen = chosen_of(inputs[1], line.shape[axis_]);
    bp_tensor_type_t real = line;
    real.shape[axis_] = static_cast<int64_t>(chosen.size());
    store_sizes(outputs, 0, real);
    if (element_count(real) == 0) return;
    uint64_t block = element_size_;
    for (uint32_t axis = axis_ + 1; axis < line.rank; ++axis)
      block *= static_cast<uint64_t>(line.shape[axis]);
    const uint64_t stride = block * static_cast<uint64_t>(line.shape[axis_]);
    const uint64_t outer = element_count(line) * element_size_ / stride;
    char* to = data<char>(outputs[0]);
    for (uint64_t i = 0; i < outer; ++i)
      for (const int64_t place : chosen) {
        const char* from = data<char>(inputs[0]) + i * stride;
        std::memcpy(to, from + static_cast<uint64_t>(place) * block, block);
        to += block;
      }
  }

 private:
  // Without an axis the input is one long line.
  bp_tensor_type_t line_of(bp_tensor_type_t type) const {
    if (has_axis_) return type;
    const auto count = static_cast<int64_t>(element_count(type));
    type.rank = 1;
    type.shape[0] = count;
    return type;
  }

  static std::vector<int64_t> chosen_of(const bp_tensor_t& condition, int64_t most) {
    const char* says = data<const char>(condition);
    std::vector<int64_t> chosen;
    for (int64_t i = 0; i < std::min(condition.type.shape[0], most); ++i)
      if (says[i] != 0) chosen.push_back(i);
    return chosen;
  }

  const bool has_axis_;
  const uint32_t axis_;
  const uint64_t element_size_;
};

void check_compress(const Node& node) {
  check_movement(node);
  check_counts(node, 2, 1);
  const bp_tensor_type_t& x = node.input(0);
  const bp_tensor_type_t& condition = node.input(1);
  if (x.rank == 0) refuse(node, "a scalar has nothing to choose from");
  if (condition.dtype != BP_DTYPE_BOOL || condition.rank != 1)
    refuse(node, "condition is " + to_text(condition) + ", not a vector of bool");
  const bool has_axis = node.attribute("axis") != nullptr;
  if (has_axis)
    check_values([&] { (void)axis_of("Compress", node.int_attribute("axis", 0), x.rank); });
  if (node.output(0).rank != (has_axis ? x.rank : 1))
    refuse(node, "its output is not " + to_text(node.output(0)));
}

std::unique_ptr<Kernel> create_compress(const Node& node, Device&) {
  return std::make_unique<Compress>(node);
}

}  // namespace

void add_sized_by_data(OperatorTable& table) {
  table.push_back({"NonZero", {9, 13}, check_non_zero, create_non_zero});
  table.push_back({"Compress", {9, 11}, check_compress, create_compress});
}

}  // namespace backplane::cpu
