// The host's graph in pass_run: bp_graph_view_t as a class. Every edit that the host refuses is
// thrown as an Error, and the pass then has changed nothing.
#ifndef BACKPLANE_PLUGIN_GRAPH_HPP
#define BACKPLANE_PLUGIN_GRAPH_HPP

#include <backplane/graph.h>

#include <backplane/plugin/error.hpp>
#include <backplane/plugin/node.hpp>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace backplane::plugin {

// A node that is not in the graph yet. Owns what it says.
class NodeDraft {
 public:
  NodeDraft(std::string domain, std::string op, uint32_t since, std::string name)
      : domain_(std::move(domain)), op_(std::move(op)), name_(std::move(name)), since_(since) {}

  // Attributes of `node` as they are; what they point to has to outlive this draft.
  void copy_attributes(const bp_node_t& node) {
    attributes_.insert(attributes_.end(), node.attributes, node.attributes + node.attribute_count);
  }
  void add_int(const std::string& name, int64_t value) {
    ints_.push_back(value);
    add(name, BP_ATTRIBUTE_INT, 1, &ints_.back());
  }
  void add_ints(const std::string& name, std::vector<int64_t> values) {
    int_lists_.push_back(std::move(values));
    add(name, BP_ATTRIBUTE_INTS, int_lists_.back().size(), int_lists_.back().data());
  }
  void add_floats(const std::string& name, std::vector<float> values) {
    float_lists_.push_back(std::move(values));
    add(name, BP_ATTRIBUTE_FLOATS, float_lists_.back().size(), float_lists_.back().data());
  }
  void add_string(const std::string& name, std::string value) {
    texts_.push_back(std::move(value));
    strings_.push_back({texts_.back().data(), texts_.back().size()});
    add(name, BP_ATTRIBUTE_STRING, 1, &strings_.back());
  }

  void add_strings(const std::string& name, const std::vector<std::string>& values) {
    std::vector<bp_string_t>& list = string_lists_.emplace_back();
    for (const std::string& value : values) {
      texts_.push_back(value);
      list.push_back({texts_.back().data(), texts_.back().size()});
    }
    add(name, BP_ATTRIBUTE_STRINGS, list.size(), list.data());
  }

  void add_input(bp_value_id_t value) { inputs_.push_back(value); }  // BP_NONE: absent
  void add_output(const bp_tensor_type_t& type) { outputs_.push_back(type); }

 private:
  friend class Graph;

  void add(const std::string& name, bp_attribute_kind_t kind, size_t count, const void* data) {
    names_.push_back(name);
    attributes_.push_back({names_.back().c_str(), kind, static_cast<uint32_t>(count), data});
  }

  std::string domain_, op_, name_;
  uint32_t since_;
  std::vector<bp_value_id_t> inputs_;
  std::vector<bp_tensor_type_t> outputs_;
  std::vector<bp_attribute_t> attributes_;
  std::deque<std::string> names_, texts_;  // a deque: what is in it never moves
  std::deque<int64_t> ints_;
  std::deque<bp_string_t> strings_;
  std::deque<std::vector<bp_string_t>> string_lists_;
  std::deque<std::vector<int64_t>> int_lists_;
  std::deque<std::vector<float>> float_lists_;
};

// Borrows the graph for one pass. Ids are those of graph.h; BP_NONE is nothing.
class Graph {
 public:
  Graph(bp_graph_t* graph, const bp_graph_view_t& view) : graph_(graph), view_(view) {}

  // Calls body(id) for every node that is there by then, those that `body` adds included.
  template <class Body>
  void for_nodes(const Body& body) const {
    for (uint32_t position = 0; position < view_.node_count(graph_); ++position) {
      const bp_node_id_t id = view_.get_node_id(graph_, position);
      if (view_.get_node(graph_, id) != nullptr) body(id);
    }
  }

  const bp_node_t* node(bp_node_id_t id) const {  // nullptr: not there, or no more
    return id == BP_NONE ? nullptr : view_.get_node(graph_, id);
  }
  // Is it one of ai.onnx with this name?
  bool is(bp_node_id_t id, std::string_view op) const {
    const bp_node_t* found = node(id);
    return found != nullptr && found->domain[0] == '\0' && op == found->op;
  }
  bp_value_id_t input(bp_node_id_t node, uint32_t index) const {
    return view_.get_input(graph_, node, index);
  }
  bp_value_id_t output(bp_node_id_t node, uint32_t index) const {
    return view_.get_output(graph_, node, index);
  }

  const bp_value_info_t* value(bp_value_id_t id) const {  // nullptr: not there
    return id == BP_NONE ? nullptr : view_.get_value(graph_, id);
  }
  const bp_constant_t* constant(bp_value_id_t id) const {
    const bp_value_info_t* found = value(id);
    return found == nullptr ? nullptr : found->constant;
  }
  bp_node_id_t producer(bp_value_id_t id) const {
    const bp_value_info_t* found = value(id);
    return found == nullptr ? BP_NONE : found->producer;
  }
  // The one node that reads the value, once; BP_NONE when more do, none does, or the graph gives
  // the value to its caller.
  bp_node_id_t only_consumer(bp_value_id_t id) const {
    const bp_value_info_t* found = value(id);
    const bool is_single =
        found != nullptr && found->consumer_count == 1 && found->is_graph_output == 0;
    return is_single ? view_.get_consumer(graph_, id, 0) : BP_NONE;
  }

  bp_node_id_t add(const NodeDraft& draft) {
    const std::vector<const bp_constant_t*> constants = constants_of(draft);
    bp_node_t node = {};
    node.struct_size = sizeof node;
    node.since = draft.since_;
    node.domain = draft.domain_.c_str();
    node.op = draft.op_.c_str();
    node.name = draft.name_.c_str();
    const std::vector<bp_tensor_type_t> types = types_of(draft);
    node.input_count = static_cast<uint32_t>(types.size());
    node.output_count = static_cast<uint32_t>(draft.outputs_.size());
    node.attribute_count = static_cast<uint32_t>(draft.attributes_.size());
    node.inputs = types.data();
    node.outputs = draft.outputs_.data();
    node.attributes = draft.attributes_.data();
    node.constants = constants.data();
    bp_node_id_t added = BP_NONE;
    check(view_.add_node(graph_, &node, draft.inputs_.data(), &added), "add_node");
    return added;
  }
  bp_value_id_t add(const bp_constant_t& constant) {
    bp_value_id_t added = BP_NONE;
    check(view_.add_constant(graph_, &constant, &added), "add_constant");
    return added;
  }
  void replace(bp_value_id_t old_value, bp_value_id_t new_value) {
    check(view_.replace_value(graph_, old_value, new_value), "replace_value");
  }
  void remove(bp_node_id_t node) { check(view_.remove_node(graph_, node), "remove_node"); }

 private:
  std::vector<bp_tensor_type_t> types_of(const NodeDraft& draft) const {
    std::vector<bp_tensor_type_t> types(draft.inputs_.size());
    for (size_t i = 0; i < types.size(); ++i)
      if (const bp_value_info_t* found = value(draft.inputs_[i])) types[i] = *found->type;
    return types;
  }
  std::vector<const bp_constant_t*> constants_of(const NodeDraft& draft) const {
    std::vector<const bp_constant_t*> constants(draft.inputs_.size());
    for (size_t i = 0; i < constants.size(); ++i) constants[i] = constant(draft.inputs_[i]);
    return constants;
  }
  static void check(bp_status_t status, const char* what) {
    if (status != BP_OK) fail(status, std::string(what) + " was refused by the host");
  }

  bp_graph_t* graph_;
  const bp_graph_view_t& view_;
};

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_GRAPH_HPP
