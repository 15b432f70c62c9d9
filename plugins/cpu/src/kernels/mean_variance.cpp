// MeanVarianceNormalization: less the mean, divided by the deviation and 1e-9, as ONNX's own
// function has it; over the axes named. In double, in two passes.
#include <cmath>
#include <string>

#include "axis.hpp"
#include "fold_plan.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

constexpr double kEpsilon = 1e-9;

// The axes of a tensor of `rank`, as bits; axes 0, 2 and 3 where the node names none.
uint32_t read_axes(const Node& node) {
  constexpr int64_t kStandard[] = {0, 2, 3};
  uint32_t count = 0;
  const int64_t* axes = node.ints_attribute("axes", &count);
  if (node.attribute("axes") == nullptr) {
    axes = kStandard;
    count = 3;
  }
  uint32_t mask = 0;
  for (uint32_t i = 0; i < count; ++i) mask |= 1U << check_axis(node, axes[i], node.input(0).rank);
  return mask;
}

template <class T>
class MeanVariance : public Kernel {
 public:
  explicit MeanVariance(const Node& node) : mask_(read_axes(node)) { traits_.is_shape_free = true; }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (element_count(inputs[0].type) == 0) return;
    const FoldPlan plan = plan_fold(inputs[0].type, mask_);
    const int64_t count = plan.product(true);
    for (int64_t row = 0; row < plan.product(false); ++row) {
      const int64_t first = plan.offset(row, false, 0);
      run_row(plan, count, data<const T>(inputs[0]) + first, data<T>(outputs[0]) + first);
    }
  }

 private:
  static void run_row(const FoldPlan& plan, int64_t count, const T* from, T* to) {
    const auto element = [&](int64_t i) {
      return static_cast<double>(load(from[plan.offset(i, true, 0)]));
    };
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += element(i);
    const double mean = sum / static_cast<double>(count);
    double squares = 0;
    for (int64_t i = 0; i < count; ++i) squares += (element(i) - mean) * (element(i) - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(count)) + kEpsilon;
    for (int64_t i = 0; i < count; ++i)
      to[plan.offset(i, true, 0)] =
          store<T>(static_cast<Computed<T>>((element(i) - mean) / deviation));
  }

  uint32_t mask_;
};

void check(const Node& node) {
  check_counts(node, 1, 1);
  const bp_tensor_type_t& x = node.input(0);
  if (!is_float(x.dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(x.dtype));
  read_axes(node);
  check_follows(node, 0, x);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<MeanVariance<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

void add_mean_variance(OperatorTable& table) {
  table.push_back({"MeanVarianceNormalization", {9, 13}, check, create});
}

}  // namespace backplane::cpu
