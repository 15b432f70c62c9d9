#include "fusible.hpp"

#include <algorithm>
#include <cstring>

#include "../kernel.hpp"

namespace backplane::opencl {

namespace {

// PoCL's sines are not the same in every lane (functions.cl).
bool is_by_lanes(std::string_view op) { return op == "Sin" || op == "Cos"; }

std::vector<uint32_t> parameters_of(const bp_node_t& node) {
  std::vector<uint32_t> bits;
  for (const Parameter& one : function_of_operator(node.op)->parameters) {
    if (one.name == nullptr) continue;
    const float value = Node(node).float_attribute(one.name, one.fallback);
    bits.emplace_back();
    std::memcpy(&bits.back(), &value, sizeof value);
  }
  return bits;
}

// In postfix.
class Writer {
 public:
  Writer(const plugin::Graph& graph, const std::vector<bp_node_id_t>& nodes,
         std::vector<bp_value_id_t>& inputs)
      : graph_(graph), nodes_(nodes), inputs_(inputs) {}

  void write(bp_node_id_t id) {
    const bp_node_t& node = *graph_.node(id);
    write_operand(graph_.input(id, 0));
    if (std::string_view(node.op) == "Clip") return write_bounds(id);
    const Function& function = *function_of_operator(node.op);
    for (uint32_t i = 1; i < node.input_count; ++i) {
      write_operand(graph_.input(id, i));
      if (function.operands == 2) expression_.push_back({&function});
    }
    if (function.operands != 2) expression_.push_back({&function, 0, parameters_of(node)});
  }
  Expression take() { return std::move(expression_); }

 private:
  void write_bounds(bp_node_id_t id) {
    constexpr const char* kNames[] = {"raise", "hold"};
    for (const uint32_t i : {1u, 2u}) {
      if (!Node(*graph_.node(id)).has_input(i)) continue;
      write_operand(graph_.input(id, i));
      expression_.push_back({function_named(kNames[i - 1])});
    }
  }
  void write_operand(bp_value_id_t value) {
    const bp_node_id_t producer = graph_.producer(value);
    if (std::find(nodes_.begin(), nodes_.end(), producer) != nodes_.end()) return write(producer);
    Step step;
    step.input = place_in(inputs_, value);
    expression_.push_back(step);
  }

  const plugin::Graph& graph_;
  const std::vector<bp_node_id_t>& nodes_;
  std::vector<bp_value_id_t>& inputs_;
  Expression expression_;
};

}  // namespace

// Clip is one for each bound, Min and Max one less than they have inputs.
uint32_t operations_of(const bp_node_t& node) {
  const Node asked(node);
  if (asked.op() == "Clip") return uint32_t{asked.has_input(1)} + uint32_t{asked.has_input(2)};
  const Function* function = function_of_operator(asked.op());
  if (function == nullptr) return 0;
  return function->operands == 2 ? asked.input_count() - 1 : 1;
}

bool is_same_type(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  return a.dtype == b.dtype && a.rank == b.rank && a.layout == b.layout &&
         std::equal(a.shape, a.shape + a.rank, b.shape);
}

bool is_fusible(const Device& device, const bp_node_t* node, const bp_tensor_type_t& type) {
  if (node == nullptr || node->domain[0] != '\0' || node->output_count != 1) return false;
  if (operations_of(*node) == 0 || is_by_lanes(node->op)) return false;
  if (type.dtype != BP_DTYPE_FLOAT32 && type.dtype != BP_DTYPE_FLOAT16) return false;
  return is_same_type(node->outputs[0], type) && is_served(Node(*node), device);
}

uint32_t place_in(std::vector<bp_value_id_t>& inputs, bp_value_id_t value) {
  const auto found = std::find(inputs.begin(), inputs.end(), value);
  const auto place = static_cast<uint32_t>(found - inputs.begin());
  if (found == inputs.end()) inputs.push_back(value);
  return place;
}

Expression write_expression(const plugin::Graph& graph, const std::vector<bp_node_id_t>& nodes,
                            bp_node_id_t root, std::vector<bp_value_id_t>& inputs) {
  Writer writer(graph, nodes, inputs);
  writer.write(root);
  return writer.take();
}

}  // namespace backplane::opencl
