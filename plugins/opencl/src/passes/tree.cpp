#include "tree.hpp"

#include <algorithm>
#include <cstring>

#include "../kernel.hpp"
#include "../kernels/fused.hpp"

namespace backplane::opencl {

namespace {

bool is_same_type(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  return a.dtype == b.dtype && a.rank == b.rank && a.layout == b.layout &&
         std::equal(a.shape, a.shape + a.rank, b.shape);
}

// How many operations a node is: Clip one a bound, Min and Max one less than they have inputs.
uint32_t operations_of(const bp_node_t& node) {
  const Node asked(node);
  if (asked.op() == "Clip") return uint32_t{asked.has_input(1)} + uint32_t{asked.has_input(2)};
  const Function* function = function_of_operator(asked.op());
  if (function == nullptr) return 0;
  return function->operands == 2 ? asked.input_count() - 1 : 1;
}

class Grower {
 public:
  Grower(const Device& device, const plugin::Graph& graph) : device_(device), graph_(graph) {}

  Tree grow(bp_node_id_t root) {
    const bp_node_t* found = graph_.node(root);
    if (found->output_count == 0 || !is_fusible(found, found->outputs[0])) return {};
    type_ = found->outputs[0];
    add(root);
    // The list grows while it is gone through.
    for (size_t next = 0; next < pending_.size(); ++next) {
      --open_;
      const bp_node_id_t producer = graph_.producer(pending_[next]);
      if (fits(producer))
        add(producer);
      else
        add_input(pending_[next]);
    }
    inputs_.clear();
    write(root);
    return {nodes_, inputs_, std::move(expression_)};
  }

 private:
  // Can this node be a part of one that makes a tensor of this type?
  bool is_fusible(const bp_node_t* node, const bp_tensor_type_t& type) const {
    if (node == nullptr || node->domain[0] != '\0' || node->output_count != 1) return false;
    if (operations_of(*node) == 0 || is_by_lanes(node->op)) return false;
    if (type.dtype != BP_DTYPE_FLOAT32 && type.dtype != BP_DTYPE_FLOAT16) return false;
    if (!is_same_type(node->outputs[0], type) || !is_served(Node(*node), device_)) return false;
    Repetition ignored;
    return std::all_of(node->inputs, node->inputs + node->input_count, [&](const auto& input) {
      return input.dtype == 0 ||
             (!has_unknown_size(input) && find_repetition(input, type, &ignored));
    });
  }
  // PoCL's sines are not the same in every lane (functions.cl).
  static bool is_by_lanes(std::string_view op) { return op == "Sin" || op == "Cos"; }

  // Is this value made by a node for one other alone, with every element needed?
  bool is_inner(bp_value_id_t value) const {
    return graph_.only_consumer(value) != BP_NONE &&
           is_fusible(graph_.node(graph_.producer(value)), type_);
  }

  // All of a pending value's operands may turn out to be inputs.
  bool fits(bp_node_id_t id) const {
    const bp_node_t& node = *graph_.node(id);
    size_t count = inputs_.size() + open_;
    for (uint32_t i = 0; i < node.input_count; ++i) {
      const bp_value_id_t value = graph_.input(id, i);
      if (value != BP_NONE && std::find(inputs_.begin(), inputs_.end(), value) == inputs_.end())
        ++count;
    }
    return count <= kMostInputs && operations_ + operations_of(node) <= kMostOperations;
  }

  void add(bp_node_id_t id) {
    const bp_node_t& node = *graph_.node(id);
    nodes_.push_back(id);
    operations_ += operations_of(node);
    for (uint32_t i = 0; i < node.input_count; ++i) {
      const bp_value_id_t value = graph_.input(id, i);
      if (value == BP_NONE) continue;
      if (is_inner(value)) {
        pending_.push_back(value);
        ++open_;
      } else {
        add_input(value);
      }
    }
  }

  uint32_t add_input(bp_value_id_t value) {
    const auto found = std::find(inputs_.begin(), inputs_.end(), value);
    const auto place = static_cast<uint32_t>(found - inputs_.begin());
    if (found == inputs_.end()) inputs_.push_back(value);
    return place;
  }

  // In postfix.
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
    step.input = add_input(value);
    expression_.push_back(step);
  }
  static std::vector<uint32_t> parameters_of(const bp_node_t& node) {
    std::vector<uint32_t> bits;
    for (const Parameter& one : function_of_operator(node.op)->parameters) {
      if (one.name == nullptr) continue;
      const float value = Node(node).float_attribute(one.name, one.fallback);
      bits.emplace_back();
      std::memcpy(&bits.back(), &value, sizeof value);
    }
    return bits;
  }

  const Device& device_;
  const plugin::Graph& graph_;
  bp_tensor_type_t type_ = {};
  std::vector<bp_node_id_t> nodes_;
  std::vector<bp_value_id_t> inputs_;
  std::vector<bp_value_id_t> pending_;  // inner values
  size_t open_ = 0;                     // of which so many are not yet decided
  uint32_t operations_ = 0;
  Expression expression_;
};

}  // namespace

Tree grow_tree(const Device& device, const plugin::Graph& graph, bp_node_id_t root) {
  return Grower(device, graph).grow(root);
}

}  // namespace backplane::opencl
