// LayerNormalization: rows are the axes from `axis` on. InstanceNormalization: those of space, and
// scale and bias are one for each channel.
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

enum Place : uint32_t { kX, kScale, kBias, kY = 0, kMean = 1, kInverse = 2 };

bool is_by_channel(const Node& node) { return node.op() == "InstanceNormalization"; }

// The first axis of a row; out of 0 to rank where there is none.
int64_t axis_of(const Node& node) {
  if (is_by_channel(node)) return 2;
  const int64_t axis = node.int_attribute("axis", -1);
  return axis < 0 ? axis + node.input(kX).rank : axis;
}

// Axes [begin, end) of `walk`.
Walk part_of(const Walk& walk, uint32_t begin, uint32_t end) {
  Walk part;
  part.rank = end - begin;
  for (uint32_t axis = begin; axis < end; ++axis) {
    part.sizes[axis - begin] = walk.sizes[axis];
    for (uint32_t which = 0; which < 3; ++which)
      part.strides[which][axis - begin] = walk.strides[which][axis];
  }
  return part;
}

class LayerNormalization : public Kernel {
 public:
  LayerNormalization(const Node& node, Device& device)
      : is_by_channel_(is_by_channel(node)),
        axis_(static_cast<uint32_t>(axis_of(node))),
        epsilon_(node.float_attribute("epsilon", 1e-5f)),
        has_bias_(node.has_input(kBias)),
        has_mean_(node.has_output(kMean)),
        has_inverse_(node.has_output(kInverse)),
        compute_(device, kLayerNormalizationSource,
                 element_option(node.input(kX).dtype) + width_option(device.facts) +
                     (has_bias_ ? " -DHAS_BIAS=1" : "") + (has_mean_ ? " -DHAS_MEAN=1" : "") +
                     (has_inverse_ ? " -DHAS_INVERSE=1" : ""),
                 "normalize_rows") {
    in_place = {{kX, kY}};
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = inputs[kX].type;
    const Walk walk = walk_over(inputs);
    const Walk outer = part_of(walk, 0, axis_);
    const Walk inner = part_of(walk, axis_, type.rank);
    const uint64_t count = outer.count();
    if (count == 0) return;
    if (inner.count() == 0) return refuse_statistics();
    compute_.launch(stream, few_over(count, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(inputs[kX]);
      arguments.add(inputs[kScale]);
      if (has_bias_) arguments.add(inputs[kBias]);
      arguments.add(outputs[kY]);
      if (has_mean_) arguments.add(outputs[kMean]);
      if (has_inverse_) arguments.add(outputs[kInverse]);
      arguments.add(cl_ulong{count});
      arguments.add(cl_ulong{inner.count()});
      arguments.add(outer);
      arguments.add(rows_of(inner));
      arguments.add(cl_float{epsilon_});
    });
  }

 private:
  // Scale [0] and bias [1] over x.
  Walk walk_over(const bp_tensor_t* inputs) const {
    const bp_tensor_type_t& type = inputs[kX].type;
    Walk walk = walk_of(type, type.rank);
    for (uint32_t which : {0u, 1u}) {
      if (is_by_channel_)
        walk.strides[which][1] = 1;
      else if (which == 0 || has_bias_)
        repeat(walk, which, inputs[kScale + which]);
    }
    return walk;
  }

  void refuse_statistics() const {
    if (has_mean_ || has_inverse_)
      plugin::fail(BP_STATUS_INVALID_ARGUMENT, "LayerNormalization: the mean of nothing");
  }

  const bool is_by_channel_;
  const uint32_t axis_;
  const float epsilon_;
  const bool has_bias_, has_mean_, has_inverse_;
  Compute compute_;
};

// Sizes that are not known may be any.
bool is_size(int64_t size, int64_t wanted) { return size == wanted || size < 0 || wanted < 0; }

void check_repeated(const Node& node, uint32_t input) {
  const bp_tensor_type_t& from = node.input(input);
  const bp_tensor_type_t& x = node.input(kX);
  bool fits = from.dtype == x.dtype && from.rank <= x.rank;
  for (uint32_t back = 1; fits && back <= from.rank; ++back) {
    const int64_t size = from.shape[from.rank - back];
    fits = size == 1 || is_size(size, x.shape[x.rank - back]);
  }
  if (!fits) refuse(node, "scale and bias are of the input's type, and stretch to its sizes");
}

void check_channels(const Node& node, uint32_t input) {
  const bp_tensor_type_t& from = node.input(input);
  const bp_tensor_type_t& x = node.input(kX);
  if (from.dtype != x.dtype || from.rank != 1 || !is_size(from.shape[0], x.shape[1]))
    refuse(node, "scale and bias are of the input's type, a number for each channel");
}

// An output with sizes of 1 from `axis` on; the input's before it.
void check_output(const Node& node, uint32_t output, bp_dtype_t dtype, uint32_t axis) {
  const bp_tensor_type_t& x = node.input(kX);
  const bp_tensor_type_t& to = node.output(output);
  bool fits = to.dtype == dtype && to.rank == x.rank;
  for (uint32_t i = 0; fits && i < x.rank; ++i)
    fits = is_size(to.shape[i], i < axis ? x.shape[i] : 1);
  if (!fits) refuse(node, "output " + std::to_string(output) + " has another type or other sizes");
}

void check_statistics(const Node& node, uint32_t axis) {
  if (node.int_attribute("stash_type", BP_DTYPE_FLOAT32) != BP_DTYPE_FLOAT32)
    refuse(node, "only stash_type 1, float32");
  for (uint32_t output : {kMean, kInverse}) {
    if (!node.has_output(output)) continue;
    check_output(node, output, BP_DTYPE_FLOAT32, axis);
    for (uint32_t i = axis; i < node.input(kX).rank; ++i)
      if (node.input(kX).shape[i] == 0) refuse(node, "the mean of nothing");
  }
}

void check_layer(const Node& node, const DeviceFacts& facts) {
  const bp_tensor_type_t& x = node.input(kX);
  check_floating(node, facts, x.dtype);
  const int64_t axis = axis_of(node);
  if (axis < 0 || axis >= x.rank) refuse(node, "axis is not there");
  check_repeated(node, kScale);
  if (node.has_input(kBias)) check_repeated(node, kBias);
  check_output(node, kY, x.dtype, x.rank);
  check_statistics(node, static_cast<uint32_t>(axis));
}

void check_instance(const Node& node, const DeviceFacts& facts) {
  const bp_tensor_type_t& x = node.input(kX);
  check_floating(node, facts, x.dtype);
  if (x.rank < 3) refuse(node, "the input has no axes of space");
  check_channels(node, kScale);
  check_channels(node, kBias);
  check_output(node, kY, x.dtype, x.rank);
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<LayerNormalization>(node, device);
}

}  // namespace

void add_layer_normalization(OperatorTable& table) {
  table.push_back({"LayerNormalization", {17}, check_layer, create});
  table.push_back({"InstanceNormalization", {1, 6}, check_instance, create});
}

}  // namespace backplane::opencl
