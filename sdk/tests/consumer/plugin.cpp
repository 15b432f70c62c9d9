// A plugin of somebody else's: Neg for float32.
#include <backplane/plugin.hpp>

namespace {

using namespace backplane::plugin;

class Neg : public Kernel {
 public:
  static void check(const Node& node) { require_dtype(node, BP_DTYPE_FLOAT32); }
  explicit Neg(const Node&) { info_.is_shape_free = 1; }
  void run(const Launch& launch) const override {
    const uint64_t count = element_count(launch.output_type(0));
    for (uint64_t i = 0; i < count; ++i) launch.output<float>(0)[i] = -launch.input<float>(0)[i];
  }
};

constexpr Operator kOperators[] = {implement<Neg>("Neg", {6, 13})};
constexpr Definition kPlugin("com.example.consumer", "1.0.0", "Example", "", "consumer",
                             kOperators);

}  // namespace

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) { return query<kPlugin>(host); }
