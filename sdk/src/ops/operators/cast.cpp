// Cast.
#include <fmt/format.h>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

constexpr int64_t kStringDtype = 8;  // TensorProto.STRING, no dtype of the ABI

Status infer_cast(Inference& node) {
  const int64_t to = node.integer("to");
  if (to == kStringDtype) return node.refuse(kString, "to string");
  const auto dtype = static_cast<bp_dtype_t>(to);
  const bool is_dtype = to > 0 && to < 32 && is_known_dtype(dtype);
  if (!is_dtype) return invalid_argument(fmt::format("attribute to is {}, no element type", to));
  if (!contains(kAny, dtype)) return node.refuse(kNoSchema, "to " + dtype_name(dtype));
  node.set_dtype(0, dtype);
  return node.set_shape(0, node.shape(0));
}

// In version 1 the type was a word.
Status upgrade_cast(Rewrite& rewrite) {
  struct Word {
    const char* text;
    int64_t dtype;
  };
  constexpr Word kWords[] = {
      {"FLOAT", BP_DTYPE_FLOAT32},   {"UINT8", BP_DTYPE_UINT8},    {"INT8", BP_DTYPE_INT8},
      {"UINT16", BP_DTYPE_UINT16},   {"INT16", BP_DTYPE_INT16},    {"INT32", BP_DTYPE_INT32},
      {"INT64", BP_DTYPE_INT64},     {"STRING", kStringDtype},     {"BOOL", BP_DTYPE_BOOL},
      {"FLOAT16", BP_DTYPE_FLOAT16}, {"DOUBLE", BP_DTYPE_FLOAT64}, {"UINT32", BP_DTYPE_UINT32},
      {"UINT64", BP_DTYPE_UINT64},
  };
  const std::string said = rewrite.take("to")->strings.front();
  for (const Word& word : kWords) {
    if (said != word.text) continue;
    rewrite.node().op.attributes.push_back(int_attribute("to", word.dtype));
    return {};
  }
  return invalid_argument(fmt::format("attribute to is \"{}\", no element type", said));
}

}  // namespace

void define_cast(Definitions& definitions) {
  definitions.add("Cast", {1, 6, 9, 13})
      .input("input", 0, kAny)
      .output("output", 0)
      .attribute("to", BP_ATTRIBUTE_STRING, Presence::kRequired, before(6))
      .attribute("to", BP_ATTRIBUTE_INT, Presence::kRequired, from(6))
      // Both only say something about 8-bit floating point, which no type here is.
      .attribute("saturate", BP_ATTRIBUTE_INT, Presence::kDead, from(19))
      .attribute("round_mode", BP_ATTRIBUTE_STRING, Presence::kDead, from(24))
      .widened_in(19)
      .form_since(6, upgrade_cast)
      .infers(infer_cast);
}

}  // namespace backplane::ops
