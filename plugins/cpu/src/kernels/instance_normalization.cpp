// InstanceNormalization: every channel of every batch is brought to mean 0 and variance 1, then
// scaled and shifted. Computed in double, rounded once.
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "row_statistics.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kX, kScale, kShift, kInputCount };

template <class T>
struct Loops {
  // Planes [first, last), each of one channel.
  BACKPLANE_CPU_INLINE static void planes(const AxisShape& shape, double epsilon, const T* x,
                                          const T* scales, const T* shifts, T* y, int64_t first,
                                          int64_t last) {
    for (int64_t plane = first; plane < last; ++plane) {
      const T* from = x + plane * shape.inner;
      T* to = y + plane * shape.inner;
      const RowStatistics found = statistics_of(from, shape.inner, epsilon);
      const int64_t channel = plane % shape.length;
      const double factor = found.inverse_deviation * static_cast<double>(load(scales[channel]));
      const auto shift = static_cast<double>(load(shifts[channel]));
#pragma omp simd
      for (int64_t i = 0; i < shape.inner; ++i)
        to[i] = store<T>(static_cast<Computed<T>>(
            (static_cast<double>(load(from[i])) - found.mean) * factor + shift));
    }
  }
};

template <class T>
class InstanceNormalization : public Kernel {
 public:
  explicit InstanceNormalization(const Node& node)
      : epsilon_(static_cast<double>(node.float_attribute("epsilon", 1e-5F))),
        planes_(Levels<&Loops<T>::planes>::best()) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = inputs[kX].type;
    const AxisShape shape = type.rank > 1 ? along_axis(type, 1) : AxisShape{type.shape[0], 1, 1};
    parallel_pieces(shape.outer * shape.length, shape.count(), [&](int64_t first, int64_t last) {
      planes_(shape, epsilon_, data<const T>(inputs[kX]), data<const T>(inputs[kScale]),
              data<const T>(inputs[kShift]), data<T>(outputs[0]), first, last);
    });
  }

 private:
  double epsilon_;
  void (*planes_)(const AxisShape&, double, const T*, const T*, const T*, T*, int64_t, int64_t);
};

void check(const Node& node) {
  check_counts(node, kInputCount, 1);
  const bp_tensor_type_t& x = node.input(kX);
  if (!is_float(x.dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(x.dtype));
  if (x.rank == 0) refuse(node, "a scalar has no channels");
  const int64_t channels = x.rank > 1 ? x.shape[1] : 1;
  for (const uint32_t i : {kScale, kShift}) {
    const bp_tensor_type_t& type = node.input(i);
    const bool fits = type.dtype == x.dtype && type.rank == 1 &&
                      (BP_DIM_IS_UNKNOWN(type.shape[0]) || BP_DIM_IS_UNKNOWN(channels) ||
                       type.shape[0] == channels);
    if (!fits) refuse(node, to_text(type) + " is no vector for the channels of " + to_text(x));
  }
  check_follows(node, 0, x);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kX).dtype, [&](auto type) {
    made = std::make_unique<InstanceNormalization<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

void add_instance_normalization(OperatorTable& table) {
  table.push_back({"InstanceNormalization", {1, 6}, check, create});
}

}  // namespace backplane::cpu
