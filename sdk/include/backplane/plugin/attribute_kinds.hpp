// The kinds that ONNX's attributes have.
#ifndef BACKPLANE_PLUGIN_ATTRIBUTE_KINDS_HPP
#define BACKPLANE_PLUGIN_ATTRIBUTE_KINDS_HPP

#include <backplane/plugin/node.hpp>
#include <string_view>

namespace backplane::plugin {

struct AttributeKind {
  std::string_view name;
  bp_attribute_kind_t kind;
};

// A name means one kind in all operators and versions of them, but for "p", "seed", "to" and
// "value", which whoever reads them looks at himself.
inline constexpr AttributeKind kAttributeKinds[] = {
    {"activation_alpha", BP_ATTRIBUTE_FLOATS},
    {"activation_beta", BP_ATTRIBUTE_FLOATS},
    {"activations", BP_ATTRIBUTE_STRINGS},
    {"align_corners", BP_ATTRIBUTE_INT},
    {"allowzero", BP_ATTRIBUTE_INT},
    {"alpha", BP_ATTRIBUTE_FLOAT},
    {"auto_pad", BP_ATTRIBUTE_STRING},
    {"axes", BP_ATTRIBUTE_INTS},
    {"axis", BP_ATTRIBUTE_INT},
    {"batch_dims", BP_ATTRIBUTE_INT},
    {"beta", BP_ATTRIBUTE_FLOAT},
    {"bias", BP_ATTRIBUTE_FLOAT},
    {"blocksize", BP_ATTRIBUTE_INT},
    {"broadcast", BP_ATTRIBUTE_INT},
    {"ceil_mode", BP_ATTRIBUTE_INT},
    {"clip", BP_ATTRIBUTE_FLOAT},
    {"consumed_inputs", BP_ATTRIBUTE_INTS},
    {"coordinate_transformation_mode", BP_ATTRIBUTE_STRING},
    {"count_include_pad", BP_ATTRIBUTE_INT},
    {"cubic_coeff_a", BP_ATTRIBUTE_FLOAT},
    {"detect_negative", BP_ATTRIBUTE_INT},
    {"detect_positive", BP_ATTRIBUTE_INT},
    {"dilations", BP_ATTRIBUTE_INTS},
    {"direction", BP_ATTRIBUTE_STRING},
    {"dtype", BP_ATTRIBUTE_INT},
    {"end", BP_ATTRIBUTE_INT},
    {"ends", BP_ATTRIBUTE_INTS},
    {"epsilon", BP_ATTRIBUTE_FLOAT},
    {"exclude_outside", BP_ATTRIBUTE_INT},
    {"exclusive", BP_ATTRIBUTE_INT},
    {"extrapolation_value", BP_ATTRIBUTE_FLOAT},
    {"fmod", BP_ATTRIBUTE_INT},
    {"gamma", BP_ATTRIBUTE_FLOAT},
    {"group", BP_ATTRIBUTE_INT},
    {"hidden_size", BP_ATTRIBUTE_INT},
    {"ignore_index", BP_ATTRIBUTE_INT},
    {"input_forget", BP_ATTRIBUTE_INT},
    {"is_test", BP_ATTRIBUTE_INT},
    {"k", BP_ATTRIBUTE_INT},
    {"keepdims", BP_ATTRIBUTE_INT},
    {"kernel_shape", BP_ATTRIBUTE_INTS},
    {"lambd", BP_ATTRIBUTE_FLOAT},
    {"largest", BP_ATTRIBUTE_INT},
    {"layout", BP_ATTRIBUTE_INT},
    {"linear_before_reset", BP_ATTRIBUTE_INT},
    {"max", BP_ATTRIBUTE_FLOAT},
    {"max_gram_length", BP_ATTRIBUTE_INT},
    {"max_skip_count", BP_ATTRIBUTE_INT},
    {"min", BP_ATTRIBUTE_FLOAT},
    {"min_gram_length", BP_ATTRIBUTE_INT},
    {"mode", BP_ATTRIBUTE_STRING},
    {"momentum", BP_ATTRIBUTE_FLOAT},
    {"nearest_mode", BP_ATTRIBUTE_STRING},
    {"ngram_counts", BP_ATTRIBUTE_INTS},
    {"ngram_indexes", BP_ATTRIBUTE_INTS},
    {"noop_with_empty_axes", BP_ATTRIBUTE_INT},
    {"output_height", BP_ATTRIBUTE_INT},
    {"output_padding", BP_ATTRIBUTE_INTS},
    {"output_sequence", BP_ATTRIBUTE_INT},
    {"output_shape", BP_ATTRIBUTE_INTS},
    {"output_width", BP_ATTRIBUTE_INT},
    {"padding_mode", BP_ATTRIBUTE_STRING},
    {"paddings", BP_ATTRIBUTE_INTS},
    {"pads", BP_ATTRIBUTE_INTS},
    {"perm", BP_ATTRIBUTE_INTS},
    {"pool_int64s", BP_ATTRIBUTE_INTS},
    {"pool_strings", BP_ATTRIBUTE_STRINGS},
    {"ratio", BP_ATTRIBUTE_FLOAT},
    {"reduction", BP_ATTRIBUTE_STRING},
    {"reverse", BP_ATTRIBUTE_INT},
    {"round_mode", BP_ATTRIBUTE_STRING},
    {"sampling_ratio", BP_ATTRIBUTE_INT},
    {"saturate", BP_ATTRIBUTE_INT},
    {"select_last_index", BP_ATTRIBUTE_INT},
    {"shape", BP_ATTRIBUTE_INTS},
    {"size", BP_ATTRIBUTE_INT},
    {"sorted", BP_ATTRIBUTE_INT},
    {"spatial", BP_ATTRIBUTE_INT},
    {"spatial_scale", BP_ATTRIBUTE_FLOAT},
    {"split", BP_ATTRIBUTE_INTS},
    {"start", BP_ATTRIBUTE_INT},
    {"starts", BP_ATTRIBUTE_INTS},
    {"stash_type", BP_ATTRIBUTE_INT},
    {"storage_order", BP_ATTRIBUTE_INT},
    {"strides", BP_ATTRIBUTE_INTS},
    {"training_mode", BP_ATTRIBUTE_INT},
    {"transA", BP_ATTRIBUTE_INT},
    {"transB", BP_ATTRIBUTE_INT},
    {"upper", BP_ATTRIBUTE_INT},
    {"value_float", BP_ATTRIBUTE_FLOAT},
    {"value_floats", BP_ATTRIBUTE_FLOATS},
    {"value_int", BP_ATTRIBUTE_INT},
    {"value_ints", BP_ATTRIBUTE_INTS},
    {"value_string", BP_ATTRIBUTE_STRING},
    {"value_strings", BP_ATTRIBUTE_STRINGS},
    {"weights", BP_ATTRIBUTE_FLOATS},
};

// Fails where an attribute of ONNX's domain is of another kind than its definition has. An operator
// may read an attribute only when it is made, and supports has to know by then. [BP-KERNEL-1]
inline void check_attribute_kinds(const Node& node) {
  if (!node.domain().empty()) return;
  for (uint32_t i = 0; i < node.get().attribute_count; ++i) {
    const bp_attribute_t& given = node.get().attributes[i];
    for (const AttributeKind& known : kAttributeKinds)
      if (known.name == given.name) node.require_kind(given, known.kind);
  }
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_ATTRIBUTE_KINDS_HPP
