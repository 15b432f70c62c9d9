// Activations with parameters: LeakyRelu Elu Celu Selu HardSigmoid HardSwish ThresholdedRelu
// Shrink, whose parameters are attributes, and PRelu, whose slope is an input. NaN stays NaN, but
// is 0 for Shrink and ThresholdedRelu, which keep what is beyond alone. Integers that Shrink moves
// out of their type wrap around.
#include <cmath>
#include <limits>
#include <string>

#include "elementwise.hpp"
#include "functions.hpp"
#include "saturate.hpp"
#include "sum.hpp"

namespace backplane::cpu {

namespace {

// What an operator's attributes are called, and what they are when absent; nullptr: it has none.
struct Parameter {
  const char* name;
  float fallback;
};

using ParametricLoop = void (*)(const void* input, void* output, int64_t count, float first,
                                float second);

// Op::apply(x, first, second) gets and gives Computed<T>.
template <class Op, class T>
struct ParametricBody {
  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count, float first,
                                        float second) {
    const T* from = static_cast<const T*>(input);
    T* to = static_cast<T*>(output);
    const auto a = static_cast<Computed<T>>(first);
    const auto b = static_cast<Computed<T>>(second);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<T>(Op::apply(load(from[i]), a, b));
  }
};

class ParametricKernel : public Kernel {
 public:
  ParametricKernel(const Node& node, ParametricLoop loop, float first, float second)
      : loop_(loop), size_(element_size(node.input(0).dtype)), first_(first), second_(second) {
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const auto count = static_cast<int64_t>(element_count(outputs[0].type));
    const char* from = data<char>(inputs[0]);
    char* to = data<char>(outputs[0]);
    parallel_pieces(count, count, [=](int64_t begin, int64_t end) {
      loop_(from + begin * size_, to + begin * size_, end - begin, first_, second_);
    });
  }

 private:
  const ParametricLoop loop_;
  const int64_t size_;
  const float first_;
  const float second_;
};

BACKPLANE_CPU_INLINE float exp_minus_1(float x) { return exp_minus_1_of(x); }
BACKPLANE_CPU_INLINE double exp_minus_1(double x) { return std::expm1(x); }

template <class T>
BACKPLANE_CPU_INLINE T clamped(T x) {
  return x < T{0} ? T{0} : x > T{1} ? T{1} : x;
}

// x, but 0 below 0 and for some NaN. By its bits: no compiler makes branches of that, which would
// keep a loop from being a vector's few steps.
BACKPLANE_CPU_INLINE float without_negatives(float x) {
  const auto bits = static_cast<int32_t>(bits_of(x));
  return float_of(static_cast<uint32_t>(bits & ~(bits >> 31)));
}
BACKPLANE_CPU_INLINE double without_negatives(double x) { return x < 0.0 ? 0.0 : x; }

struct LeakyRelu {
  static constexpr Parameter kParameters[2] = {{"alpha", 0.01f}, {nullptr, 0}};
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x, T alpha, T) {
    return x < T{0} ? alpha * x : x;
  }
};

struct Elu {
  static constexpr Parameter kParameters[2] = {{"alpha", 1.0f}, {nullptr, 0}};
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x, T alpha, T) {
    return x < T{0} ? alpha * exp_minus_1(x < T{0} ? x : T{0}) : x;
  }
};

// The definition adds max(0, x) and min(0, ...), one of which is 0 unless alpha is negative.
struct Celu {
  static constexpr Parameter kParameters[2] = {{"alpha", 1.0f}, {nullptr, 0}};
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x, T alpha, T) {
    return x < T{0} ? alpha * exp_minus_1(x < T{0} ? x / alpha : T{0}) : x;
  }
};

struct Selu {
  static constexpr Parameter kParameters[2] = {{"alpha", 1.67326319217681884765625f},
                                               {"gamma", 1.05070102214813232421875f}};
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x, T alpha, T gamma) {
    return gamma * Elu::apply(x, alpha, T{0});
  }
};

struct HardSigmoid {
  static constexpr Parameter kParameters[2] = {{"alpha", 0.2f}, {"beta", 0.5f}};
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x, T alpha, T beta) {
    return clamped(alpha * x + beta);
  }
};

struct HardSwish {
  static constexpr Parameter kParameters[2] = {{nullptr, 0}, {nullptr, 0}};
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x, T, T) {
    const T line = without_negatives(x * T{1.0 / 6} + T{0.5});
    return line > T{1} ? x : x * line;
  }
};

struct ThresholdedRelu {
  static constexpr Parameter kParameters[2] = {{"alpha", 1.0f}, {nullptr, 0}};
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x, T alpha, T) {
    return x > alpha ? x : T{0};
  }
};

struct Shrink {
  static constexpr Parameter kParameters[2] = {{"lambd", 0.5f}, {"bias", 0.0f}};
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x, T lambd, T bias) {
    return x < -lambd ? x + bias : x > lambd ? x - bias : T{0};
  }
};

// Whole numbers are beyond lambd where they are beyond what is whole of it.
template <class T>
struct ShrinkIntegers {
  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count, float lambd,
                                        float bias) {
    using Wrapping = std::make_unsigned_t<T>;
    const T* from = static_cast<const T*>(input);
    T* to = static_cast<T*>(output);
    const T above = saturate<T>(lambd);
    constexpr T kLowest = std::numeric_limits<T>::min();  // nothing is below
    const T below = lambd < -static_cast<float>(kLowest) ? static_cast<T>(-above) : kLowest;
    const auto shift = static_cast<Wrapping>(saturate<T>(bias));
    for (int64_t i = 0; i < count; ++i) {
      const auto x = static_cast<Wrapping>(from[i]);
      to[i] = from[i] < below   ? static_cast<T>(x + shift)
              : from[i] > above ? static_cast<T>(x - shift)
                                : T{0};
    }
  }
};

void check(const Node& node) {
  check_unary(node, is_float(node.input(0).dtype), "floating-point numbers");
}

// Alpha 0 divides by 0, and a negative one makes it grow exponentially below 0.
void check_celu(const Node& node) {
  check(node);
  if (!(node.float_attribute("alpha", 1.0f) > 0.0f)) refuse(node, "only an alpha above 0");
}

float value_of(const Node& node, const Parameter& parameter) {
  return parameter.name != nullptr ? node.float_attribute(parameter.name, parameter.fallback) : 0;
}

template <class Op>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    using Body = ParametricBody<Op, typename decltype(type)::type>;
    made = std::make_unique<ParametricKernel>(node, Levels<&Body::loop>::best(),
                                              value_of(node, Op::kParameters[0]),
                                              value_of(node, Op::kParameters[1]));
  });
  return made;
}

bool holds(bp_dtype_t dtype, float value) {
  bool is_held = false;
  visit_numbers(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_integral_v<T>)
      is_held = static_cast<float>(saturate<T>(value)) == value;
    else
      is_held = true;
  });
  return is_held;
}

// Of integers ONNX says nothing about a bias that is none.
void check_shrink(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  check_unary(node, is_number(dtype), "numbers");
  if (is_float(dtype)) return;
  if (!holds(dtype, node.float_attribute("bias", 0.0f)))
    refuse(node, std::string("only a bias that is one of ") + name_of(dtype));
  if (!(node.float_attribute("lambd", 0.5f) >= 0.0f))
    refuse(node, std::string("only a lambd from 0 on for ") + name_of(dtype));
}

std::unique_ptr<Kernel> create_shrink(const Node& node, Device& device) {
  if (is_float(node.input(0).dtype)) return create<Shrink>(node, device);
  std::unique_ptr<Kernel> made;
  visit_numbers(node.input(0).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_integral_v<T>)
      made = std::make_unique<ParametricKernel>(node, &ShrinkIntegers<T>::loop,
                                                value_of(node, Shrink::kParameters[0]),
                                                value_of(node, Shrink::kParameters[1]));
  });
  return made;
}

struct PRelu {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x, T slope) {
    if constexpr (std::is_integral_v<T>)
      return x < T{0} ? static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) *
                                       static_cast<std::make_unsigned_t<T>>(slope))
                      : x;
    else
      return x < T{0} ? x * slope : x;
  }
};

void check_prelu(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!visit_summed(dtype, [](auto) {}))
    refuse(node, std::string("only floating-point numbers and integers of 32 or 64 bits, not ") +
                     name_of(dtype));
  if (node.input(1).dtype != dtype || node.output(0).dtype != dtype)
    refuse(node, "inputs and output have one type");
  check_elementwise(node, 2);
}

std::unique_ptr<Kernel> create_prelu(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_summed(node.input(0).dtype, [&](auto type) {
    made = make_binary(node, binary_loops<PRelu, typename decltype(type)::type>());
  });
  return made;
}

}  // namespace

void add_parametric(OperatorTable& table) {
  table.push_back({"LeakyRelu", {6, 16}, check, create<LeakyRelu>});
  table.push_back({"Elu", {6, 22}, check, create<Elu>});
  table.push_back({"Celu", {12}, check_celu, create<Celu>});
  table.push_back({"Selu", {6, 22}, check, create<Selu>});
  table.push_back({"HardSigmoid", {6, 22}, check, create<HardSigmoid>});
  table.push_back({"HardSwish", {14, 22}, check, create<HardSwish>});
  table.push_back({"ThresholdedRelu", {10, 22}, check, create<ThresholdedRelu>});
  table.push_back({"Shrink", {9}, check_shrink, create_shrink});
  table.push_back({"PRelu", {7, 9, 16}, check_prelu, create_prelu});
}

}  // namespace backplane::cpu
