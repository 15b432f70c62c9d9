// MaxPool, AveragePool and GlobalAveragePool. Means of float32 are oneDNN's; the rest are plain
// loops, because oneDNN's maximum of nothing but -infinity is not -infinity. What ONNX leaves open:
// - MaxPool keeps a NaN, and its index is that of the first one, else of the first maximum;
// - a window that lies in the padding alone has the lowest value of its type, index -1, mean NaN;
// - with count_include_pad, cells beyond the padding, which ceil_mode can reach, do not count.
#include <string>
#include <utility>
#include <vector>

#include "../dnnl_bridge.hpp"
#include "../threads.hpp"
#include "mean.hpp"
#include "node_checks.hpp"
#include "pool_rows.hpp"

namespace backplane::cpu {

namespace {

// Calls body(offset in the plane) for every cell of one window that lies inside the input.
template <class Body>
void for_cells(const Windows& windows, int64_t depth, int64_t row, int64_t column,
               const Body& body) {
  const auto& [depths, rows, line] = windows;
  const Cells in_depth = cells_inside(depths, depth);
  const Cells in_row = cells_inside(rows, row);
  const Cells in_line = cells_inside(line, column);
  for (int64_t d = in_depth.first; d < in_depth.last; ++d)
    for (int64_t r = in_row.first; r < in_row.last; ++r)
      for (int64_t c = in_line.first; c < in_line.last; ++c)
        body(((depths.begin(depth) + d * depths.dilation) * rows.input + rows.begin(row) +
              r * rows.dilation) *
                 line.input +
             line.begin(column) + c * line.dilation);
}

// Calls body(depth, row, column, output's number in the plane) for every output of a plane.
template <class Body>
void for_outputs(const Windows& windows, const Body& body) {
  int64_t output = 0;
  for (int64_t depth = 0; depth < windows[0].output; ++depth)
    for (int64_t row = 0; row < windows[1].output; ++row)
      for (int64_t column = 0; column < windows[2].output; ++column)
        body(depth, row, column, output++);
}

Windows read_pool_windows(const Node& node) {
  uint32_t count = 0;
  const int64_t* sizes = node.ints_attribute("kernel_shape", &count);
  return read_windows(node, sizes, count);
}

PoolShape read_shape(const Node& node) {
  return {read_pool_windows(node), node.input(0).shape[0] * node.input(0).shape[1]};
}

bool is_wide(const Node& node) { return read_pool_windows(node)[2].span() > kTile; }

// The way that most nodes take.
template <class T, template <class> class Of>
class RowPool : public Kernel {
 public:
  explicit RowPool(const Node& node) : shape_(read_shape(node)), pool_(PoolRows<T, Of>::best()) {
    if constexpr (PoolRows<T, Of>::Op::kIsMean)
      counts_ = {shape_.windows, node.int_attribute("count_include_pad", 0) != 0};
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (shape_.output_size() == 0) return;
    parallel_pieces(shape_.planes, shape_.cost(), [&](int64_t first, int64_t last) {
      pool_(shape_, counts_, data<const T>(inputs[0]), data<T>(outputs[0]), first, last);
    });
  }

 private:
  PoolShape shape_;
  typename PoolRows<T, Of>::Function pool_;
  Counts<Computed<T>> counts_;
};

// The largest cell of each window and where it is; for Indices, and for windows wider than kTile.
template <class T>
class CellMaxPool : public Kernel {
 public:
  explicit CellMaxPool(const Node& node)
      : shape_(read_shape(node)),
        has_indices_(node.has_output(1)),
        is_column_major_(node.int_attribute("storage_order", 0) != 0) {}

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (shape_.output_size() == 0) return;
    parallel_pieces(shape_.planes, shape_.cost(), [&](int64_t first, int64_t last) {
      for (int64_t plane = first; plane < last; ++plane)
        pool_plane(data<const T>(inputs[0]), data<T>(outputs[0]),
                   has_indices_ ? data<int64_t>(outputs[1]) : nullptr, plane);
    });
  }

 private:
  void pool_plane(const T* input, T* output, int64_t* indices, int64_t plane) const {
    const T* from = input + plane * shape_.input_size();
    for_outputs(shape_.windows, [&](int64_t depth, int64_t row, int64_t column, int64_t number) {
      Computed<T> best = Maximum<Computed<T>>::identity();
      int64_t at = -1;
      for_cells(shape_.windows, depth, row, column, [&](int64_t offset) {
        const Computed<T> value = load(from[offset]);
        if (at >= 0 && !(value > best || (value != value && best == best))) return;
        best = value;
        at = offset;
      });
      const int64_t to = plane * shape_.output_size() + number;
      output[to] = store<T>(best);
      if (indices != nullptr) indices[to] = at < 0 ? -1 : plane * shape_.input_size() + stored(at);
    });
  }

  // The index in a plane, as storage_order wants it.
  int64_t stored(int64_t offset) const {
    if (!is_column_major_) return offset;
    const auto& [depths, rows, line] = shape_.windows;
    const int64_t column = offset % line.input;
    const int64_t row = offset / line.input % rows.input;
    const int64_t depth = offset / line.input / rows.input;
    return depth + depths.input * (row + rows.input * column);
  }

  PoolShape shape_;
  bool has_indices_, is_column_major_;
};

class ProgramAveragePool : public Kernel {
 public:
  explicit ProgramAveragePool(std::unique_ptr<DnnlProgram> program) : program_(std::move(program)) {
    traits_.scratch_size = program_->scratch_size();
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    program_->run({data<float>(inputs[0]), nullptr, nullptr, data<float>(outputs[0]),
                   scratch != nullptr ? data<char>(*scratch) : nullptr});
  }

 private:
  std::unique_ptr<DnnlProgram> program_;
};

// For windows wider than kTile.
template <class T>
class CellAveragePool : public Kernel {
 public:
  explicit CellAveragePool(const Node& node)
      : shape_(read_shape(node)),
        counts_(shape_.windows, node.int_attribute("count_include_pad", 0) != 0) {}

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (shape_.output_size() == 0) return;
    for (int64_t plane = 0; plane < shape_.planes; ++plane) {
      const T* from = data<const T>(inputs[0]) + plane * shape_.input_size();
      T* to = data<T>(outputs[0]) + plane * shape_.output_size();
      for_outputs(shape_.windows, [&](int64_t depth, int64_t row, int64_t column, int64_t number) {
        Computed<T> sum = 0;
        for_cells(shape_.windows, depth, row, column,
                  [&](int64_t offset) { sum += load(from[offset]); });
        const auto line = static_cast<size_t>(depth * shape_.windows[1].output + row);
        to[number] =
            store<T>(sum / (counts_.down[line] * counts_.along[static_cast<size_t>(column)]));
      });
    }
  }

 private:
  PoolShape shape_;
  Counts<Computed<T>> counts_;
};

void check_pool(const Node& node) {
  if (has_unknown_size(node.input(0)) || has_unknown_size(node.output(0)))
    refuse(node, "unknown sizes are not served: " + to_text(node.input(0)));
  if (node.output(0).dtype != node.input(0).dtype) refuse(node, "input and output have one type");
  read_pool_windows(node);
  if (node.output(0).shape[0] != node.input(0).shape[0] ||
      node.output(0).shape[1] != node.input(0).shape[1])
    refuse(node, to_text(node.input(0)) + " does not give " + to_text(node.output(0)));
}

void check_max_pool(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_float(dtype) && dtype != BP_DTYPE_INT8 && dtype != BP_DTYPE_UINT8)
    refuse(node, std::string("only floating-point numbers, int8 and uint8, not ") + name_of(dtype));
  if (node.has_output(1) &&
      (node.output(1).dtype != BP_DTYPE_INT64 || node.output(1).rank != node.output(0).rank))
    refuse(node, "Indices are int64 and of the output's shape, not " + to_text(node.output(1)));
  check_pool(node);
}

void check_average_pool(const Node& node) {
  if (!is_float(node.input(0).dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(node.input(0).dtype));
  check_pool(node);
}

template <class T>
std::unique_ptr<Kernel> make_max_pool(const Node& node) {
  if (node.has_output(1) || is_wide(node)) return std::make_unique<CellMaxPool<T>>(node);
  return std::make_unique<RowPool<T, Maximum>>(node);
}

std::unique_ptr<Kernel> create_max_pool(const Node& node, Device&) {
  if (node.input(0).dtype == BP_DTYPE_INT8) return make_max_pool<int8_t>(node);
  if (node.input(0).dtype == BP_DTYPE_UINT8) return make_max_pool<uint8_t>(node);
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype,
               [&](auto type) { made = make_max_pool<typename decltype(type)::type>(node); });
  return made;
}

// nullptr where oneDNN counts otherwise, or has nothing.
std::unique_ptr<DnnlProgram> make_average_program(const Node& node) {
  const Windows windows = read_pool_windows(node);
  AveragePoolProblem problem;
  const auto sizes_of = [](const bp_tensor_type_t& type) {
    return std::vector<int64_t>(type.shape, type.shape + type.rank);
  };
  problem.source = sizes_of(node.input(0));
  problem.target = sizes_of(node.output(0));
  problem.counts_padding = node.int_attribute("count_include_pad", 0) != 0;
  for (size_t axis = kMaxSpatialRank + 2 - problem.source.size(); axis < kMaxSpatialRank; ++axis) {
    const Window& window = windows[axis];
    const int64_t end = window.begin(window.output - 1) + window.span();
    if (end > window.input + window.pad_end || window.pad_begin >= window.size ||
        window.pad_end >= window.size)
      return nullptr;
    problem.sizes.push_back(window.size);
    problem.strides.push_back(window.stride);
    problem.pads_begin.push_back(window.pad_begin);
    problem.pads_end.push_back(window.pad_end);
  }
  return make_average_pool("AveragePool", problem);
}

std::unique_ptr<Kernel> create_average_pool(const Node& node, Device&) {
  if (node.input(0).dtype == BP_DTYPE_FLOAT32 && element_count(node.input(0)) != 0 &&
      element_count(node.output(0)) != 0)
    if (auto program = make_average_program(node))
      return std::make_unique<ProgramAveragePool>(std::move(program));
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if (is_wide(node))
      made = std::make_unique<CellAveragePool<T>>(node);
    else
      made = std::make_unique<RowPool<T, Mean>>(node);
  });
  return made;
}

void check_global_average_pool(const Node& node) {
  if (!is_float(node.input(0).dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(node.input(0).dtype));
  const bp_tensor_type_t& input = node.input(0);
  if (input.rank < 2) refuse(node, "the input is [N, C, ...], not " + to_text(input));
  const bool is_known = !BP_DIM_IS_UNKNOWN(input.shape[0]) && !BP_DIM_IS_UNKNOWN(input.shape[1]);
  check_output(node, static_cast<double>(input.shape[0]) * static_cast<double>(input.shape[1]),
               is_known);
}

std::unique_ptr<Kernel> create_global_average_pool(const Node& node, Device&) {
  return make_mean(node.input(0), mask_of_axes(2, node.input(0).rank));
}

}  // namespace

void add_pool(OperatorTable& table) {
  table.push_back({"MaxPool", {1, 8, 10, 11, 12}, check_max_pool, create_max_pool});
  table.push_back({"AveragePool", {1, 7, 10, 11}, check_average_pool, create_average_pool});
  table.push_back(
      {"GlobalAveragePool", {1}, check_global_average_pool, create_global_average_pool});
}

}  // namespace backplane::cpu
