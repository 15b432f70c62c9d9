// LRN: every element over a power of the squares of its neighbours in other channels. Computed in
// double, rounded once.
#include <algorithm>
#include <cmath>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "levels.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

// Y = X / (bias + alpha / size * sum of squares)^beta
struct Response {
  explicit Response(const Node& node)
      : size(node.int_attribute("size", 0)),
        alpha(static_cast<double>(node.float_attribute("alpha", 1e-4F))),
        beta(static_cast<double>(node.float_attribute("beta", 0.75F))),
        bias(static_cast<double>(node.float_attribute("bias", 1))) {}
  int64_t size;
  double alpha, beta, bias;
};

template <class T>
struct Loops {
  static constexpr int64_t kBlock = 256;  // elements whose sums stay in cache

  BACKPLANE_CPU_INLINE static void add_squares(const T* x, int64_t count, double* squares) {
    for (int64_t i = 0; i < count; ++i) {
      const auto number = static_cast<double>(load(x[i]));
      squares[i] += number * number;
    }
  }

  BACKPLANE_CPU_INLINE static T divided(T number, double divisor) {
    return store<T>(static_cast<Computed<T>>(static_cast<double>(load(number)) / divisor));
  }

  // Roots make the power that most models have, and many of them at once.
  BACKPLANE_CPU_INLINE static void divide(const Response& response, const T* x,
                                          const double* squares, int64_t count, T* y) {
    const double bias = response.bias;
    const double factor = response.alpha / static_cast<double>(response.size);
    if (response.beta == 0.75) {
      for (int64_t i = 0; i < count; ++i) {
        const double root = std::sqrt(bias + factor * squares[i]);
        y[i] = divided(x[i], root * std::sqrt(root));
      }
    } else {
      for (int64_t i = 0; i < count; ++i)
        y[i] = divided(x[i], std::pow(bias + factor * squares[i], response.beta));
    }
  }

  // Of an even number of neighbours the odd one is behind.
  BACKPLANE_CPU_INLINE static void plane(const Response& response, const AxisShape& shape,
                                         const T* x, T* y, int64_t plane) {
    const int64_t channel = plane % shape.length;
    const int64_t first = plane - std::min(channel, (response.size - 1) / 2);
    const int64_t last = plane + std::min(shape.length - 1 - channel, response.size / 2);
    for (int64_t i = 0; i < shape.inner; i += kBlock) {
      const int64_t count = std::min(kBlock, shape.inner - i);
      double squares[kBlock] = {};
      for (int64_t at = first; at <= last; ++at)
        add_squares(x + at * shape.inner + i, count, squares);
      const int64_t own = plane * shape.inner + i;
      divide(response, x + own, squares, count, y + own);
    }
  }
};

template <class T>
class LocalResponse : public Kernel {
 public:
  explicit LocalResponse(const Node& node)
      : response_(node), plane_(Levels<&Loops<T>::plane>::best()) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const AxisShape shape = along_axis(inputs[0].type, 1);
    const T* x = data<const T>(inputs[0]);
    T* y = data<T>(outputs[0]);
    parallel_pieces(shape.outer * shape.length, shape.count() * response_.size,
                    [&](int64_t first, int64_t last) {
                      for (int64_t plane = first; plane < last; ++plane)
                        plane_(response_, shape, x, y, plane);
                    });
  }

 private:
  Response response_;
  typename Levels<&Loops<T>::plane>::Function plane_;
};

void check(const Node& node) {
  check_counts(node, 1, 1);
  const bp_tensor_type_t& x = node.input(0);
  if (!is_float(x.dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(x.dtype));
  if (x.rank < 2) refuse(node, to_text(x) + " has no channels");
  if (node.int_attribute("size", 0) < 1) refuse(node, "size is below 1");
  check_follows(node, 0, x);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<LocalResponse<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

void add_local_response(OperatorTable& table) { table.push_back({"LRN", {1, 13}, check, create}); }

}  // namespace backplane::cpu
