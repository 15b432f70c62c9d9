// ConvTranspose: each element of the input, times the weights, is added to the window of the output
// that it stands for. By own loops, a row of the output at a time; float16 and bfloat16 are summed
// in float.
#include <algorithm>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "convolution_rows.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kX, kWeights, kBias };

// Whose cell `cell` lies on `place` of the output; -1: no element's.
int64_t element_at(const Window& window, int64_t cell, int64_t place) {
  const int64_t from_first = place + window.pad_begin - cell * window.dilation;
  if (from_first < 0 || from_first % window.stride != 0) return -1;
  const int64_t element = from_first / window.stride;
  return element < window.output ? element : -1;
}

template <class T>
struct SpreadRows {
  using A = Computed<T>;
  static constexpr int64_t kTile = 512;

  struct Tensors {
    const T* input;
    const T* weights;
    const T* bias;  // nullptr: none
    T* output;
  };

  // Adds one row of the input, times one cell's weight, to columns [begin, begin + count).
  BACKPLANE_CPU_INLINE static void add_cell(const Window& line, const T* row, A weight,
                                            int64_t cell, int64_t begin, int64_t count, A* sums) {
    const int64_t shift = cell * line.dilation - line.pad_begin - begin;  // of element 0's column
    const int64_t first = shift >= 0 ? 0 : (-shift + line.stride - 1) / line.stride;
    const int64_t room = count - shift;
    const int64_t last =
        room <= 0 ? 0 : std::min(line.output, (room + line.stride - 1) / line.stride);
    if (line.stride == 1) {
#pragma omp simd
      for (int64_t i = first; i < last; ++i) sums[i + shift] += weight * load(row[i]);
    } else {
      for (int64_t i = first; i < last; ++i) sums[i * line.stride + shift] += weight * load(row[i]);
    }
  }

  // Adds one channel of the input to a piece of one row of the output.
  BACKPLANE_CPU_INLINE static void add_channel(const Windows& windows, const T* input,
                                               const T* weights, int64_t depth, int64_t row,
                                               int64_t begin, int64_t count, A* sums) {
    const auto& [depths, rows, line] = windows;
    for (int64_t d = 0; d < depths.size; ++d) {
      const int64_t from_depth = element_at(depths, d, depth);
      if (from_depth < 0) continue;
      for (int64_t r = 0; r < rows.size; ++r) {
        const int64_t from_row = element_at(rows, r, row);
        if (from_row < 0) continue;
        const T* from = input + (from_depth * rows.output + from_row) * line.output;
        const T* with = weights + (d * rows.size + r) * line.size;
        for (int64_t cell = 0; cell < line.size; ++cell)
          add_cell(line, from, load(with[cell]), cell, begin, count, sums);
      }
    }
  }

  BACKPLANE_CPU_INLINE static void spread_row(const ConvolutionShape& shape, const T* input,
                                              const T* weights, A bias, int64_t depth, int64_t row,
                                              T* output) {
    const Window& line = shape.windows[2];
    A sums[kTile];
    for (int64_t first = 0; first < line.input; first += kTile) {
      const int64_t count = std::min(kTile, line.input - first);
      std::fill_n(sums, count, bias);
      for (int64_t channel = 0; channel < shape.outputs; ++channel)
        add_channel(shape.windows, input + channel * shape.output_size(),
                    weights + channel * shape.inputs * shape.window_size(), depth, row, first,
                    count, sums);
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) output[first + i] = store<T>(sums[i]);
    }
  }

  // Planes [first, last) of the output: one channel of one batch each.
  BACKPLANE_CPU_INLINE static void planes(const ConvolutionShape& shape, const Tensors& tensors,
                                          int64_t first, int64_t last) {
    const int64_t channels = shape.groups * shape.inputs;
    for (int64_t plane = first; plane < last; ++plane) {
      const int64_t channel = plane % channels;
      const int64_t group = channel / shape.inputs;
      const int64_t from = (plane / channels * shape.groups + group) * shape.outputs;
      const int64_t with = group * shape.outputs * shape.inputs + channel % shape.inputs;
      const A bias = tensors.bias != nullptr ? load(tensors.bias[channel]) : A{0};
      T* output = tensors.output + plane * shape.input_size();
      for (int64_t depth = 0; depth < shape.windows[0].input; ++depth)
        for (int64_t row = 0; row < shape.windows[1].input; ++row, output += shape.windows[2].input)
          spread_row(shape, tensors.input + from * shape.output_size(),
                     tensors.weights + with * shape.window_size(), bias, depth, row, output);
    }
  }

  using Function = void (*)(const ConvolutionShape&, const Tensors&, int64_t, int64_t);
  static Function best() {
    if constexpr (std::is_same_v<T, float>)
      return Levels<&planes>::best();
    else
      return &planes;
  }
};

template <class T>
class ConvTranspose : public Kernel {
 public:
  explicit ConvTranspose(const Node& node)
      : shape_(read_spread_convolution(node)),
        has_bias_(node.has_input(kBias)),
        planes_(SpreadRows<T>::best()) {}

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (element_count(outputs[0].type) == 0) return;
    const typename SpreadRows<T>::Tensors tensors = {
        data<const T>(inputs[kX]), data<const T>(inputs[kWeights]),
        has_bias_ ? data<const T>(inputs[kBias]) : nullptr, data<T>(outputs[0])};
    const int64_t cost = shape_.multiplications() < 1e9
                             ? static_cast<int64_t>(shape_.multiplications())
                             : kParallelThreshold;
    parallel_pieces(shape_.batches * shape_.groups * shape_.inputs, cost,
                    [&](int64_t first, int64_t last) { planes_(shape_, tensors, first, last); });
  }

 private:
  ConvolutionShape shape_;
  bool has_bias_;
  typename SpreadRows<T>::Function planes_;
};

void check(const Node& node) {
  check_counts(node, 3, 1);
  const bp_dtype_t dtype = node.input(kX).dtype;
  if (!is_float(dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(dtype));
  if (node.input(kWeights).dtype != dtype || node.output(0).dtype != dtype ||
      (node.has_input(kBias) && node.input(kBias).dtype != dtype))
    refuse(node, "input, weights, bias and output have one type");
  read_spread_convolution(node);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kX).dtype, [&](auto type) {
    made = std::make_unique<ConvTranspose<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

void add_conv_transpose(OperatorTable& table) {
  table.push_back({"ConvTranspose", {1, 11, 22}, check, create});
}

}  // namespace backplane::cpu
