#include "exec/node_key.hpp"

#include <cstring>

#include "support/tensor_type.hpp"

namespace backplane::exec {
namespace {

// One walk over a node for three uses: a sink takes runs of bytes.
template <class Sink, class T>
void number(Sink& sink, T value) {
  const auto wide = static_cast<uint64_t>(value);
  sink.take(&wide, sizeof wide);
}

template <class Sink>
void text(Sink& sink, const char* data, size_t size) {
  number(sink, size);
  sink.take(data, size);
}

template <class Sink>
void type(Sink& sink, const bp_tensor_type_t& type) {
  number(sink, uint64_t{type.dtype} | uint64_t{type.rank} << 32 | uint64_t{type.layout} << 48);
  sink.take(type.shape, type.rank * sizeof type.shape[0]);
}

template <class Sink>
void constant(Sink& sink, const bp_constant_t* constant) {
  number(sink, constant != nullptr);
  if (constant == nullptr) return;
  type(sink, constant->type);
  number(sink, constant->id);
  if (constant->id == 0) sink.take(constant->data, *byte_size(constant->type));
}

template <class Sink>
void attribute(Sink& sink, const bp_attribute_t& attribute) {
  text(sink, attribute.name, std::strlen(attribute.name));
  number(sink, uint64_t{attribute.kind} | uint64_t{attribute.count} << 32);
  const auto* strings = static_cast<const bp_string_t*>(attribute.data);
  switch (attribute.kind) {
    case BP_ATTRIBUTE_FLOAT:
    case BP_ATTRIBUTE_FLOATS:
      return sink.take(attribute.data, attribute.count * sizeof(float));
    case BP_ATTRIBUTE_INT:
    case BP_ATTRIBUTE_INTS:
      return sink.take(attribute.data, attribute.count * sizeof(int64_t));
    case BP_ATTRIBUTE_TENSOR:
      return constant(sink, static_cast<const bp_constant_t*>(attribute.data));
    default:
      for (uint32_t i = 0; i < attribute.count; ++i) text(sink, strings[i].data, strings[i].size);
  }
}

template <class Sink>
void walk(Sink& sink, const bp_node_t& node) {
  text(sink, node.op, std::strlen(node.op));
  text(sink, node.domain, std::strlen(node.domain));
  number(sink, uint64_t{node.since} | uint64_t{node.refused} << 32);
  number(sink, uint64_t{node.input_count} | uint64_t{node.output_count} << 32);
  for (uint32_t i = 0; i < node.input_count; ++i) {
    type(sink, node.inputs[i]);
    if (node.constants != nullptr) constant(sink, node.constants[i]);
    const int64_t* strides = node.input_strides != nullptr ? node.input_strides[i] : nullptr;
    number(sink, strides != nullptr);
    if (strides != nullptr) sink.take(strides, node.inputs[i].rank * sizeof strides[0]);
  }
  // Of the outputs only which are wanted counts: their types follow from the rest.
  for (uint32_t i = 0; node.outputs != nullptr && i < node.output_count; ++i)
    number(sink, node.outputs[i].dtype != 0);
  number(sink, node.attribute_count);
  for (uint32_t i = 0; i < node.attribute_count; ++i) attribute(sink, node.attributes[i]);
}

struct Hash {
  uint64_t value = 0x9e3779b97f4a7c15;

  void mix(uint64_t word) {
    value = (value ^ word) * 0xff51afd7ed558ccd;
    value ^= value >> 32;
  }
  void take(const void* data, size_t size) {
    const auto* bytes = static_cast<const char*>(data);
    uint64_t word = 0;
    for (; size >= sizeof word; size -= sizeof word, bytes += sizeof word) {
      std::memcpy(&word, bytes, sizeof word);
      mix(word);
    }
    if (size == 0) return;
    word = 0;
    std::memcpy(&word, bytes, size);
    mix(word);
  }
};

struct Record {
  std::vector<std::byte>& bytes;

  void take(const void* data, size_t size) {
    const auto* from = static_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), from, from + size);
  }
};

struct Comparison {
  const std::byte* expected;
  size_t left;
  bool is_equal = true;

  void take(const void* data, size_t size) {
    is_equal = is_equal && size <= left && (size == 0 || std::memcmp(expected, data, size) == 0);
    if (!is_equal) return;
    expected += size;
    left -= size;
  }
};

}  // namespace

uint64_t hash_node(const bp_node_t& node) {
  Hash hash;
  walk(hash, node);
  return hash.value;
}

NodeKey::NodeKey(const bp_node_t& node) {
  Record record{bytes_};
  walk(record, node);
}

bool NodeKey::matches(const bp_node_t& node) const {
  Comparison comparison{bytes_.data(), bytes_.size()};
  walk(comparison, node);
  return comparison.is_equal && comparison.left == 0;
}

}  // namespace backplane::exec
