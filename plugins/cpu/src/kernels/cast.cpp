// Cast and CastLike between all numeric types and bool. What ONNX leaves open: a floating-point
// number outside an integer type becomes its smallest or largest, NaN becomes 0; an integer outside
// wraps around; everything but 0, NaN too, is true. Each result is rounded once.
#include <cmath>
#include <string>
#include <type_traits>

#include "axis.hpp"
#include "elementwise.hpp"
#include "saturate.hpp"

namespace backplane::cpu {

namespace {

struct Bool {
  uint8_t byte;
};

// `value` as a float that is odd in its last bit where it is inexact. Rounding that to 16 bits
// gives what rounding `value` itself would give; rounding to float and again would not always.
BACKPLANE_CPU_INLINE float round_to_odd(double value) {
  const auto nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) == value || value != value) return nearest;
  const bool is_away = std::fabs(static_cast<double>(nearest)) > std::fabs(value);
  const uint32_t truncated = bits_of(nearest) - (is_away ? 1 : 0);
  return float_of(truncated | 1u);
}

// Exact below 2^53; above, the bits that a double has no room for become its odd last one.
BACKPLANE_CPU_INLINE double sticky_double(uint64_t value) {
  constexpr uint64_t kLow = 0x7ff;
  if (value >> 53 == 0) return static_cast<double>(value);
  return static_cast<double>((value & ~kLow) | ((value & kLow) != 0 ? kLow + 1 : 0));
}

template <class From>
BACKPLANE_CPU_INLINE float to_narrowable_float(From value) {
  if constexpr (std::is_same_v<From, double>) {
    return round_to_odd(value);
  } else if constexpr (std::is_integral_v<From> && sizeof(From) == sizeof(int64_t)) {
    const bool is_negative = value < From{0};
    const auto magnitude =
        is_negative ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    const float rounded = round_to_odd(sticky_double(magnitude));
    return is_negative ? -rounded : rounded;
  } else if constexpr (std::is_integral_v<From> && sizeof(From) == sizeof(int32_t)) {
    return round_to_odd(static_cast<double>(value));
  } else {
    return static_cast<float>(value);
  }
}

template <class To, class From>
BACKPLANE_CPU_INLINE To convert(From from) {
  if constexpr (std::is_same_v<From, Bool>) {
    return convert<To>(static_cast<uint8_t>(from.byte != 0 ? 1 : 0));
  } else if constexpr (kIsSmallFloat<From>) {
    return convert<To>(to_float(from));
  } else if constexpr (std::is_same_v<To, Bool>) {
    return Bool{static_cast<uint8_t>(from != From{0} ? 1 : 0)};
  } else if constexpr (kIsSmallFloat<To>) {
    return store<To>(to_narrowable_float(from));
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    return saturate<To>(from);
  } else {
    return static_cast<To>(from);
  }
}

template <class To, class From>
struct CastBody {
  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count) {
    const From* from = static_cast<const From*>(input);
    To* to = static_cast<To*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = convert<To>(from[i]);
  }
};

// Every pair is there; the wider vectors only where models spend time.
template <class To, class From>
UnaryLoop cast_loop() {
  if constexpr (kIsSmallFloat<To> || kIsSmallFloat<From> || std::is_same_v<To, float> ||
                std::is_same_v<From, float>)
    return Levels<&CastBody<To, From>::loop>::best();
  else
    return &CastBody<To, From>::loop;
}

template <class Visit>
bool visit_types(bp_dtype_t dtype, Visit&& visit) {
  if (dtype == BP_DTYPE_BOOL) return visit(Type<Bool>()), true;
  return visit_numbers(dtype, visit);
}

void check_one(const Node& node, bp_dtype_t dtype, const char* which) {
  if (!visit_types(dtype, [](auto) {}))
    refuse(node, std::string("its ") + which + " is a number or bool, not " + name_of(dtype));
}

void check_cast(const Node& node) {
  check_one(node, node.input(0).dtype, "input");
  check_one(node, node.output(0).dtype, "output");
  check_elementwise(node, 1);
}

// The second input is there for its type alone.
void check_cast_like(const Node& node) {
  check_counts(node, 2, 1);
  check_one(node, node.input(0).dtype, "input");
  check_one(node, node.input(1).dtype, "target");
  bp_tensor_type_t expected = node.input(0);
  expected.dtype = node.input(1).dtype;
  check_follows(node, 0, expected);
}

std::unique_ptr<Kernel> create_cast(const Node& node, Device&) {
  UnaryLoop loop = nullptr;
  visit_types(node.input(0).dtype, [&](auto from) {
    visit_types(node.output(0).dtype, [&](auto to) {
      loop = cast_loop<typename decltype(to)::type, typename decltype(from)::type>();
    });
  });
  return make_unary(node, loop);
}

}  // namespace

// From 19 on `saturate` speaks of 8-bit floats alone, which are not served.
void add_cast(OperatorTable& table) {
  table.push_back({"Cast", {6, 9, 13, 19, 21, 23}, check_cast, create_cast});
  table.push_back({"CastLike", {15, 19, 21, 23}, check_cast_like, create_cast});
}

}  // namespace backplane::cpu
