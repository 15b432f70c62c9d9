// Exp Log Erf Sin Cos Softplus Softsign, and Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh. float
// is computed by functions.hpp, double and the rare functions by the C library, these in double.
#include "functions.hpp"

#include <algorithm>

#include "elementwise.hpp"

namespace backplane::cpu {

namespace {

struct Exp {
  BACKPLANE_CPU_INLINE static float apply(float x) { return whole_exp_of(x); }
  BACKPLANE_CPU_INLINE static double apply(double x) { return std::exp(x); }
};

struct ModerateExp {
  BACKPLANE_CPU_INLINE static float apply(float x) { return moderate_exp_of(x); }
};

struct Log {
  BACKPLANE_CPU_INLINE static float apply(float x) { return log_of(x); }
  BACKPLANE_CPU_INLINE static double apply(double x) { return std::log(x); }
};

struct Erf {
  BACKPLANE_CPU_INLINE static float apply(float x) { return erf_of(x); }
  BACKPLANE_CPU_INLINE static double apply(double x) { return std::erf(x); }
};

struct Softplus {
  BACKPLANE_CPU_INLINE static float apply(float x) { return softplus_of(x); }
  BACKPLANE_CPU_INLINE static double apply(double x) {
    return (x < 0.0 ? 0.0 : x) + std::log1p(std::exp(-std::fabs(x)));
  }
};

struct Softsign {
  template <class T>
  BACKPLANE_CPU_INLINE static T apply(T x) {
    return x / (T{1} + std::fabs(x));
  }
};

struct Sin {
  BACKPLANE_CPU_INLINE static float apply(float x) { return sin_of(x, 0); }
  static double apply(double x) { return std::sin(x); }
};

struct Cos {
  BACKPLANE_CPU_INLINE static float apply(float x) { return sin_of(x, 1); }
  static double apply(double x) { return std::cos(x); }
};

constexpr int64_t kAtOnce = 256;

template <class T>
BACKPLANE_CPU_INLINE bool has_beyond(float limit, const T* from, int64_t count) {
  unsigned found = 0;
#pragma omp simd reduction(| : found)
  for (int64_t i = 0; i < count; ++i) found |= std::fabs(load(from[i])) > limit ? 1u : 0u;
  return found != 0;
}

// Blocks that hold nothing of which the exponential is hardly a normal number take a shorter way.
template <class T>
struct ExpBody {
  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count) {
    const T* from = static_cast<const T*>(input);
    T* to = static_cast<T*>(output);
    for (int64_t begin = 0; begin < count; begin += kAtOnce) {
      const int64_t size = std::min(count - begin, kAtOnce);
      if (has_beyond(kModerate, from + begin, size))
        UnaryBody<Exp, T>::loop(from + begin, to + begin, size);
      else
        UnaryBody<ModerateExp, T>::loop(from + begin, to + begin, size);
    }
  }
};

template <class T>
UnaryLoop exp_loop() {
  if constexpr (std::is_same_v<T, double>)
    return unary_loop<Exp, T>();
  else
    return Levels<&ExpBody<T>::loop>::best();
}

// Blocks that hold an angle too large for the float function are done by the double one.
template <class Op, class T>
struct AngleBody {
  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count) {
    const T* from = static_cast<const T*>(input);
    T* to = static_cast<T*>(output);
    for (int64_t begin = 0; begin < count; begin += kAtOnce) {
      const int64_t end = std::min(count, begin + kAtOnce);
      if (has_beyond(kLargestAngle, from + begin, end - begin))
        for (int64_t i = begin; i < end; ++i)
          to[i] = store<T>(static_cast<float>(Op::apply(static_cast<double>(load(from[i])))));
      else
        UnaryBody<Op, T>::loop(from + begin, to + begin, end - begin);
    }
  }
};

template <class Op, class T>
UnaryLoop angle_loop() {
  if constexpr (std::is_same_v<T, double>)
    return &UnaryBody<Op, T>::loop;
  else
    return Levels<&AngleBody<Op, T>::loop>::best();
}

template <double (*function)(double)>
struct InDouble {
  template <class T>
  static T apply(T x) {
    return static_cast<T>(function(static_cast<double>(x)));
  }
};

void check(const Node& node) {
  check_unary(node, is_float(node.input(0).dtype), "floating-point numbers");
}

std::unique_ptr<Kernel> create_exp(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = make_unary(node, exp_loop<typename decltype(type)::type>());
  });
  return made;
}

template <class Op>
std::unique_ptr<Kernel> create_of_angle(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = make_unary(node, angle_loop<Op, typename decltype(type)::type>());
  });
  return made;
}

template <double (*function)(double)>
std::unique_ptr<Kernel> create_in_double(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = make_unary(node, &UnaryBody<InDouble<function>, typename decltype(type)::type>::loop);
  });
  return made;
}

}  // namespace

void add_functions(OperatorTable& table) {
  table.push_back({"Exp", {6, 13}, check, create_exp});
  table.push_back({"Log", {6, 13}, check, create_float_unary<Log>});
  table.push_back({"Erf", {9, 13}, check, create_float_unary<Erf>});
  table.push_back({"Softplus", {1, 22}, check, create_float_unary<Softplus>});
  table.push_back({"Softsign", {1, 22}, check, create_float_unary<Softsign>});
  table.push_back({"Sin", {7, 22}, check, create_of_angle<Sin>});
  table.push_back({"Cos", {7, 22}, check, create_of_angle<Cos>});
  table.push_back({"Tan", {7, 22}, check, create_in_double<std::tan>});
  table.push_back({"Asin", {7, 22}, check, create_in_double<std::asin>});
  table.push_back({"Acos", {7, 22}, check, create_in_double<std::acos>});
  table.push_back({"Atan", {7, 22}, check, create_in_double<std::atan>});
  table.push_back({"Sinh", {9, 22}, check, create_in_double<std::sinh>});
  table.push_back({"Cosh", {9, 22}, check, create_in_double<std::cosh>});
  table.push_back({"Asinh", {9, 22}, check, create_in_double<std::asinh>});
  table.push_back({"Acosh", {9, 22}, check, create_in_double<std::acosh>});
  table.push_back({"Atanh", {9, 22}, check, create_in_double<std::atanh>});
}

}  // namespace backplane::cpu
