// BatchNormalization, as it is at inference: (x - mean) / sqrt(var + epsilon) * scale + B, computed
// in double and rounded once. Neither mean nor shift is folded into the other: that would cancel
// where x is near the mean.
#include <array>
#include <cmath>
#include <string>
#include <type_traits>

#include "../host_memory.hpp"
#include "../threads.hpp"
#include "levels.hpp"
#include "node_checks.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kX, kScale, kShift, kMean, kVariance, kInputCount };

// What is done to the elements of each channel; three rows of one array.
struct Channels {
  int64_t count;
  double* means;
  double* factors;
  double* shifts;

  Channels(void* bytes, int64_t channel_count)
      : count(channel_count),
        means(static_cast<double*>(bytes)),
        factors(means + channel_count),
        shifts(factors + channel_count) {}
  static uint64_t byte_count(int64_t channels) {
    return static_cast<uint64_t>(channels) * 3 * sizeof(double);
  }
};

// x is [batches, channels, inner].
struct NormalizationShape {
  int64_t batches = 1;
  int64_t channels = 1;
  int64_t inner = 1;
};

NormalizationShape shape_of(const bp_tensor_type_t& x) {
  NormalizationShape shape;
  shape.batches = x.shape[0];
  if (x.rank > 1) shape.channels = x.shape[1];
  if (has_unknown_size(x)) return shape;  // known at launch
  for (uint32_t axis = 2; axis < x.rank; ++axis) shape.inner *= x.shape[axis];
  return shape;
}

template <class T>
struct NormalizationLoops {
  // Planes [first, last), each of one channel.
  BACKPLANE_CPU_INLINE static void planes(const T* input, T* output, const Channels& channels,
                                          int64_t inner, int64_t first, int64_t last) {
    for (int64_t plane = first; plane < last; ++plane) {
      const int64_t channel = plane % channels.count;
      const double mean = channels.means[channel];
      const double factor = channels.factors[channel];
      const double shift = channels.shifts[channel];
      const T* from = input + plane * inner;
      T* to = output + plane * inner;
#pragma omp simd
      for (int64_t i = 0; i < inner; ++i)
        to[i] = store<T>(static_cast<Computed<T>>((load(from[i]) - mean) * factor + shift));
    }
  }

  // Batches [first, last) of single elements: the channels lie side by side.
  BACKPLANE_CPU_INLINE static void lines(const T* input, T* output, const Channels& channels,
                                         int64_t, int64_t first, int64_t last) {
    for (int64_t batch = first; batch < last; ++batch) {
      const T* from = input + batch * channels.count;
      T* to = output + batch * channels.count;
#pragma omp simd
      for (int64_t i = 0; i < channels.count; ++i)
        to[i] = store<T>(static_cast<Computed<T>>(
            (load(from[i]) - channels.means[i]) * channels.factors[i] + channels.shifts[i]));
    }
  }

  using Function = void (*)(const T*, T*, const Channels&, int64_t, int64_t, int64_t);
  template <auto body>
  static Function best() {
    if constexpr (std::is_same_v<T, float>)
      return Levels<body>::best();
    else
      return body;
  }
};

// The elements of a vector as double.
void widen(bp_dtype_t dtype, const void* bytes, int64_t count, double* to) {
  visit_floats(dtype, [&](auto type) {
    const auto* from = static_cast<const typename decltype(type)::type*>(bytes);
    for (int64_t i = 0; i < count; ++i) to[i] = static_cast<double>(load(from[i]));
  });
}

// `values` are those of scale, B, mean and variance.
void fill_channels(const Channels& channels, double epsilon,
                   const std::array<const void*, kInputCount>& values,
                   const std::array<bp_dtype_t, kInputCount>& dtypes) {
  widen(dtypes[kVariance], values[kVariance], channels.count, channels.means);
  widen(dtypes[kScale], values[kScale], channels.count, channels.factors);
  for (int64_t i = 0; i < channels.count; ++i)
    channels.factors[i] /= std::sqrt(channels.means[i] + epsilon);
  widen(dtypes[kMean], values[kMean], channels.count, channels.means);
  widen(dtypes[kShift], values[kShift], channels.count, channels.shifts);
}

bool has_constant_channels(const Node& node) {
  for (const uint32_t input : {kScale, kShift, kMean, kVariance})
    if (node.constant(input) == nullptr) return false;
  return true;
}

template <class T>
class NormalizationKernel : public Kernel {
 public:
  NormalizationKernel(const Node& node, Device& device)
      : epsilon_(static_cast<double>(node.float_attribute("epsilon", 1e-5F))),
        planes_(Loops::template best<&Loops::planes>()),
        lines_(Loops::template best<&Loops::lines>()) {
    for (uint32_t input = 0; input < kInputCount; ++input) dtypes_[input] = node.input(input).dtype;
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = has_unknown_size(node.input(kX));
    if (has_constant_channels(node))
      bake(node, device);
    else
      traits_.scratch_size = size_of_channels(node.input(kX));
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    const NormalizationShape shape = shape_of(inputs[kX].type);
    const int64_t count = shape.batches * shape.channels * shape.inner;
    if (count == 0) return;
    require_channels(shape.channels, inputs);
    const Channels channels(baked_.data() != nullptr ? baked_.data() : data<char>(*scratch),
                            shape.channels);
    if (baked_.data() == nullptr) read_channels(channels, inputs);
    const bool is_lines = shape.inner == 1;
    const auto loop = is_lines ? lines_ : planes_;
    parallel_pieces(is_lines ? shape.batches : shape.batches * shape.channels, count,
                    [&](int64_t first, int64_t last) {
                      loop(data<const T>(inputs[kX]), data<T>(outputs[0]), channels, shape.inner,
                           first, last);
                    });
  }

  uint64_t scratch_size(const bp_tensor_type_t* inputs, const bp_tensor_type_t*) const override {
    return traits_.scratch_size == BP_SIZE_UNKNOWN ? size_of_channels(inputs[kX])
                                                   : traits_.scratch_size;
  }

 private:
  using Loops = NormalizationLoops<T>;

  static uint64_t size_of_channels(const bp_tensor_type_t& x) {
    const int64_t channels = shape_of(x).channels;
    return BP_DIM_IS_UNKNOWN(channels) ? BP_SIZE_UNKNOWN : Channels::byte_count(channels);
  }

  // Sizes that were unknown may turn out not to fit.
  void require_channels(int64_t channels, const bp_tensor_t* inputs) const {
    const int64_t found = baked_.data() != nullptr ? baked_channels_ : inputs[kMean].type.shape[0];
    if (found != channels)
      fail(BP_STATUS_INVALID_ARGUMENT, "BatchNormalization: statistics of " +
                                           std::to_string(found) + " channels for an input of " +
                                           std::to_string(channels));
  }

  void bake(const Node& node, Device& device) {
    std::array<const void*, kInputCount> values = {};
    traits_.inputs.assign(node.input_count(), 0);
    for (const uint32_t input : {kScale, kShift, kMean, kVariance}) {
      values[input] = node.constant(input)->data;
      traits_.inputs[input] = BP_ARGUMENT_FLAG_BAKED;
    }
    baked_channels_ = node.input(kMean).shape[0];
    traits_.device_memory_size = Channels::byte_count(baked_channels_);
    baked_ = HostBytes(device.host, traits_.device_memory_size, kBufferAlignment);
    fill_channels(Channels(baked_.data(), baked_channels_), epsilon_, values, dtypes_);
  }

  void read_channels(const Channels& channels, const bp_tensor_t* inputs) const {
    std::array<const void*, kInputCount> values = {};
    for (const uint32_t input : {kScale, kShift, kMean, kVariance})
      values[input] = data<const char>(inputs[input]);
    fill_channels(channels, epsilon_, values, dtypes_);
  }

  double epsilon_;
  std::array<bp_dtype_t, kInputCount> dtypes_ = {};
  typename Loops::Function planes_, lines_;
  HostBytes baked_;
  int64_t baked_channels_ = 0;
};

void check_inference(const Node& node) {
  if (node.int_attribute("training_mode", 0) != 0) refuse(node, "training_mode 1 is not served");
  if (node.since() < 7 && node.int_attribute("is_test", 0) == 0)
    refuse(node, "is_test 0, which is training, is not served");
  if (node.since() < 9 && node.int_attribute("spatial", 1) == 0)
    refuse(node, "spatial 0 is not served");
  for (uint32_t i = 1; i < node.output_count(); ++i)
    if (node.has_output(i)) refuse(node, "output " + std::to_string(i) + " is of training alone");
}

void check_channels(const Node& node) {
  const bp_tensor_type_t& x = node.input(kX);
  if (x.rank == 0) refuse(node, "the input is [N, C, ...], not " + to_text(x));
  const int64_t channels = x.rank > 1 ? x.shape[1] : 1;
  for (const uint32_t input : {kScale, kShift, kMean, kVariance}) {
    const bp_tensor_type_t& type = node.input(input);
    if (!is_float(type.dtype) || type.rank != 1)
      refuse(node, "input " + std::to_string(input) +
                       " is a vector of floating-point numbers, not " + to_text(type));
    if (!BP_DIM_IS_UNKNOWN(type.shape[0]) && !BP_DIM_IS_UNKNOWN(channels) &&
        type.shape[0] != channels)
      refuse(node, "input " + std::to_string(input) + " is of " + std::to_string(type.shape[0]) +
                       " channels, not " + std::to_string(channels));
  }
}

void check_normalization(const Node& node) {
  const bp_dtype_t dtype = node.input(kX).dtype;
  if (!is_float(dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(dtype));
  check_same_output(node);
  check_inference(node);
  check_channels(node);
}

std::unique_ptr<Kernel> create_normalization(const Node& node, Device& device) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kX).dtype, [&](auto type) {
    made = std::make_unique<NormalizationKernel<typename decltype(type)::type>>(node, device);
  });
  return made;
}

}  // namespace

void add_normalization(OperatorTable& table) {
  table.push_back(
      {"BatchNormalization", {6, 7, 9, 14, 15}, check_normalization, create_normalization});
}

}  // namespace backplane::cpu
