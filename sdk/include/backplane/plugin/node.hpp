// Reading a bp_node_t: what an operator's check() and constructor need.
#ifndef BACKPLANE_PLUGIN_NODE_HPP
#define BACKPLANE_PLUGIN_NODE_HPP

#include <backplane/kernel.h>

#include <backplane/plugin/error.hpp>
#include <string>
#include <string_view>

namespace backplane::plugin {

// A bp_node_t to read from; borrows it.
class Node {
 public:
  explicit Node(const bp_node_t& node) : node_(node) {}

  const bp_node_t& get() const { return node_; }
  std::string_view domain() const { return node_.domain; }
  std::string_view op() const { return node_.op; }
  uint32_t since() const { return node_.since; }
  uint32_t input_count() const { return node_.input_count; }
  uint32_t output_count() const { return node_.output_count; }

  // Past the end is the same as absent: dtype 0.
  const bp_tensor_type_t& input(uint32_t index) const {
    return index < node_.input_count ? node_.inputs[index] : absent();
  }
  const bp_tensor_type_t& output(uint32_t index) const {
    return index < node_.output_count ? node_.outputs[index] : absent();
  }
  bool has_input(uint32_t index) const { return input(index).dtype != 0; }
  bool has_output(uint32_t index) const { return output(index).dtype != 0; }

  // The value of an input that never changes, or nullptr. Its data may be NULL in supports().
  const bp_constant_t* constant(uint32_t index) const {
    return node_.constants != nullptr && index < node_.input_count ? node_.constants[index]
                                                                   : nullptr;
  }

  const bp_attribute_t* attribute(std::string_view name) const {
    for (uint32_t i = 0; i < node_.attribute_count; ++i)
      if (name == node_.attributes[i].name) return &node_.attributes[i];
    return nullptr;
  }
  // Fails with INVALID_ARGUMENT when `attribute` of this node is of another kind: its data cannot
  // be read.
  void require_kind(const bp_attribute_t& attribute, bp_attribute_kind_t kind) const {
    if (attribute.kind != kind)
      fail(BP_STATUS_INVALID_ARGUMENT, std::string(op()) + ": attribute \"" + attribute.name +
                                           "\" is of kind " + kind_name(attribute.kind) +
                                           ", and not " + kind_name(kind));
  }
  int64_t int_attribute(std::string_view name, int64_t fallback) const {
    const bp_attribute_t* found = attribute_of(name, BP_ATTRIBUTE_INT);
    return found != nullptr ? *static_cast<const int64_t*>(found->data) : fallback;
  }
  float float_attribute(std::string_view name, float fallback) const {
    const bp_attribute_t* found = attribute_of(name, BP_ATTRIBUTE_FLOAT);
    return found != nullptr ? *static_cast<const float*>(found->data) : fallback;
  }
  std::string_view string_attribute(std::string_view name, std::string_view fallback) const {
    const bp_attribute_t* found = attribute_of(name, BP_ATTRIBUTE_STRING);
    if (found == nullptr) return fallback;
    const auto* text = static_cast<const bp_string_t*>(found->data);
    return {text->data, static_cast<size_t>(text->size)};
  }
  // nullptr when the node does not have it; else `*out_count` of them.
  const bp_string_t* strings_attribute(std::string_view name, uint32_t* out_count) const {
    const bp_attribute_t* found = attribute_of(name, BP_ATTRIBUTE_STRINGS);
    *out_count = found != nullptr ? found->count : 0;
    return found != nullptr ? static_cast<const bp_string_t*>(found->data) : nullptr;
  }
  const int64_t* ints_attribute(std::string_view name, uint32_t* out_count) const {
    const bp_attribute_t* found = attribute_of(name, BP_ATTRIBUTE_INTS);
    *out_count = found != nullptr ? found->count : 0;
    return found != nullptr ? static_cast<const int64_t*>(found->data) : nullptr;
  }

 private:
  static const bp_tensor_type_t& absent() {
    static const bp_tensor_type_t none = {};
    return none;
  }
  static std::string kind_name(bp_attribute_kind_t kind) {
    constexpr const char* kNames[] = {"FLOAT", "INT",    "STRING", "TENSOR",
                                      "GRAPH", "FLOATS", "INTS",   "STRINGS"};
    return kind >= BP_ATTRIBUTE_FLOAT && kind <= BP_ATTRIBUTE_STRINGS
               ? kNames[kind - BP_ATTRIBUTE_FLOAT]
               : std::to_string(kind);
  }
  const bp_attribute_t* attribute_of(std::string_view name, bp_attribute_kind_t kind) const {
    const bp_attribute_t* found = attribute(name);
    if (found != nullptr) require_kind(*found, kind);
    return found;
  }

  const bp_node_t& node_;
};

// Refuses a node that has a tensor of another type than `dtype`; absent ones do not count.
inline void require_dtype(const Node& node, bp_dtype_t dtype) {
  const auto check = [&](const bp_tensor_type_t& type, const char* what, uint32_t index) {
    if (type.dtype == 0 || type.dtype == dtype) return;
    fail(BP_STATUS_UNSUPPORTED, std::string(node.op()) + ": " + what + " " + std::to_string(index) +
                                    " is of type " + std::to_string(type.dtype) + ", only " +
                                    std::to_string(dtype) + " is supported");
  };
  for (uint32_t i = 0; i < node.input_count(); ++i) check(node.input(i), "input", i);
  for (uint32_t i = 0; i < node.output_count(); ++i) check(node.output(i), "output", i);
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_NODE_HPP
