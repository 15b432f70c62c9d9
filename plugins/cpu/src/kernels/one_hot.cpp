// OneHot. Indices below 0 count from the end; one outside the depth marks nothing. The output says
// the depth. Indices that are floats are taken towards zero.
#include <algorithm>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "data_movement.hpp"
#include "saturate.hpp"
#include "sized.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kIndices, kDepth, kValues };  // of the values the first is off

template <class Index>
int64_t integer_of(Index index) {
  if constexpr (kIsFloat<Index>)
    return saturate<int64_t>(load(index));
  else
    return static_cast<int64_t>(index);
}

class OneHot : public Kernel {
 public:
  explicit OneHot(const Node& node)
      : axis_(check_axis(node, node.int_attribute("axis", -1), node.output(0).rank)),
        size_(element_size(node.output(0).dtype)) {
    traits_.inputs = {0, unread_flags(node, kDepth), 0};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const AxisShape shape = along_axis(outputs[0].type, axis_);
    visit_numbers(inputs[kIndices].type.dtype, [&](auto index) {
      using Index = typename decltype(index)::type;
      visit_size(size_, [&](auto value) {
        using T = typename decltype(value)::type;
        mark(shape, data<const Index>(inputs[kIndices]), data<const T>(inputs[kValues]),
             data<T>(outputs[0]));
      });
    });
  }

 private:
  template <class Index, class T>
  static void mark(const AxisShape& shape, const Index* indices, const T* values, T* to) {
    std::fill_n(to, shape.count(), values[0]);
    for (int64_t row = 0; row < shape.rows(); ++row) {
      const int64_t given = integer_of(indices[row]);
      const int64_t index = given < 0 ? given + shape.length : given;
      if (index >= 0 && index < shape.length)
        to[shape.begin_of(row) + index * shape.inner] = values[1];
    }
  }

  uint32_t axis_;
  uint64_t size_;
};

void check(const Node& node) {
  check_counts(node, 3, 1);
  const bp_tensor_type_t& indices = node.input(kIndices);
  const bp_tensor_type_t& values = node.input(kValues);
  if (!is_number(indices.dtype) || !is_number(node.input(kDepth).dtype))
    refuse(node, "indices and depth are numbers");
  if (element_size(values.dtype) == 0) refuse(node, std::string("no ") + name_of(values.dtype));
  if (values.rank != 1 || (values.shape[0] != 2 && !BP_DIM_IS_UNKNOWN(values.shape[0])))
    refuse(node, to_text(values) + " is no pair of values");
  if (indices.rank == BP_MAX_RANK) refuse(node, "its output's rank is above 8");
  const uint32_t axis = check_axis(node, node.int_attribute("axis", -1), indices.rank + 1U);
  bp_tensor_type_t expected = {values.dtype, static_cast<uint16_t>(indices.rank + 1), 0, {}};
  for (uint32_t i = 0; i < expected.rank; ++i)
    expected.shape[i] = i == axis ? -1 : indices.shape[i < axis ? i : i - 1];
  check_follows(node, 0, expected);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) { return std::make_unique<OneHot>(node); }

}  // namespace

void add_one_hot(OperatorTable& table) { table.push_back({"OneHot", {9, 11}, check, create}); }

}  // namespace backplane::cpu
