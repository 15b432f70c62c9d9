#include "check/hash.hpp"

#include <backplane/stream.h>

#include "support/tensor_type.hpp"

namespace backplane::check {
namespace {

// How a node is taken into a hash.
struct NodeView {
  bool with_addresses;  // and the name: what a guard wants
  bool with_large_data;
};

bool has_bytes(const void* array, uint64_t count) { return array != nullptr && count != 0; }

template <class T>
void add_array(Hash& hash, const T* array, uint64_t count) {
  hash.add_number(count);
  if (has_bytes(array, count)) hash.add(array, count * sizeof(T));  // NOLINT: of pointers, too
}

void add_constant(Hash& hash, const bp_constant_t& constant, NodeView view) {
  if (view.with_addresses) hash.add(&constant, sizeof constant);
  hash.add(&constant.type, sizeof constant.type).add_number(constant.id);
  const Result<uint64_t> size = byte_size(constant.type);
  if (!size.ok() || *size == 0) return;
  const bool is_loaded = view.with_large_data && constant.data != nullptr;
  if (*size > kLargestAlwaysThere && !is_loaded) return;
  hash.add_number(constant.data != nullptr ? 1 : 0);
  if (constant.data != nullptr) hash.add(constant.data, *size);
}

void add_strings(Hash& hash, const bp_string_t* strings, uint32_t count, NodeView view) {
  if (view.with_addresses) add_array(hash, strings, count);
  for (uint32_t i = 0; strings != nullptr && i < count; ++i)
    add_array(hash, strings[i].data, strings[i].size);
}

void add_attribute(Hash& hash, const bp_attribute_t& attribute, NodeView view) {
  if (view.with_addresses) hash.add(&attribute, sizeof attribute);
  hash.add_text(attribute.name).add_number(attribute.kind);
  switch (attribute.kind) {
    case BP_ATTRIBUTE_FLOAT:
    case BP_ATTRIBUTE_FLOATS:
      add_array(hash, static_cast<const float*>(attribute.data), attribute.count);
      break;
    case BP_ATTRIBUTE_INT:
    case BP_ATTRIBUTE_INTS:
      add_array(hash, static_cast<const int64_t*>(attribute.data), attribute.count);
      break;
    case BP_ATTRIBUTE_STRING:
    case BP_ATTRIBUTE_STRINGS:
      add_strings(hash, static_cast<const bp_string_t*>(attribute.data), attribute.count, view);
      break;
    case BP_ATTRIBUTE_TENSOR:
      if (attribute.data != nullptr)
        add_constant(hash, *static_cast<const bp_constant_t*>(attribute.data), view);
      break;
    default:  // a graph: the host's own, opaque
      add_array(hash, static_cast<void* const*>(attribute.data), attribute.count);
  }
}

void add_constants(Hash& hash, const bp_node_t& node, NodeView view) {
  if (node.constants == nullptr) return;
  if (view.with_addresses) add_array(hash, node.constants, node.input_count);
  for (uint32_t i = 0; i < node.input_count; ++i) {
    hash.add_number(node.constants[i] != nullptr ? i + 1 : 0);
    if (node.constants[i] != nullptr) add_constant(hash, *node.constants[i], view);
  }
}

void add_strides(Hash& hash, const bp_node_t& node, NodeView view) {
  if (node.input_strides == nullptr || node.inputs == nullptr) return;
  if (view.with_addresses) add_array(hash, node.input_strides, node.input_count);
  for (uint32_t i = 0; i < node.input_count; ++i)
    add_array(hash, node.input_strides[i], std::min<uint32_t>(node.inputs[i].rank, BP_MAX_RANK));
}

uint64_t hash_of_node(const bp_node_t& given, NodeView view) {
  const bp_node_t node = known_part(given);
  Hash hash;
  if (view.with_addresses) hash.add(&node, sizeof node).add_text(node.name);
  hash.add_text(node.domain).add_text(node.op);
  hash.add_number(node.since).add_number(node.refused);
  add_array(hash, node.inputs, node.input_count);
  add_array(hash, node.outputs, node.output_count);
  hash.add_number(node.attribute_count);
  for (uint32_t i = 0; node.attributes != nullptr && i < node.attribute_count; ++i)
    add_attribute(hash, node.attributes[i], view);
  add_constants(hash, node, view);
  add_strides(hash, node, view);
  return hash.value();
}

template <class T>
void add_table(Hash& hash, const T* table) {
  hash.add_number(table != nullptr ? 1 : 0);
  if (table == nullptr) return;
  const T known = known_part(*table);
  hash.add(&known, sizeof known);
}

}  // namespace

Hash& Hash::add_number(uint64_t number) {
  value_ = (value_ ^ number) * 0x9e3779b97f4a7c15;
  value_ ^= value_ >> 32;
  return *this;
}

Hash& Hash::add(const void* bytes, uint64_t size) {
  const char* from = static_cast<const char*>(bytes);
  uint64_t word = 0;
  for (; size >= sizeof word; size -= sizeof word, from += sizeof word) {
    std::memcpy(&word, from, sizeof word);
    add_number(word);
  }
  word = size;
  std::memcpy(&word, from, size);
  return add_number(word).add_number(size);
}

Hash& Hash::add_text(const char* text) {
  return text != nullptr ? add(text, std::strlen(text)) : add_number(~uint64_t{0});
}

uint64_t guard_of_node(const bp_node_t& node) { return hash_of_node(node, {true, false}); }

uint64_t guard_of_options(const bp_option_t* options, uint32_t count) {
  Hash hash;
  add_array(hash, options, count);
  for (uint32_t i = 0; options != nullptr && i < count; ++i)
    hash.add_text(options[i].key).add_text(options[i].value);
  return hash.value();
}

uint64_t guard_of_types(const bp_tensor_type_t* types, uint32_t count) {
  Hash hash;
  add_array(hash, types, count);
  return hash.value();
}

uint64_t question_of_node(const bp_node_t& node, LargeConstants large) {
  return hash_of_node(node, {false, large == LargeConstants::kAsGiven});
}

uint64_t contents_of_device_info(const bp_device_info_t& given) {
  bp_device_info_t info = known_part(given);
  Hash hash;
  for (const char** text :
       {&info.name, &info.architecture, &info.driver_version, &info.uuid, &info.bus_address}) {
    hash.add_text(*text);
    *text = nullptr;
  }
  return hash.add(&info, sizeof info).value();
}

uint64_t contents_of_kernel_info(const bp_kernel_info_t& given, uint32_t input_count,
                                 uint32_t output_count) {
  bp_kernel_info_t info = known_part(given);
  const bool can_be = info.in_place_count <= uint64_t{input_count} * output_count;
  Hash hash;
  add_array(hash, info.inputs, info.inputs != nullptr ? input_count : 0);
  add_array(hash, info.in_place, can_be ? info.in_place_count : 0);
  add_array(hash, info.outputs, info.outputs != nullptr ? output_count : 0);
  info.outputs = nullptr;
  info.inputs = nullptr;
  info.in_place = nullptr;
  return hash.add(&info, sizeof info).value();
}

uint64_t contents_of_plugin(const bp_plugin_t& given) {
  const bp_plugin_t plugin = known_part(given);
  Hash hash;
  hash.add(&plugin, sizeof plugin);
  hash.add_text(plugin.id).add_text(plugin.version).add_text(plugin.vendor);
  hash.add_text(plugin.build_id);
  add_table(hash, plugin.memory);
  add_table(hash, plugin.kernel);
  add_table(hash, plugin.stream);
  return hash.value();
}

}  // namespace backplane::check
