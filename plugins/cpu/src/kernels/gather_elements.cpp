// GatherElements and ScatterElements: every index moves one element along the axis. Of several
// updates of one element the last wins; with a reduction they are taken in order.
#include <cstring>
#include <string>

#include "axis.hpp"
#include "copy.hpp"
#include "data_movement.hpp"
#include "indices.hpp"
#include "reduction.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kData, kIndices, kUpdates };

// Walks over all elements of the indices, and knows where the data's element with the same place
// is, but for the axis.
class Walk {
 public:
  Walk(const bp_tensor_type_t& data, const bp_tensor_type_t& indices, uint32_t axis)
      : rank_(indices.rank), size_(data.shape[axis]) {
    for (uint32_t i = 0; i < rank_; ++i)
      if (i != axis && indices.shape[i] > data.shape[i])
        fail(BP_STATUS_INVALID_ARGUMENT, to_text(indices) + " reaches beyond " + to_text(data));
    dense_strides(data, strides_);
    std::memcpy(shape_, indices.shape, sizeof shape_);
    step_ = strides_[axis];
    strides_[axis] = 0;
  }

  int64_t size() const { return size_; }  // of the axis
  int64_t at(int64_t element, int64_t place) const {
    int64_t found = place * step_;
    for (uint32_t axis = rank_; axis-- > 0; element /= shape_[axis])
      found += element % shape_[axis] * strides_[axis];
    return found;
  }

 private:
  uint32_t rank_;
  int64_t size_, step_ = 0;
  int64_t shape_[BP_MAX_RANK] = {};
  int64_t strides_[BP_MAX_RANK] = {};
};

// Outside an index is checked before anything is written.
void require_inside(const char* op, const Indices& indices, int64_t count, int64_t size) {
  for (int64_t i = 0; i < count; ++i) indices.place(op, i, size);
}

class GatherElements : public Kernel {
 public:
  explicit GatherElements(const Node& node)
      : axis_(check_axis(node, node.int_attribute("axis", 0), node.input(kData).rank)),
        size_(element_size(node.input(kData).dtype)) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const Walk walk(inputs[kData].type, inputs[kIndices].type, axis_);
    const Indices indices(inputs[kIndices]);
    const auto count = static_cast<int64_t>(element_count(inputs[kIndices].type));
    require_inside("GatherElements", indices, count, walk.size());
    visit_size(size_, [&](auto type) {
      using T = typename decltype(type)::type;
      const auto* from = data<const T>(inputs[kData]);
      auto* to = data<T>(outputs[0]);
      parallel_pieces(count, count * kCostOfPlace, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i)
          to[i] = from[walk.at(i, indices.place("GatherElements", i, walk.size()))];
      });
    });
  }

 private:
  static constexpr int64_t kCostOfPlace = 4;
  uint32_t axis_;
  uint64_t size_;
};

class ScatterElements : public Kernel {
 public:
  explicit ScatterElements(const Node& node)
      : axis_(check_axis(node, node.int_attribute("axis", 0), node.input(kData).rank)),
        dtype_(node.input(kData).dtype),
        reduction_(check_reduction(node)) {
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const Walk walk(inputs[kData].type, inputs[kIndices].type, axis_);
    const Indices indices(inputs[kIndices]);
    const auto count = static_cast<int64_t>(element_count(inputs[kIndices].type));
    require_inside("ScatterElements", indices, count, walk.size());
    const char* from = data<const char>(inputs[kData]);
    char* to = data<char>(outputs[0]);
    if (from != to) copy_bytes(to, from, byte_size(outputs[0].type));
    visit_reduced(dtype_, reduction_, [&](auto type) {
      using T = typename decltype(type)::type;
      const auto* updates = data<const T>(inputs[kUpdates]);
      for (int64_t i = 0; i < count; ++i)
        reduce_into(
            data<T>(outputs[0])[walk.at(i, indices.place("ScatterElements", i, walk.size()))],
            updates[i], reduction_);
    });
  }

 private:
  uint32_t axis_;
  bp_dtype_t dtype_;
  Reduction reduction_;
};

// The indices have the data's rank, and lie within its sizes but for the axis.
void check_indices_fit(const Node& node) {
  check_indices(node, kIndices);
  const bp_tensor_type_t& from = node.input(kData);
  const bp_tensor_type_t& indices = node.input(kIndices);
  const uint32_t axis = check_axis(node, node.int_attribute("axis", 0), from.rank);
  bool fits = indices.rank == from.rank;
  for (uint32_t i = 0; fits && i < from.rank; ++i)
    fits = i == axis || BP_DIM_IS_UNKNOWN(from.shape[i]) || indices.shape[i] <= from.shape[i];
  if (!fits)
    refuse(node, to_text(indices) + " has other axes than, or reaches beyond, " + to_text(from));
}

void check_gather(const Node& node) {
  check_movement(node);
  check_counts(node, 2, 1);
  check_indices_fit(node);
  bp_tensor_type_t expected = node.input(kIndices);
  expected.dtype = node.input(kData).dtype;
  check_follows(node, 0, expected);
}

void check_scatter(const Node& node) {
  check_movement(node);
  check_counts(node, 3, 1);
  check_indices_fit(node);
  check_reduction(node);
  const bp_tensor_type_t& updates = node.input(kUpdates);
  bool fits = updates.dtype == node.input(kData).dtype && updates.rank == node.input(1).rank;
  for (uint32_t i = 0; fits && i < updates.rank; ++i)
    fits = BP_DIM_IS_UNKNOWN(updates.shape[i]) || BP_DIM_IS_UNKNOWN(node.input(1).shape[i]) ||
           updates.shape[i] == node.input(1).shape[i];
  if (!fits)
    refuse(node, to_text(updates) + " are no updates for indices " + to_text(node.input(kIndices)));
  check_follows(node, 0, node.input(kData));
}

template <class Made>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<Made>(node);
}

}  // namespace

void add_gather_elements(OperatorTable& table) {
  table.push_back({"GatherElements", {11, 13}, check_gather, create<GatherElements>});
  table.push_back({"ScatterElements", {11, 13, 16}, check_scatter, create<ScatterElements>});
}

}  // namespace backplane::cpu
