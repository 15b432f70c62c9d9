// The operator that docs/write-a-plugin.md adds to a plugin, line by line as shown there.
#ifndef BACKPLANE_TESTS_LEAKY_RELU_HPP
#define BACKPLANE_TESTS_LEAKY_RELU_HPP

#include <backplane/plugin.hpp>

namespace backplane::tests {

using namespace backplane::plugin;

// [begin]
class LeakyRelu : public Kernel {
 public:
  static void check(const Node& node) { require_dtype(node, BP_DTYPE_FLOAT32); }

  explicit LeakyRelu(const Node& node) : alpha_(node.float_attribute("alpha", 0.01f)) {
    info_.is_shape_free = 1;
  }

  void run(const Launch& launch) const override {
    const auto* x = launch.input<float>(0);
    auto* y = launch.output<float>(0);
    const uint64_t count = element_count(launch.output_type(0));
    for (uint64_t i = 0; i < count; ++i) y[i] = x[i] < 0 ? alpha_ * x[i] : x[i];
  }

 private:
  float alpha_;
};
// [end]

}  // namespace backplane::tests

#endif  // BACKPLANE_TESTS_LEAKY_RELU_HPP
