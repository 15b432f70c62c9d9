// Clip: held between two bounds, each of which may be absent. NaN stays NaN, a NaN bound bounds
// nothing, and where min is above max the result is max.
#include <cfloat>
#include <limits>
#include <string>

#include "elementwise.hpp"

namespace backplane::cpu {

namespace {

constexpr uint32_t kMin = 1;
constexpr uint32_t kMax = 2;

using ClipLoop = void (*)(const void* input, void* output, int64_t count, const void* min,
                          const void* max);

template <class T>
struct ClipBody {
  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count,
                                        const void* min, const void* max) {
    const T* from = static_cast<const T*>(input);
    T* to = static_cast<T*>(output);
    const Computed<T> low = load(*static_cast<const T*>(min));
    const Computed<T> high = load(*static_cast<const T*>(max));
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const Computed<T> value = load(from[i]);
      const Computed<T> raised = value < low ? low : value;
      to[i] = store<T>(raised > high ? high : raised);
    }
  }
};

// One number of any type; no bound until it is set.
struct Bound {
  alignas(8) char bytes[8];

  template <class T>
  void set(T value) {
    *reinterpret_cast<T*>(bytes) = value;
  }
};

template <class T>
Computed<T> extreme(bool is_lowest) {
  using Limits = std::numeric_limits<Computed<T>>;
  if constexpr (kIsFloat<T>) return is_lowest ? -Limits::infinity() : Limits::infinity();
  return is_lowest ? Limits::lowest() : Limits::max();
}

class ClipKernel : public Kernel {
 public:
  ClipKernel(const Node& node, ClipLoop loop, const Bound& lowest, const Bound& highest)
      : loop_(loop),
        element_size_(element_size(node.input(0).dtype)),
        has_min_(node.has_input(kMin)),
        has_max_(node.has_input(kMax)),
        lowest_(lowest),
        highest_(highest) {
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const auto count = static_cast<int64_t>(element_count(outputs[0].type));
    const char* from = data<char>(inputs[0]);
    char* to = data<char>(outputs[0]);
    const char* min = has_min_ ? data<char>(inputs[kMin]) : lowest_.bytes;
    const char* max = has_max_ ? data<char>(inputs[kMax]) : highest_.bytes;
    parallel_pieces(count, count, [=](int64_t begin, int64_t end) {
      loop_(from + begin * element_size_, to + begin * element_size_, end - begin, min, max);
    });
  }

 private:
  const ClipLoop loop_;
  const int64_t element_size_;
  const bool has_min_;
  const bool has_max_;
  const Bound lowest_;  // where the input is absent
  const Bound highest_;
};

void check_bound(const Node& node, uint32_t index) {
  if (!node.has_input(index)) return;
  const bp_tensor_type_t& type = node.input(index);
  if (type.dtype != node.input(0).dtype) refuse(node, "bounds have the input's type");
  if (!has_unknown_size(type) && element_count(type) != 1)
    refuse(node, "a bound is one number, not " + to_text(type));
}

void check_clip(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_number(dtype)) refuse(node, std::string("only numbers, not ") + name_of(dtype));
  if (node.output(0).dtype != dtype) refuse(node, "input and output have one type");
  if (node.output_count() != 1 || node.input_count() > 3)
    refuse(node, "it has up to three inputs and one output");
  check_bound(node, kMin);
  check_bound(node, kMax);
}

// Up to version 6 the bounds are attributes.
template <class T>
std::unique_ptr<Kernel> make_clip(const Node& node) {
  Bound lowest = {};
  Bound highest = {};
  lowest.set(store<T>(extreme<T>(true)));
  highest.set(store<T>(extreme<T>(false)));
  if constexpr (kIsFloat<T>) {
    if (node.attribute("min") != nullptr)
      lowest.set(store<T>(node.float_attribute("min", -FLT_MAX)));
    if (node.attribute("max") != nullptr)
      highest.set(store<T>(node.float_attribute("max", FLT_MAX)));
  }
  return std::make_unique<ClipKernel>(node, Levels<&ClipBody<T>::loop>::best(), lowest, highest);
}

std::unique_ptr<Kernel> create_clip(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_numbers(node.input(0).dtype,
                [&](auto type) { made = make_clip<typename decltype(type)::type>(node); });
  return made;
}

}  // namespace

void add_clip(OperatorTable& table) {
  table.push_back({"Clip", {6, 11, 12, 13}, check_clip, create_clip});
}

}  // namespace backplane::cpu
