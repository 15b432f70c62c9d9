// Products, convolutions and pools: sums of products, and the errors that they gather.
#include <algorithm>
#include <cmath>

#include "graph/graph_reference.hpp"
#include "graph/term_sum.hpp"

namespace backplane::conformance {
namespace {

int64_t int_of(const DrawnNode& node, const char* name) {
  const auto found = node.ints.find(name);
  return found != node.ints.end() ? found->second : 0;
}

double float_of(const DrawnNode& node, const char* name) {
  const auto found = node.floats.find(name);
  return found != node.floats.end() ? static_cast<double>(found->second) : 1.0;
}

// [M,K] x [K,N]; either may be stored transposed.
struct Matrix {
  const Bounded64& data;
  bool is_transposed;
  int64_t rows() const { return data.shape[is_transposed ? 1 : 0]; }
  int64_t columns() const { return data.shape[is_transposed ? 0 : 1]; }
  size_t place(int64_t row, int64_t column) const {
    return static_cast<size_t>(is_transposed ? column * rows() + row : row * columns() + column);
  }
};

// The element of C that row and column of the product get.
size_t place_of_bias(const std::vector<int64_t>& shape, int64_t row, int64_t column) {
  const int64_t columns = shape.empty() ? 1 : shape.back();
  const int64_t rows = shape.size() < 2 ? 1 : shape[0];
  return static_cast<size_t>((rows == 1 ? 0 : row) * columns + (columns == 1 ? 0 : column));
}

Bounded64 matrix_product(const DrawnNode& node, const std::vector<const Bounded64*>& inputs,
                         const LocalErrors& errors) {
  const Matrix a = {*inputs[0], int_of(node, "transA") != 0};
  const Matrix b = {*inputs[1], int_of(node, "transB") != 0};
  const double alpha = float_of(node, "alpha");
  const double beta = float_of(node, "beta");
  Bounded64 result;
  result.shape = {a.rows(), b.columns()};
  for (int64_t row = 0; row < a.rows(); ++row)
    for (int64_t column = 0; column < b.columns(); ++column) {
      TermSum sum(errors);
      for (int64_t k = 0; k < a.columns(); ++k) {
        const size_t left = a.place(row, k);
        const size_t right = b.place(k, column);
        sum.add(alpha * a.data.value[left], std::abs(alpha) * a.data.error[left],
                b.data.value[right], b.data.error[right]);
      }
      if (inputs.size() > 2) {
        const size_t at = place_of_bias(inputs[2]->shape, row, column);
        sum.add(inputs[2]->value[at], inputs[2]->error[at], beta, 0);
      }
      sum.store(&result);
    }
  return result;
}

// Images [B,C,H,W]; square windows of one stride and padding.
struct Window {
  int64_t size, stride, pad;
  int64_t out(int64_t in) const { return (in + 2 * pad - size) / stride + 1; }
};

Window window_of(const DrawnNode& node) {
  const auto first = [&node](const char* name, int64_t otherwise) {
    const auto found = node.lists.find(name);
    return found != node.lists.end() ? found->second[0] : otherwise;
  };
  return {first("kernel_shape", 1), first("strides", 1), first("pads", 0)};
}

size_t place(const std::vector<int64_t>& shape, int64_t n, int64_t c, int64_t y, int64_t x) {
  return static_cast<size_t>(((n * shape[1] + c) * shape[2] + y) * shape[3] + x);
}

// Calls body(y, x, wy, wx) for every place of the image that the window at (oy, ox) covers.
template <class Body>
void for_window(const Window& window, const std::vector<int64_t>& image, int64_t oy, int64_t ox,
                const Body& body) {
  for (int64_t wy = 0; wy < window.size; ++wy)
    for (int64_t wx = 0; wx < window.size; ++wx) {
      const int64_t y = oy * window.stride + wy - window.pad;
      const int64_t x = ox * window.stride + wx - window.pad;
      if (y >= 0 && x >= 0 && y < image[2] && x < image[3]) body(y, x, wy, wx);
    }
}

// Calls body(n, c, oy, ox) for every element of an output with so many channels.
template <class Body>
Bounded64 for_outputs(const std::vector<int64_t>& image, const Window& window, int64_t channels,
                      const Body& body) {
  Bounded64 result;
  result.shape = {image[0], channels, window.out(image[2]), window.out(image[3])};
  for (int64_t n = 0; n < image[0]; ++n)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t oy = 0; oy < result.shape[2]; ++oy)
        for (int64_t ox = 0; ox < result.shape[3]; ++ox) body(&result, n, c, oy, ox);
  return result;
}

Bounded64 convolution(const DrawnNode& node, const std::vector<const Bounded64*>& inputs,
                      const LocalErrors& errors) {
  const Bounded64& image = *inputs[0];
  const Bounded64& filters = *inputs[1];
  const Window window = window_of(node);
  const int64_t channels = filters.shape[1];  // of each group
  const int64_t filters_of_group = filters.shape[0] * channels / image.shape[1];
  return for_outputs(image.shape, window, filters.shape[0],
                     [&](Bounded64* result, int64_t n, int64_t m, int64_t oy, int64_t ox) {
                       TermSum sum(errors);
                       const int64_t first = m / filters_of_group * channels;
                       for (int64_t c = 0; c < channels; ++c)
                         for_window(window, image.shape, oy, ox,
                                    [&](int64_t y, int64_t x, int64_t wy, int64_t wx) {
                                      const size_t from = place(image.shape, n, first + c, y, x);
                                      const size_t weight = place(filters.shape, m, c, wy, wx);
                                      sum.add(image.value[from], image.error[from],
                                              filters.value[weight], filters.error[weight]);
                                    });
                       if (inputs.size() > 2)
                         sum.add(inputs[2]->value[static_cast<size_t>(m)], 0, 1, 0);
                       sum.store(result);
                     });
}

Bounded64 largest(const DrawnNode& node, const std::vector<const Bounded64*>& inputs,
                  const LocalErrors&) {
  const Bounded64& image = *inputs[0];
  const Window window = window_of(node);
  return for_outputs(image.shape, window, image.shape[1],
                     [&](Bounded64* result, int64_t n, int64_t c, int64_t oy, int64_t ox) {
                       double most = -HUGE_VAL;
                       double error = 0;
                       for_window(window, image.shape, oy, ox,
                                  [&](int64_t y, int64_t x, int64_t, int64_t) {
                                    const size_t from = place(image.shape, n, c, y, x);
                                    most = std::max(most, image.value[from]);
                                    error = std::max(error, image.error[from]);
                                  });
                       result->value.push_back(most);
                       result->error.push_back(error);
                     });
}

// Of windows without padding.
Bounded64 average(const DrawnNode& node, const std::vector<const Bounded64*>& inputs,
                  const LocalErrors& errors) {
  const Bounded64& image = *inputs[0];
  const Window window = window_of(node);
  const double share = 1.0 / static_cast<double>(window.size * window.size);
  return for_outputs(image.shape, window, image.shape[1],
                     [&](Bounded64* result, int64_t n, int64_t c, int64_t oy, int64_t ox) {
                       TermSum sum(errors);
                       for_window(window, image.shape, oy, ox,
                                  [&](int64_t y, int64_t x, int64_t, int64_t) {
                                    const size_t from = place(image.shape, n, c, y, x);
                                    sum.add(image.value[from], image.error[from], share, 0);
                                  });
                       sum.store(result);
                     });
}

// Inputs: X, scale, B, mean, variance, all but X constants. It may be worked out as one product and
// one sum for each element, of numbers that were rounded before.
Bounded64 normalised(const DrawnNode& node, const std::vector<const Bounded64*>& inputs,
                     const LocalErrors& errors) {
  LocalErrors composite = errors;
  composite.sum *= kAlgorithms;
  const Bounded64& image = *inputs[0];
  const double epsilon = float_of(node, "epsilon");
  const auto of_channel = [&](size_t input, int64_t channel) {
    return inputs[input]->value[static_cast<size_t>(channel)];
  };
  return for_outputs(image.shape, {1, 1, 0}, image.shape[1],
                     [&](Bounded64* result, int64_t n, int64_t c, int64_t oy, int64_t ox) {
                       const size_t from = place(image.shape, n, c, oy, ox);
                       const double factor =
                           of_channel(1, c) / std::sqrt(of_channel(4, c) + epsilon);
                       TermSum sum(composite);
                       sum.add(image.value[from], image.error[from], factor, 0);
                       sum.add(-of_channel(3, c), 0, factor, 0);
                       sum.add(of_channel(2, c), 0, 1, 0);
                       sum.store(result);
                     });
}

struct Row {
  const char* op;
  Evaluator evaluator;
};

constexpr Row kRows[] = {{"MatMul", matrix_product}, {"Gemm", matrix_product},
                         {"Conv", convolution},      {"MaxPool", largest},
                         {"AveragePool", average},   {"BatchNormalization", normalised}};

}  // namespace

Evaluator find_window_evaluator(const std::string& op) {
  for (const Row& row : kRows)
    if (op == row.op) return row.evaluator;
  return nullptr;
}

}  // namespace backplane::conformance
