// The plugin's own MaxPool and AveragePool, on [N, H, W, C]: a window's cells are combined channel
// by channel, by the rules of pool.cpp.
#include <string>

#include "../threads.hpp"
#include "fused.hpp"
#include "levels.hpp"
#include "pool_rows.hpp"

namespace backplane::cpu {

namespace {

// Channels that are combined at a time, in registers.
constexpr int64_t kLanes = 64;

struct LastPoolShape {
  Windows windows;
  int64_t channels;

  int64_t row_size() const { return windows[2].output * channels; }
};

template <template <class> class Of>
struct ChannelPool {
  using Op = Of<float>;

  // `count` channels, beginning where `from` is, of the output at (row, column).
  BACKPLANE_CPU_INLINE static void combine(const LastPoolShape& shape, int64_t row, int64_t column,
                                           const float* from, int64_t count, float* results) {
    const Window &rows = shape.windows[1], &line = shape.windows[2];
    const Cells down = cells_inside(rows, row), along = cells_inside(line, column);
    for (int64_t i = 0; i < count; ++i) results[i] = Op::identity();
    for (int64_t r = down.first; r < down.last; ++r)
      for (int64_t c = along.first; c < along.last; ++c) {
        const int64_t at = (rows.begin(row) + r * rows.dilation) * line.input + line.begin(column) +
                           c * line.dilation;
        const float* cell = from + at * shape.channels;
#pragma omp simd
        for (int64_t i = 0; i < count; ++i) results[i] = Op::combine(results[i], cell[i]);
      }
  }

  // One row of outputs of one image.
  BACKPLANE_CPU_INLINE static void pool_row(const LastPoolShape& shape, const Counts<float>& counts,
                                            const float* from, float* to, int64_t row) {
    float results[kLanes];
    for (int64_t column = 0; column < shape.windows[2].output; ++column)
      for (int64_t first = 0; first < shape.channels; first += kLanes) {
        const int64_t count = std::min(kLanes, shape.channels - first);
        combine(shape, row, column, from + first, count, results);
        float* at = to + column * shape.channels + first;
        if constexpr (Op::kIsMean) {
          const float cells =
              counts.down[static_cast<size_t>(row)] * counts.along[static_cast<size_t>(column)];
          for (int64_t i = 0; i < count; ++i) at[i] = results[i] / cells;
        } else {
          std::copy_n(results, count, at);
        }
      }
  }

  // Rows [first, last) of all images' rows.
  BACKPLANE_CPU_INLINE static void pool_rows(const LastPoolShape& shape,
                                             const Counts<float>& counts, const float* input,
                                             float* output, int64_t first, int64_t last) {
    const int64_t rows = shape.windows[1].output;
    const int64_t image = shape.windows[1].input * shape.windows[2].input * shape.channels;
    for (int64_t i = first; i < last; ++i)
      pool_row(shape, counts, input + i / rows * image, output + i * shape.row_size(), i % rows);
  }
};

Windows windows_of(const Node& base) {
  uint32_t count = 0;
  const int64_t* sizes = base.ints_attribute("kernel_shape", &count);
  return read_windows(base, sizes, count);
}

template <template <class> class Of>
class LastPool : public Kernel {
 public:
  LastPool(const Node& node, const Node& base)
      : shape_{windows_of(base), node.input(0).shape[3]},
        rows_(node.output(0).shape[0] * node.output(0).shape[1]),
        cost_(static_cast<int64_t>(element_count(node.output(0))) * shape_.windows[1].size *
              shape_.windows[2].size),
        loop_(Levels<&ChannelPool<Of>::pool_rows>::best()) {
    if constexpr (Of<float>::kIsMean)
      counts_ = {shape_.windows, base.int_attribute("count_include_pad", 0) != 0};
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (shape_.row_size() == 0) return;
    parallel_pieces(rows_, cost_, [&](int64_t first, int64_t last) {
      loop_(shape_, counts_, data<float>(inputs[0]), data<float>(outputs[0]), first, last);
    });
  }

 private:
  LastPoolShape shape_;
  int64_t rows_, cost_;
  Counts<float> counts_;
  typename Levels<&ChannelPool<Of>::pool_rows>::Function loop_;
};

void check_last_pool(const Node& node) {
  if (node.input_count() != 1 || node.output_count() != 1 ||
      node.input(0).dtype != BP_DTYPE_FLOAT32)
    refuse(node, "it has one input and one output, float32");
  const BaseNode base(node);
  if (!base.is_channels_last())
    refuse(node, std::string("attribute ") + kChannelsLastAttribute + " is 1");
  find_operator(base.node()).check(base.node());
}

template <template <class> class Of>
std::unique_ptr<Kernel> create_last_pool(const Node& node, Device&) {
  const BaseNode base(node);
  return std::make_unique<LastPool<Of>>(node, base.node());
}

}  // namespace

void add_pool_channels_last(OperatorTable& table) {
  table.push_back(
      {"MaxPool", {kFusedSince}, check_last_pool, create_last_pool<Maximum>, 0, kDomain});
  table.push_back(
      {"AveragePool", {kFusedSince}, check_last_pool, create_last_pool<Mean>, 0, kDomain});
}

}  // namespace backplane::cpu
