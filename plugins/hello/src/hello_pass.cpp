// A vendor's own graph pass, whole: Add and the Relu behind it become one operator of this
// plugin's. docs/write-a-pass.md goes through it.
#include <algorithm>
#include <backplane/plugin.hpp>
#include <backplane/plugin/pass.hpp>
#include <cmath>

namespace {

using namespace backplane::plugin;

constexpr char kId[] = "org.backplane.hello-pass";

float relu(float x) { return std::isnan(x) ? x : std::max(x, 0.0f); }

// Add of two tensors of one size, with Relu behind it or not.
template <bool kHasRelu>
class Sum : public Kernel {
 public:
  static void check(const Node& node) {
    require_dtype(node, BP_DTYPE_FLOAT32);
    for (uint32_t i : {0u, 1u})
      if (std::memcmp(&node.input(i), &node.output(0), sizeof(bp_tensor_type_t)) != 0)
        fail(BP_STATUS_UNSUPPORTED, std::string(node.op()) + ": only tensors of one size");
  }
  explicit Sum(const Node&) {}
  void run(const Launch& launch) const override {
    const auto *a = launch.input<float>(0), *b = launch.input<float>(1);
    auto* y = launch.output<float>(0);
    for (uint64_t i = 0; i < element_count(launch.output_type(0)); ++i)
      y[i] = kHasRelu ? relu(a[i] + b[i]) : a[i] + b[i];
  }
};

class Relu : public Kernel {
 public:
  static void check(const Node& node) { require_dtype(node, BP_DTYPE_FLOAT32); }
  explicit Relu(const Node&) {}
  void run(const Launch& launch) const override {
    const auto* x = launch.input<float>(0);
    auto* y = launch.output<float>(0);
    for (uint64_t i = 0; i < element_count(launch.output_type(0)); ++i) y[i] = relu(x[i]);
  }
};

// The Relu that alone reads what `node` makes, where `node` is an Add that AddRelu serves.
bp_node_id_t relu_behind(const Graph& graph, bp_node_id_t node) {
  if (!graph.is(node, "Add")) return BP_NONE;
  const bp_node_t& add = *graph.node(node);
  for (uint32_t i : {0u, 1u})
    if (std::memcmp(&add.inputs[i], add.outputs, sizeof *add.outputs) != 0) return BP_NONE;
  if (add.outputs->dtype != BP_DTYPE_FLOAT32) return BP_NONE;
  const bp_node_id_t next = graph.only_consumer(graph.output(node, 0));
  return graph.is(next, "Relu") ? next : BP_NONE;
}

void fuse_add_relu(Graph& graph) {
  graph.for_nodes([&](bp_node_id_t add) {
    const bp_node_id_t relu = relu_behind(graph, add);
    if (relu == BP_NONE) return;
    NodeDraft fused(kId, "AddRelu", 1, graph.node(add)->name);
    fused.add_input(graph.input(add, 0));
    fused.add_input(graph.input(add, 1));
    fused.add_output(*graph.node(relu)->outputs);
    graph.replace(graph.output(relu, 0), graph.output(graph.add(fused), 0));
    graph.remove(relu);
    graph.remove(add);
  });
}

constexpr Operator kOperators[] = {implement<Sum<false>>("Add", {7, 13, 14}),
                                   implement<Relu>("Relu", {6, 13, 14}),
                                   implement<Sum<true>>("AddRelu", {1}, kId)};
constexpr Pass kPasses[] = {pass("fuse-add-relu", fuse_add_relu)};
constexpr Definition kPlugin(kId, "0.1.0", "Backplane", "", "hello-pass", kOperators);

}  // namespace

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) { return query<kPlugin, kPasses>(host); }
