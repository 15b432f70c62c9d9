// LRN: every element over a power of the squares of its neighbours in other channels. The power
// that most models have, 3/4, is made by steps of Newton's, in float where no cube comes near the
// ends of its range; all else is computed in double and rounded once.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <type_traits>

#include "../threads.hpp"
#include "axis.hpp"
#include "lanes.hpp"
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
  // From here on squares might count that are no normal numbers in float.
  static constexpr double kLargeAlpha = 1e5;

  // base^(-3/4): Newton's steps for 1 / power^4 = base^3. The first guess is the exponent times
  // -3/4, the power of the fraction a straight line: kGuess makes its largest error least, 0.044. A
  // step leaves 5/2 of the square of an error, so that three leave two roundings of a float.
  BACKPLANE_CPU_INLINE static float three_quarters_below_one(float base) {
    constexpr uint32_t kGuess = 0x6f14e5cb;
    uint32_t bits = 0;
    std::memcpy(&bits, &base, sizeof bits);
    bits = kGuess - (bits >> 1) - (bits >> 2);
    float power = 0;
    std::memcpy(&power, &bits, sizeof power);
    const float quarter = 0.25F * base * base * base;
    for (int step = 0; step < 3; ++step) {
      const float square = power * power;
      power += power * (0.25F - quarter * square * square);
    }
    return power;
  }
  BACKPLANE_CPU_INLINE static void multiply_by_power(const T* x, const float* bases, int64_t count,
                                                     T* y) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i)
      y[i] = store<T>(static_cast<Computed<T>>(static_cast<float>(load(x[i])) *
                                               three_quarters_below_one(bases[i])));
  }
  static void divide_by_roots(const T* x, const double* bases, int64_t count, T* y) {
    for (int64_t i = 0; i < count; ++i) {
      const double root = std::sqrt(bases[i]);
      y[i] = store<T>(
          static_cast<Computed<T>>(static_cast<double>(load(x[i])) / (root * std::sqrt(root))));
    }
  }
  static void divide_by_power(const T* x, const double* bases, double beta, int64_t count, T* y) {
    for (int64_t i = 0; i < count; ++i)
      y[i] = store<T>(
          static_cast<Computed<T>>(static_cast<double>(load(x[i])) / std::pow(bases[i], beta)));
  }

  // What is raised to the power, for `count` elements of the planes [first, last): tiles of them
  // side by side, whose sums stay in registers.
  template <class A>
  BACKPLANE_CPU_INLINE static void fill_bases(const Response& response, const T* x, int64_t inner,
                                              int64_t first, int64_t last, int64_t count,
                                              A* bases) {
    using Of = LanesOf<A>;
    constexpr int64_t kParts = 4;
    const auto bias = static_cast<A>(response.bias);
    const auto factor = static_cast<A>(response.alpha / static_cast<double>(response.size));
    int64_t i = 0;
    for (; i + kParts * Of::kCount <= count; i += kParts * Of::kCount) {
      typename Of::Lanes sums[kParts] = {}, number = {};
      for (int64_t at = first; at < last; ++at)
        for (int64_t part = 0; part < kParts; ++part) {
          Of::read(x + at * inner + i + part * Of::kCount, number);
          sums[part] += number * number;
        }
      for (int64_t part = 0; part < kParts; ++part)
        Of::write(bias + factor * sums[part], bases + i + part * Of::kCount);
    }
    for (; i < count; ++i) {
      A sum = 0;
      for (int64_t at = first; at < last; ++at) {
        const auto number = static_cast<A>(load(x[at * inner + i]));
        sum += number * number;
      }
      bases[i] = bias + factor * sum;
    }
  }

  // False also where there is a NaN.
  BACKPLANE_CPU_INLINE static bool are_moderate(const float* bases, int64_t count) {
    unsigned extreme = 0;
#pragma omp simd reduction(| : extreme)
    for (int64_t i = 0; i < count; ++i) extreme |= bases[i] > 1e-12F && bases[i] < 1e12F ? 0U : 1U;
    return extreme == 0;
  }

  // Planes [first, last), a block of each after the other: their neighbours are read from the first
  // cache.
  BACKPLANE_CPU_INLINE static void planes(const Response& response, const AxisShape& shape,
                                          const T* x, T* y, int64_t first, int64_t last) {
    for (int64_t i = 0; i < shape.inner; i += kBlock)
      for (int64_t plane = first; plane < last; ++plane)
        block(response, shape, x + i, y + i, plane, std::min(kBlock, shape.inner - i));
  }

 private:
  // Of an even number of neighbours the odd one is behind.
  BACKPLANE_CPU_INLINE static void block(const Response& response, const AxisShape& shape,
                                         const T* x, T* y, int64_t plane, int64_t count) {
    const int64_t channel = plane % shape.length;
    const int64_t first = plane - std::min(channel, (response.size - 1) / 2);
    const int64_t last = plane + std::min(shape.length - 1 - channel, response.size / 2) + 1;
    const int64_t own = plane * shape.inner;
    const bool has_roots = response.beta == 0.75;
    if (!std::is_same_v<T, double> && has_roots && response.alpha < kLargeAlpha) {
      float bases[kBlock];
      fill_bases(response, x, shape.inner, first, last, count, bases);
      if (are_moderate(bases, count)) return multiply_by_power(x + own, bases, count, y + own);
    }
    double bases[kBlock];
    fill_bases(response, x, shape.inner, first, last, count, bases);
    if (has_roots)
      divide_by_roots(x + own, bases, count, y + own);
    else
      divide_by_power(x + own, bases, response.beta, count, y + own);
  }
};

template <class T>
class LocalResponse : public Kernel {
 public:
  explicit LocalResponse(const Node& node)
      : response_(node), planes_(Levels<&Loops<T>::planes>::best()) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const AxisShape shape = along_axis(inputs[0].type, 1);
    const T* x = data<const T>(inputs[0]);
    T* y = data<T>(outputs[0]);
    parallel_pieces(
        shape.outer * shape.length, shape.count() * response_.size,
        [&](int64_t first, int64_t last) { planes_(response_, shape, x, y, first, last); });
  }

 private:
  Response response_;
  typename Levels<&Loops<T>::planes>::Function planes_;
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
