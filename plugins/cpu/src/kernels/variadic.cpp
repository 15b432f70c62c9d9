// Min Max Sum Mean of any number of inputs. NaN in one makes Min and Max NaN, as in numpy. float16
// and bfloat16 are summed in float and rounded once.
#include <algorithm>
#include <string>

#include "levels.hpp"
#include "many_inputs.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

struct Max {
  template <class A>
  BACKPLANE_CPU_INLINE static A combine(A sofar, A next) {
    return sofar > next || sofar != sofar ? sofar : next;
  }
  template <class A>
  BACKPLANE_CPU_INLINE static A finish(A value, A) {
    return value;
  }
};

struct Min {
  template <class A>
  BACKPLANE_CPU_INLINE static A combine(A sofar, A next) {
    return sofar < next || sofar != sofar ? sofar : next;
  }
  template <class A>
  BACKPLANE_CPU_INLINE static A finish(A value, A) {
    return value;
  }
};

struct Sum {
  template <class A>
  BACKPLANE_CPU_INLINE static A combine(A sofar, A next) {
    return sofar + next;
  }
  template <class A>
  BACKPLANE_CPU_INLINE static A finish(A value, A) {
    return value;
  }
};

struct Mean : Sum {
  template <class A>
  BACKPLANE_CPU_INLINE static A finish(A value, A count) {
    return value / count;
  }
};

// Op::combine(so far, next) for each further input, then Op::finish(value, number of inputs).
template <class Op, class T>
struct VariadicBody {
  using A = Computed<T>;
  static constexpr int64_t kAtOnce = 256;

  BACKPLANE_CPU_INLINE static void take_first(const T* from, int64_t step, int64_t count,
                                              A* sofar) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) sofar[i] = load(from[i * step]);
  }

  BACKPLANE_CPU_INLINE static void take(const T* from, int64_t step, int64_t count, A* sofar) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) sofar[i] = Op::combine(sofar[i], load(from[i * step]));
  }

  // A step that the compiler knows lets it load vectors.
  BACKPLANE_CPU_INLINE static void take_source(const Source& source, bool is_first, int64_t begin,
                                               int64_t count, A* sofar) {
    const T* from = static_cast<const T*>(source.elements) + begin * source.step;
    if (is_first)
      source.step == 1 ? take_first(from, 1, count, sofar) : take_first(from, 0, count, sofar);
    else
      source.step == 1 ? take(from, 1, count, sofar) : take(from, 0, count, sofar);
  }

  BACKPLANE_CPU_INLINE static void loop(const Source* sources, int64_t source_count, void* output,
                                        int64_t count) {
    A sofar[kAtOnce];
    T* to = static_cast<T*>(output);
    const auto inputs = static_cast<A>(source_count);
    for (int64_t begin = 0; begin < count; begin += kAtOnce) {
      const int64_t size = std::min(kAtOnce, count - begin);
      for (int64_t i = 0; i < source_count; ++i)
        take_source(sources[i], i == 0, begin, size, sofar);
#pragma omp simd
      for (int64_t i = 0; i < size; ++i) to[begin + i] = store<T>(Op::finish(sofar[i], inputs));
    }
  }
};

void check(const Node& node, bool is_served, const char* served) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_served) refuse(node, std::string("only ") + served + ", not " + name_of(dtype));
  for (uint32_t i = 0; i < node.input_count(); ++i)
    if (node.input(i).dtype != dtype) refuse(node, "its inputs have one type");
  if (node.output(0).dtype != dtype) refuse(node, "inputs and output have one type");
  check_many_inputs(node);
}

void check_extreme(const Node& node) { check(node, is_number(node.input(0).dtype), "numbers"); }

void check_sum(const Node& node) {
  check(node, is_float(node.input(0).dtype), "floating-point numbers");
}

template <class Op>
std::unique_ptr<Kernel> create_extreme(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_numbers(node.input(0).dtype, [&](auto type) {
    using Body = VariadicBody<Op, typename decltype(type)::type>;
    made = std::make_unique<ManyInputs>(node, Levels<&Body::loop>::best());
  });
  return made;
}

template <class Op>
std::unique_ptr<Kernel> create_sum(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    using Body = VariadicBody<Op, typename decltype(type)::type>;
    made = std::make_unique<ManyInputs>(node, Levels<&Body::loop>::best());
  });
  return made;
}

}  // namespace

void add_variadic(OperatorTable& table) {
  table.push_back({"Min", {6, 8, 12, 13}, check_extreme, create_extreme<Min>});
  table.push_back({"Max", {6, 8, 12, 13}, check_extreme, create_extreme<Max>});
  table.push_back({"Sum", {6, 8, 13}, check_sum, create_sum<Sum>});
  table.push_back({"Mean", {6, 8, 13}, check_sum, create_sum<Mean>});
}

}  // namespace backplane::cpu
