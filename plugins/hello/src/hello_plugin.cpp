// A whole plugin, Add for float32: backplane/plugin.hpp brings the device, its memory and the
// tables, so what is left is the operator. `backplane new-plugin acme --cpp` makes a copy of it.
#include <backplane/plugin.hpp>

namespace {

using namespace backplane::plugin;

class Add : public Kernel {
 public:
  static void check(const Node& node) { require_dtype(node, BP_DTYPE_FLOAT32); }

  explicit Add(const Node&) { info_.is_shape_free = 1; }

  void run(const Launch& launch) const override {
    const bp_tensor_type_t& type = launch.output_type(0);
    const auto* a = launch.input<float>(0);
    const auto* b = launch.input<float>(1);
    auto* sum = launch.output<float>(0);
    const uint64_t count = element_count(type);
    for (uint64_t i = 0; i < count; ++i)
      sum[i] = a[find(launch.input_type(0), type, i)] + b[find(launch.input_type(1), type, i)];
  }

 private:
  // Where the element of `input` is that belongs to element `index` of `output`.
  static uint64_t find(const bp_tensor_type_t& input, const bp_tensor_type_t& output,
                       uint64_t index) {
    uint64_t position = 0, step = 1;
    for (int own = input.rank - 1, axis = output.rank - 1; own >= 0; --own, --axis) {
      if (input.shape[own] != 1) position += step * (index % output.shape[axis]);
      step *= input.shape[own];
      index /= output.shape[axis];
    }
    return position;
  }
};

constexpr Operator kOperators[] = {implement<Add>("Add", {7, 13, 14})};

constexpr Definition kPlugin("org.backplane.hello-cpp", "0.1.0", "Backplane", "", "hello-cpp",
                             kOperators);

}  // namespace

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) { return query<kPlugin>(host); }
