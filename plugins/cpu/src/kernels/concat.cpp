// Concat and Split: rows of bytes, laid one after the other or taken apart.
#include <algorithm>
#include <string>

#include "copy.hpp"
#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

// A tensor cut at an axis: so many rows, each of so many bytes.
struct Rows {
  int64_t count;
  uint64_t size;

  Rows(const bp_tensor_type_t& type, uint32_t axis) : count(1), size(element_size(type.dtype)) {
    for (uint32_t i = 0; i < axis; ++i) count *= type.shape[i];
    for (uint32_t i = axis; i < type.rank; ++i) size *= static_cast<uint64_t>(type.shape[i]);
  }
};

void copy_rows(char* to, uint64_t to_pitch, const char* from, uint64_t from_pitch,
               const Rows& rows) {
  if (rows.size == 0) return;
  if (rows.count == 1) return copy_bytes(to, from, rows.size);
  const auto cost = rows.count * static_cast<int64_t>(rows.size) / kBytesAnElement;
  parallel_pieces(rows.count, cost, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto row = static_cast<uint64_t>(i);
      std::memcpy(to + row * to_pitch, from + row * from_pitch, rows.size);
    }
  });
}

class Concat : public Kernel {
 public:
  explicit Concat(const Node& node)
      : axis_(axis_of("Concat", node.int_attribute("axis", 0), node.output(0).rank)),
        input_count_(node.input_count()) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const uint64_t pitch = Rows(outputs[0].type, axis_).size;
    char* to = data<char>(outputs[0]);
    for (uint32_t i = 0; i < input_count_; ++i) {
      const Rows rows(inputs[i].type, axis_);
      copy_rows(to, pitch, data<char>(inputs[i]), rows.size, rows);
      to += rows.size;
    }
  }

 private:
  const uint32_t axis_;
  const uint32_t input_count_;
};

// Sizes along the axis come from the input `split`, the older attribute, or are equal.
class Split : public Kernel {
 public:
  explicit Split(const Node& node)
      : axis_(axis_of("Split", node.int_attribute("axis", 0), node.input(0).rank)),
        output_count_(node.output_count()),
        sizes_(node, 1, "split") {
    traits_.inputs = {0, sizes_.flags()};
    traits_.inputs.resize(node.input_count());
    traits_.is_shape_free = true;
    if (sizes_.is_fixed() && !BP_DIM_IS_UNKNOWN(node.input(0).shape[axis_]))
      for_outputs(node.input(0), nullptr, [&](uint32_t output, int64_t, int64_t size) {
        if (node.has_output(output)) require_size(node.output(output), size);
      });
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const Rows whole(inputs[0].type, axis_);
    const int64_t axis_size = inputs[0].type.shape[axis_];
    const uint64_t step = axis_size == 0 ? 0 : whole.size / static_cast<uint64_t>(axis_size);
    const char* from = data<char>(inputs[0]);
    for_outputs(inputs[0].type, inputs, [&](uint32_t output, int64_t start, int64_t size) {
      if (outputs[output].type.dtype == 0) return;
      require_size(outputs[output].type, size);
      const Rows rows(outputs[output].type, axis_);
      copy_rows(data<char>(outputs[output]), rows.size, from + static_cast<uint64_t>(start) * step,
                whole.size, rows);
    });
  }

 private:
  // Calls body(output, start, size), in elements along the axis, for each.
  template <class Body>
  void for_outputs(const bp_tensor_type_t& from, const bp_tensor_t* inputs,
                   const Body& body) const {
    const IntegerView sizes = sizes_.view(inputs);
    const int64_t whole = from.shape[axis_];
    const int64_t equal = (whole + output_count_ - 1) / output_count_;  // the last may be smaller
    if (sizes.is_present() && sizes.count != output_count_) fail_split(sizes.count, whole);
    int64_t start = 0;
    for (uint32_t output = 0; output < output_count_; ++output) {
      const int64_t size = sizes.is_present() ? sizes[output] : std::min(equal, whole - start);
      if (size < 0 || size > whole - start) fail_split(output_count_, whole);
      body(output, start, size);
      start += size;
    }
    if (start != whole) fail_split(output_count_, whole);
  }

  [[noreturn]] void fail_split(int64_t count, int64_t whole) const {
    fail(BP_STATUS_INVALID_ARGUMENT, "Split: the " + std::to_string(count) +
                                         " sizes do not cut an axis of " + std::to_string(whole) +
                                         " into " + std::to_string(output_count_) + " outputs");
  }

  void require_size(const bp_tensor_type_t& output, int64_t size) const {
    const int64_t told = output.shape[axis_];
    if (!BP_DIM_IS_UNKNOWN(told) && told != size)
      fail(BP_STATUS_INVALID_ARGUMENT, "Split: an output of " + std::to_string(size) +
                                           " along axis " + std::to_string(axis_) + " is no " +
                                           to_text(output));
  }

  const uint32_t axis_;
  const uint32_t output_count_;
  const IntegerInput sizes_;
};

bool is_like(const bp_tensor_type_t& a, const bp_tensor_type_t& b, uint32_t but_for) {
  if (a.dtype != b.dtype || a.rank != b.rank) return false;
  for (uint32_t axis = 0; axis < a.rank; ++axis)
    if (axis != but_for && !BP_DIM_IS_UNKNOWN(a.shape[axis]) && !BP_DIM_IS_UNKNOWN(b.shape[axis]) &&
        a.shape[axis] != b.shape[axis])
      return false;
  return true;
}

void check_concat(const Node& node) {
  check_movement(node);
  if (node.output_count() != 1) refuse(node, "it has one output");
  const bp_tensor_type_t& to = node.output(0);
  check_values([&] {
    const uint32_t axis = axis_of("Concat", node.int_attribute("axis", 0), to.rank);
    int64_t size = 0;
    for (uint32_t i = 0; i < node.input_count(); ++i) {
      if (!is_like(node.input(i), to, axis))
        refuse(node, to_text(node.input(i)) + " is no part of " + to_text(to));
      if (size >= 0)
        size = BP_DIM_IS_UNKNOWN(node.input(i).shape[axis]) ? -1 : size + node.input(i).shape[axis];
    }
    if (size >= 0 && !BP_DIM_IS_UNKNOWN(to.shape[axis]) && to.shape[axis] != size)
      refuse(node, "the inputs' sizes do not add up to " + to_text(to));
  });
}

void check_split(const Node& node) {
  bp_dtype_t dtype = node.input(0).dtype;
  if (element_size(dtype) == 0) refuse(node, std::string("no ") + name_of(dtype));
  if (node.input_count() > 2 || node.output_count() == 0)
    refuse(node, "it has up to two inputs and at least one output");
  check_integers(node, 1, "split");
  check_values([&] {
    const uint32_t axis = axis_of("Split", node.int_attribute("axis", 0), node.input(0).rank);
    for (uint32_t i = 0; i < node.output_count(); ++i)
      if (node.has_output(i) && !is_like(node.output(i), node.input(0), axis))
        refuse(node, to_text(node.output(i)) + " is no part of " + to_text(node.input(0)));
    Split{node};
  });
}

template <class Made>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<Made>(node);
}

}  // namespace

void add_concat(OperatorTable& table) {
  table.push_back({"Concat", {4, 11, 13}, check_concat, create<Concat>});
  table.push_back({"Split", {2, 11, 13, 18}, check_split, create<Split>});
}

}  // namespace backplane::cpu
