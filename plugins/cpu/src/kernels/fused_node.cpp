#include <algorithm>
#include <string>

#include "fused.hpp"

namespace backplane::cpu {

namespace {

struct Base {
  std::string_view op;
  uint32_t since;
  uint32_t input_count;
  bool has_channels;
};
constexpr Base kBases[] = {{"AveragePool", 11, 1, true},
                           {"Conv", 11, 3, true},
                           {"Gemm", 13, 3, false},
                           {"MatMul", 13, 2, false},
                           {"MaxPool", 12, 1, true}};

const Base* find_base(std::string_view op) {
  for (const Base& base : kBases)
    if (base.op == op) return &base;
  return nullptr;
}

bool says_channels_last(const Node& node) {
  const int64_t value = node.int_attribute(kChannelsLastAttribute, 0);
  if (value != 0 && (value != 1 || !find_base(node.op())->has_channels))
    refuse(node, std::string("attribute ") + kChannelsLastAttribute +
                     " is 0, or 1 where there are channels");
  if (value == 1 && (node.input(0).rank != 4 || node.output(0).rank != 4))
    refuse(node, "channels-last tensors are of rank 4, not " + to_text(node.input(0)));
  return value == 1;
}

}  // namespace

uint32_t base_since(std::string_view op) {
  const Base* base = find_base(op);
  return base != nullptr ? base->since : 0;
}

bp_tensor_type_t channels_first(const bp_tensor_type_t& type) {
  bp_tensor_type_t made = type;
  std::rotate(made.shape + 1, made.shape + type.rank - 1, made.shape + type.rank);
  return made;
}

bp_tensor_type_t channels_last(const bp_tensor_type_t& type) {
  bp_tensor_type_t made = type;
  std::rotate(made.shape + 1, made.shape + 2, made.shape + type.rank);
  return made;
}

BaseNode::BaseNode(const Node& fused)
    : is_channels_last_(says_channels_last(fused)),
      inputs_(fused.get().inputs, fused.get().inputs + fused.input_count()),
      output_(fused.output(0)),
      node_(fused.get()) {
  const Base& base = *find_base(fused.op());
  if (is_channels_last_) {
    inputs_[0] = channels_first(inputs_[0]);
    output_ = channels_first(output_);
  }
  node_.domain = "";
  node_.since = base.since;
  node_.input_count = std::min(node_.input_count, base.input_count);
  node_.inputs = inputs_.data();
  node_.outputs = &output_;
  node_.input_strides = nullptr;
}

Epilogue read_epilogue(const Node& node) {
  Epilogue epilogue;
  uint32_t count = 0;
  const bp_string_t* texts = node.strings_attribute(kEpilogueAttribute, &count);
  for (uint32_t i = 0; i < count; ++i) {
    const std::string_view text(texts[i].data, static_cast<size_t>(texts[i].size));
    if (!parse_step(text, &epilogue.emplace_back()))
      refuse(node, "no step of an epilogue: \"" + std::string(text) + "\"");
  }
  if (residual_count(epilogue) > kMaxResiduals)
    refuse(node, "an epilogue adds at most " + std::to_string(kMaxResiduals) + " tensors");
  return epilogue;
}

}  // namespace backplane::cpu
