// MaxUnpool: zeros, and each element where its index says. Indices are places in what the pool's
// windows span; where output_shape is larger, that stands at the output's beginning.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "axis.hpp"
#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kPooled, kIndices, kOutputShape, kInputCount };

constexpr uint32_t kSpatial = 2;  // where spatial axes begin

constexpr int64_t kMost = int64_t{1}
                          << 31;  // of sizes and attributes, so that no product overflows

using Values = std::array<int64_t, size_t{2} * BP_MAX_RANK>;

// So many values from `least` on, or `least` where the node has none.
Values list_of(const Node& node, const char* name, uint32_t length, int64_t least) {
  Values values;
  values.fill(least);
  uint32_t count = 0;
  const int64_t* given = node.ints_attribute(name, &count);
  if (given == nullptr) return values;
  if (count != length)
    refuse(node, std::string(name) + " has " + std::to_string(count) + " values, not " +
                     std::to_string(length));
  for (uint32_t i = 0; i < count; ++i)
    if (given[i] < least || given[i] >= kMost)
      refuse(node, std::string(name) + " has " + std::to_string(given[i]));
  std::copy_n(given, count, values.begin());
  return values;
}

// How much an axis of size 1 spans, and how much more each element behind.
struct Spans {
  Values first, step;

  explicit Spans(const Node& node) {
    first.fill(1);
    step.fill(1);
    const uint32_t rank = node.input(kPooled).rank - kSpatial;
    const Values kernel = list_of(node, "kernel_shape", rank, 1);
    const Values strides = list_of(node, "strides", rank, 1);
    const Values pads = list_of(node, "pads", 2 * rank, 0);
    for (uint32_t axis = 0; axis < rank; ++axis) {
      first[axis + kSpatial] = kernel[axis] - pads[axis] - pads[axis + rank];
      step[axis + kSpatial] = strides[axis];
    }
  }
  // INVALID_ARGUMENT: padding takes all away, or it is beyond reason.
  bp_tensor_type_t of(bp_tensor_type_t type) const {
    for (uint32_t axis = kSpatial; axis < type.rank; ++axis) {
      int64_t& size = type.shape[axis];
      if (BP_DIM_IS_UNKNOWN(size)) continue;
      const int64_t spanned = size < kMost ? (size - 1) * step[axis] + first[axis] : -1;
      if (spanned < 0)
        fail(BP_STATUS_INVALID_ARGUMENT,
             "MaxUnpool: nothing that windows over " + std::to_string(size) + " elements span");
      size = spanned;
    }
    return type;
  }
};

bool is_within(const bp_tensor_type_t& part, const bp_tensor_type_t& whole) {
  for (uint32_t axis = 0; axis < part.rank; ++axis)
    if (!BP_DIM_IS_UNKNOWN(part.shape[axis]) && !BP_DIM_IS_UNKNOWN(whole.shape[axis]) &&
        part.shape[axis] > whole.shape[axis])
      return false;
  return true;
}

// The place in `whole` of place `at` in `part`.
int64_t moved(int64_t at, const bp_tensor_type_t& part, const bp_tensor_type_t& whole) {
  int64_t place = 0, step = 1;
  for (uint32_t axis = part.rank; axis-- > 0;) {
    place += at % part.shape[axis] * step;
    at /= part.shape[axis];
    step *= whole.shape[axis];
  }
  return place;
}

class MaxUnpool : public Kernel {
 public:
  explicit MaxUnpool(const Node& node)
      : spans_(node), element_size_(element_size(node.input(kPooled).dtype)) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& to = outputs[0].type;
    const bp_tensor_type_t spanned = spans_.of(inputs[kPooled].type);
    if (!is_within(spanned, to))
      fail(BP_STATUS_INVALID_ARGUMENT,
           "MaxUnpool: " + to_text(spanned) + " does not go into " + to_text(to));
    const auto* indices = data<const int64_t>(inputs[kIndices]);
    const auto count = static_cast<int64_t>(element_count(inputs[kPooled].type));
    check_places(indices, count, static_cast<int64_t>(element_count(spanned)));
    const char* from = data<char>(inputs[kPooled]);
    char* written = data<char>(outputs[0]);
    if (element_count(to) > 0) std::memset(written, 0, byte_size(to));
    for (int64_t i = 0; i < count; ++i)
      std::memcpy(written + static_cast<uint64_t>(moved(indices[i], spanned, to)) * element_size_,
                  from + static_cast<uint64_t>(i) * element_size_, element_size_);
  }

 private:
  static void check_places(const int64_t* indices, int64_t count, int64_t most) {
    for (int64_t i = 0; i < count; ++i)
      if (indices[i] < 0 || indices[i] >= most)
        fail(BP_STATUS_INVALID_ARGUMENT, "MaxUnpool: index " + std::to_string(indices[i]) +
                                             " among " + std::to_string(most) + " places");
  }

  const Spans spans_;
  const uint64_t element_size_;
};

void check(const Node& node) {
  check_movement(node);
  check_counts(node, kInputCount, 1);
  const bp_tensor_type_t& x = node.input(kPooled);
  if (x.rank <= kSpatial) refuse(node, to_text(x) + " has no spatial axis");
  bp_tensor_type_t indices = x;
  indices.dtype = BP_DTYPE_INT64;
  if (!are_like(node.input(kIndices), indices))
    refuse(node, "indices are " + to_text(indices) + ", not " + to_text(node.input(kIndices)));
  bp_tensor_type_t spanned;
  check_values([&] { spanned = Spans(node).of(x); });
  if (!node.has_input(kOutputShape)) return check_follows(node, 0, spanned);
  if (node.attribute("pads") != nullptr) refuse(node, "pads and output_shape exclude each other");
  if (node.output(0).rank != x.rank || !is_within(spanned, node.output(0)))
    refuse(node, to_text(spanned) + " does not go into " + to_text(node.output(0)));
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<MaxUnpool>(node);
}

}  // namespace

void add_max_unpool(OperatorTable& table) {
  table.push_back({"MaxUnpool", {9, 11}, check, create});
}

}  // namespace backplane::cpu
