// GatherND and ScatterND: every row of the indices names a slice of the data. Of several updates of
// one slice the last wins; with a reduction they are taken in order.
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

// The data is [batches, axes that are gone through, slice].
struct Slices {
  int64_t rows = 1;  // of the indices, in all batches
  int64_t rows_of_batch = 1;
  int64_t batch_size = 1;  // elements of the data
  int64_t slice_size = 1;
  int64_t depth = 0;
  const int64_t* sizes = nullptr;  // of the axes that are gone through

  Slices(const bp_tensor_type_t& data, const bp_tensor_type_t& indices, uint32_t batches)
      : depth(indices.shape[indices.rank - 1]), sizes(data.shape + batches) {
    for (uint32_t i = 0; i + 1 < indices.rank; ++i) {
      rows *= indices.shape[i];
      if (i >= batches) rows_of_batch *= indices.shape[i];
    }
    for (uint32_t i = batches; i < data.rank; ++i) {
      batch_size *= data.shape[i];
      if (i >= batches + depth) slice_size *= data.shape[i];
    }
  }

  // The first element of the slice that a row names.
  int64_t begin_of(const char* op, const Indices& indices, int64_t row) const {
    int64_t slice = 0;
    for (int64_t i = 0; i < depth; ++i)
      slice = slice * sizes[i] + indices.place(op, row * depth + i, sizes[i]);
    return row / rows_of_batch * batch_size + slice * slice_size;
  }
  void require_inside(const char* op, const Indices& indices) const {
    for (int64_t row = 0; row < rows; ++row) begin_of(op, indices, row);
  }
};

class GatherNd : public Kernel {
 public:
  explicit GatherNd(const Node& node)
      : batches_(static_cast<uint32_t>(node.int_attribute("batch_dims", 0))),
        size_(element_size(node.input(kData).dtype)) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const Slices slices(inputs[kData].type, inputs[kIndices].type, batches_);
    const Indices indices(inputs[kIndices]);
    slices.require_inside("GatherND", indices);
    const uint64_t bytes = static_cast<uint64_t>(slices.slice_size) * size_;
    if (bytes == 0) return;
    const char* from = data<const char>(inputs[kData]);
    char* to = data<char>(outputs[0]);
    const int64_t cost = slices.rows * (4 + static_cast<int64_t>(bytes) / kBytesAnElement);
    parallel_pieces(slices.rows, cost, [&](int64_t first, int64_t last) {
      for (int64_t row = first; row < last; ++row)
        std::memcpy(to + static_cast<uint64_t>(row) * bytes,
                    from + static_cast<uint64_t>(slices.begin_of("GatherND", indices, row)) * size_,
                    bytes);
    });
  }

 private:
  uint32_t batches_;
  uint64_t size_;
};

class ScatterNd : public Kernel {
 public:
  explicit ScatterNd(const Node& node)
      : dtype_(node.input(kData).dtype), reduction_(check_reduction(node)) {
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const Slices slices(inputs[kData].type, inputs[kIndices].type, 0);
    const Indices indices(inputs[kIndices]);
    slices.require_inside("ScatterND", indices);
    const char* from = data<const char>(inputs[kData]);
    char* to = data<char>(outputs[0]);
    if (from != to) copy_bytes(to, from, byte_size(outputs[0].type));
    visit_reduced(dtype_, reduction_, [&](auto type) {
      using T = typename decltype(type)::type;
      const auto* updates = data<const T>(inputs[kUpdates]);
      for (int64_t row = 0; row < slices.rows; ++row) {
        T* slice = data<T>(outputs[0]) + slices.begin_of("ScatterND", indices, row);
        for (int64_t i = 0; i < slices.slice_size; ++i)
          reduce_into(slice[i], updates[row * slices.slice_size + i], reduction_);
      }
    });
  }

 private:
  bp_dtype_t dtype_;
  Reduction reduction_;
};

// The axes of the indices but the last, then those of the data that are not gone through.
bp_tensor_type_t indexed_type(const Node& node, int64_t batches) {
  check_indices(node, kIndices);
  const bp_tensor_type_t& from = node.input(kData);
  const bp_tensor_type_t& indices = node.input(kIndices);
  if (batches < 0 || batches >= from.rank || batches >= indices.rank)
    refuse(node, "batch_dims " + std::to_string(batches) + " with " + to_text(from) + " and " +
                     to_text(indices));
  const int64_t depth = indices.shape[indices.rank - 1];
  if (depth < 1 || depth > from.rank - batches)
    refuse(node, to_text(indices) + " does not say how deep to go into " + to_text(from));
  bp_tensor_type_t made = {from.dtype, 0, 0, {}};
  const int64_t kept = batches + depth;
  if (indices.rank - 1 + from.rank - kept > BP_MAX_RANK)
    refuse(node, "its output's rank is above 8");
  for (uint32_t i = 0; i + 1 < indices.rank; ++i) made.shape[made.rank++] = indices.shape[i];
  for (int64_t i = kept; i < from.rank; ++i) made.shape[made.rank++] = from.shape[i];
  return made;
}

void check_gather(const Node& node) {
  check_movement(node);
  check_counts(node, 2, 1);
  const int64_t batches = node.int_attribute("batch_dims", 0);
  check_follows(node, 0, indexed_type(node, batches));
  for (int64_t i = 0; i < batches; ++i)
    if (node.input(kIndices).shape[i] > node.input(kData).shape[i] &&
        !BP_DIM_IS_UNKNOWN(node.input(kData).shape[i]))
      refuse(node, "the batches of data and indices differ");
}

void check_scatter(const Node& node) {
  check_movement(node);
  check_counts(node, 3, 1);
  check_reduction(node);
  const bp_tensor_type_t expected = indexed_type(node, 0);
  const bp_tensor_type_t& updates = node.input(kUpdates);
  if (!are_like(updates, expected))
    refuse(node, "updates are " + to_text(expected) + ", not " + to_text(updates));
  check_follows(node, 0, node.input(kData));
}

template <class Made>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<Made>(node);
}

}  // namespace

void add_gather_nd(OperatorTable& table) {
  table.push_back({"GatherND", {11, 12, 13}, check_gather, create<GatherNd>});
  table.push_back({"ScatterND", {11, 13, 16}, check_scatter, create<ScatterNd>});
}

}  // namespace backplane::cpu
