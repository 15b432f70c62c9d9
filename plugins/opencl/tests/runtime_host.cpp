#include "runtime_host.hpp"

namespace backplane::opencl::tests {

namespace {

using bp::rt::check;

// Values between -1 and 1, the same for the same seed.
std::vector<float> values(size_t count, uint32_t seed) {
  std::vector<float> made(count);
  for (float& each : made) {
    seed = seed * 1664525u + 1013904223u;
    each = static_cast<float>(seed >> 8) / static_cast<float>(1 << 23) - 1;
  }
  return made;
}

bp_tensor_type_t matrix(int64_t rows, int64_t columns) {
  return bp::rt::tensor_type(BP_DTYPE_FLOAT32, {rows, columns});
}

class Builder {
 public:
  explicit Builder(const RuntimeHost& host) {
    bp_graph_t* made = nullptr;
    check(bp_rt_graph_create(host.rt().get(), &made));
    graph.reset(made);
  }
  bp_value_id_t input(const char* name, const bp_tensor_type_t& type) {
    bp_value_id_t id = BP_NONE;
    check(bp_rt_graph_add_input(graph.get(), name, &type, &id));
    return id;
  }
  bp_value_id_t constant(const bp_tensor_type_t& type, const std::vector<float>& content) {
    bp_constant_t constant = {};
    constant.type = type;
    constant.data = content.data();
    bp_value_id_t id = BP_NONE;
    check(bp_rt_graph_add_constant(graph.get(), &constant, nullptr, nullptr, &id));
    return id;
  }
  bp_value_id_t node(const char* op, uint32_t since, const std::vector<bp_value_id_t>& inputs) {
    std::vector<bp_tensor_type_t> types;
    for (const bp_value_id_t value : inputs)
      types.push_back(*bp_rt_graph_view()->get_value(graph.get(), value)->type);
    bp_node_t node = {};
    node.inputs = types.data();
    node.struct_size = sizeof node;
    node.since = since;
    node.domain = "";
    node.op = node.name = op;
    node.input_count = static_cast<uint32_t>(inputs.size());
    node.output_count = 1;
    bp_node_id_t id = BP_NONE;
    check(bp_rt_graph_add_node(graph.get(), &node, inputs.data(), &id));
    return bp_rt_graph_view()->get_output(graph.get(), id, 0);
  }

  bp::rt::Graph graph;
};

bp::rt::Graph make_graph(const RuntimeHost& host) {
  Builder b(host);
  const bp_value_id_t x = b.input("x", matrix(4, 32));
  const bp_value_id_t weights = b.constant(matrix(32, 16), values(512, 1));
  const bp_value_id_t bias = b.constant(matrix(1, 16), values(16, 2));
  const bp_value_id_t sum = b.node("Add", 14, {b.node("MatMul", 13, {x, weights}), bias});
  const bp_value_id_t result = b.node("Softmax", 13, {b.node("Relu", 14, {sum})});
  check(bp_rt_graph_add_output(b.graph.get(), "y", result));
  return std::move(b.graph);
}

}  // namespace

RuntimeHost::RuntimeHost() {
  const std::string plugins = BACKPLANE_CPU_PLUGIN ":" BACKPLANE_OPENCL_PLUGIN;
  const bp_option_t options[] = {{"plugin-path", plugins.c_str()}, {"check", "1"}};
  bp_rt_config_t config = {};
  config.struct_size = sizeof config;
  config.log_level = BP_LOG_INFO;
  config.user = this;
  config.log = [](void* user, bp_log_level_t, const char* source, const char* text) {
    auto* host = static_cast<RuntimeHost*>(user);
    const std::lock_guard<std::mutex> lock(host->mutex_);
    host->log_ += std::string(source) + ": " + text + '\n';
  };
  config.options = options;
  config.option_count = 2;
  runtime_ = std::make_unique<bp::rt::Runtime>(&config);
}

std::string RuntimeHost::log() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return log_;
}

SmallModel::SmallModel(const RuntimeHost& host, const bp::rt::Device& device)
    : graph_(make_graph(host)), session_(graph_, device), run_(session_.run()) {}

std::vector<float> SmallModel::run(uint32_t seed) {
  std::vector<float> x = values(128, seed);
  std::vector<float> y(64);
  std::vector<bp_rt_tensor_t> outputs = {bp::rt::on_host(matrix(4, 16), y.data())};
  run_.start({bp::rt::on_host(matrix(4, 32), x.data())}, outputs);
  return y;
}

}  // namespace backplane::opencl::tests
