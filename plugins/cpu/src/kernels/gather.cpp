// Gather along one axis. An index below 0 counts from the end; one outside fails the launch.
#include <cstring>
#include <string>

#include "axis.hpp"
#include "copy.hpp"
#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

constexpr uint32_t kIndices = 1;

struct Shape {
  int64_t outer = 1;
  int64_t axis = 1;
  int64_t inner = 1;  // elements
  int64_t indices = 1;
};

template <class Index>
void require_inside(const Index* indices, const Shape& shape) {
  bool is_inside = true;
  for (int64_t i = 0; i < shape.indices; ++i)
    is_inside &= indices[i] >= -shape.axis && indices[i] < shape.axis;
  if (is_inside) return;
  for (int64_t i = 0; i < shape.indices; ++i)
    if (indices[i] < -shape.axis || indices[i] >= shape.axis)
      fail(BP_STATUS_INVALID_ARGUMENT, "Gather: index " + std::to_string(indices[i]) +
                                           " is outside an axis of " + std::to_string(shape.axis));
}

// One Element for each index.
template <class Element, class Index>
void copy_elements(const Shape& shape, const char* from, const Index* indices, char* to) {
  const auto* source = reinterpret_cast<const Element*>(from);
  auto* target = reinterpret_cast<Element*>(to);
  parallel_pieces(shape.outer * shape.indices, shape.outer * shape.indices,
                  [&](int64_t begin, int64_t end) {
                    for (int64_t i = begin; i < end; ++i) {
                      const auto index = static_cast<int64_t>(indices[i % shape.indices]);
                      const int64_t place = index < 0 ? index + shape.axis : index;
                      target[i] = source[i / shape.indices * shape.axis + place];
                    }
                  });
}

template <class Index>
void copy_blocks(const Shape& shape, uint64_t size, const char* from, const Index* indices,
                 char* to) {
  const int64_t blocks = shape.outer * shape.indices;
  const int64_t cost = blocks * static_cast<int64_t>(size) / kBytesAnElement;
  parallel_pieces(blocks, cost, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto index = static_cast<int64_t>(indices[i % shape.indices]);
      const int64_t place = index < 0 ? index + shape.axis : index;
      const int64_t block = i / shape.indices * shape.axis + place;
      std::memcpy(to + static_cast<uint64_t>(i) * size, from + static_cast<uint64_t>(block) * size,
                  size);
    }
  });
}

class Gather : public Kernel {
 public:
  explicit Gather(const Node& node)
      : axis_(axis_of("Gather", node.int_attribute("axis", 0), node.input(0).rank)),
        element_size_(element_size(node.input(0).dtype)),
        has_wide_indices_(node.input(kIndices).dtype == BP_DTYPE_INT64) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (has_wide_indices_)
      run_with<int64_t>(inputs, outputs);
    else
      run_with<int32_t>(inputs, outputs);
  }

 private:
  template <class Index>
  void run_with(const bp_tensor_t* inputs, const bp_tensor_t* outputs) const {
    const Shape shape = shape_of(inputs[0].type, inputs[kIndices].type);
    const auto* indices = data<const Index>(inputs[kIndices]);
    require_inside(indices, shape);
    if (element_count(outputs[0].type) == 0) return;
    const char* from = data<char>(inputs[0]);
    char* to = data<char>(outputs[0]);
    const uint64_t block = static_cast<uint64_t>(shape.inner) * element_size_;
    switch (block) {
      case 1:
        return copy_elements<uint8_t>(shape, from, indices, to);
      case 2:
        return copy_elements<uint16_t>(shape, from, indices, to);
      case 4:
        return copy_elements<uint32_t>(shape, from, indices, to);
      default:
        return copy_blocks(shape, block, from, indices, to);
    }
  }

  Shape shape_of(const bp_tensor_type_t& from, const bp_tensor_type_t& indices) const {
    Shape shape;
    for (uint32_t i = 0; i < axis_; ++i) shape.outer *= from.shape[i];
    for (uint32_t i = axis_ + 1; i < from.rank; ++i) shape.inner *= from.shape[i];
    shape.axis = from.shape[axis_];
    shape.indices = static_cast<int64_t>(element_count(indices));
    return shape;
  }

  const uint32_t axis_;
  const uint64_t element_size_;
  const bool has_wide_indices_;
};

// Is the output the input with its axis replaced by the indices' axes?
bool is_gathered(const bp_tensor_type_t& from, uint32_t axis, const bp_tensor_type_t& indices,
                 const bp_tensor_type_t& to) {
  if (to.rank + 1u != from.rank + indices.rank) return false;
  uint32_t next = 0;
  for (uint32_t i = 0; i < axis; ++i)
    if (sizes_differ(from.shape[i], to.shape[next++])) return false;
  for (uint32_t i = 0; i < indices.rank; ++i)
    if (sizes_differ(indices.shape[i], to.shape[next++])) return false;
  for (uint32_t i = axis + 1; i < from.rank; ++i)
    if (sizes_differ(from.shape[i], to.shape[next++])) return false;
  return true;
}

void check(const Node& node) {
  check_movement(node);
  const bp_tensor_type_t& indices = node.input(kIndices);
  if (node.input_count() != 2 || node.output_count() != 1)
    refuse(node, "it has two inputs and one output");
  if (indices.dtype != BP_DTYPE_INT32 && indices.dtype != BP_DTYPE_INT64)
    refuse(node, std::string("indices are int32 or int64, not ") + name_of(indices.dtype));
  check_values([&] {
    const uint32_t axis = axis_of("Gather", node.int_attribute("axis", 0), node.input(0).rank);
    if (!is_gathered(node.input(0), axis, indices, node.output(0)))
      refuse(node, to_text(node.output(0)) + " is not gathered from " + to_text(node.input(0)) +
                       " by " + to_text(indices));
  });
}

std::unique_ptr<Kernel> create(const Node& node, Device&) { return std::make_unique<Gather>(node); }

}  // namespace

void add_gather(OperatorTable& table) { table.push_back({"Gather", {1, 11, 13}, check, create}); }

}  // namespace backplane::cpu
