#include "tree.hpp"

#include <algorithm>

#include "../kernel.hpp"
#include "../kernels/fused.hpp"
#include "fusible.hpp"

namespace backplane::opencl {

namespace {

class Grower {
 public:
  Grower(const Device& device, const plugin::Graph& graph) : device_(device), graph_(graph) {}

  Tree grow(bp_node_id_t root) {
    const bp_node_t* found = graph_.node(root);
    if (found->output_count == 0 || !fits_type(found, found->outputs[0])) return {};
    type_ = found->outputs[0];
    add(root);
    // The list grows while it is gone through.
    for (size_t next = 0; next < pending_.size(); ++next) {
      --open_;
      const bp_node_id_t producer = graph_.producer(pending_[next]);
      if (fits(producer))
        add(producer);
      else
        place_in(inputs_, pending_[next]);
    }
    inputs_.clear();
    Expression expression = write_expression(graph_, nodes_, root, inputs_);
    return {nodes_, inputs_, std::move(expression)};
  }

 private:
  // Can this node be a part of one that makes a tensor of this type?
  bool fits_type(const bp_node_t* node, const bp_tensor_type_t& type) const {
    if (!is_fusible(device_, node, type)) return false;
    Repetition ignored;
    return std::all_of(node->inputs, node->inputs + node->input_count, [&](const auto& input) {
      return input.dtype == 0 ||
             (!has_unknown_size(input) && find_repetition(input, type, &ignored));
    });
  }

  // Is this value made by a node for one other alone, with every element needed?
  bool is_inner(bp_value_id_t value) const {
    return graph_.only_consumer(value) != BP_NONE &&
           fits_type(graph_.node(graph_.producer(value)), type_);
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
        place_in(inputs_, value);
      }
    }
  }

  const Device& device_;
  const plugin::Graph& graph_;
  bp_tensor_type_t type_ = {};
  std::vector<bp_node_id_t> nodes_;
  std::vector<bp_value_id_t> inputs_;
  std::vector<bp_value_id_t> pending_;  // inner values
  size_t open_ = 0;                     // of which so many are not yet decided
  uint32_t operations_ = 0;
};

}  // namespace

Tree grow_tree(const Device& device, const plugin::Graph& graph, bp_node_id_t root) {
  return Grower(device, graph).grow(root);
}

}  // namespace backplane::opencl
