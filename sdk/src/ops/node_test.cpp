#include "ops/node.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace backplane::ops {
namespace {

Operator every_kind_of_attribute() {
  Operator op;
  op.domain = "com.acme";
  op.op = "Sample";
  op.name = "/layer1/Sample";
  op.since = 7;
  Attribute floats;
  floats.name = "scales";
  floats.kind = BP_ATTRIBUTE_FLOATS;
  floats.floats = {0.5f, 2.0f};
  Attribute strings;
  strings.name = "words";
  strings.kind = BP_ATTRIBUTE_STRINGS;
  strings.strings = {"a", std::string("b\0c", 3)};
  op.attributes = {int_attribute("axis", -1),
                   ints_attribute("pads", {1, 2, 3}),
                   ints_attribute("none", {}),
                   float_attribute("alpha", 0.25f),
                   floats,
                   string_attribute("mode", "edge"),
                   strings,
                   tensor_attribute("value", make_int64_constant({4, 5}))};
  return op;
}

const bp_attribute_t& attribute_of(const bp_node_t& node, const char* name) {
  for (uint32_t i = 0; i < node.attribute_count; ++i)
    if (std::strcmp(node.attributes[i].name, name) == 0) return node.attributes[i];
  ADD_FAILURE() << "no attribute " << name;
  return node.attributes[0];
}

TEST(AbiNode, SaysWhatTheOperatorSays) {
  const Operator op = every_kind_of_attribute();
  const AbiNode abi(op, {tensor_type(BP_DTYPE_FLOAT32, {2}), {}}, {tensor_type(BP_DTYPE_INT8, {3})},
                    {});
  const bp_node_t& node = abi.node();
  EXPECT_EQ(node.struct_size, sizeof(bp_node_t));
  EXPECT_EQ(node.since, 7u);
  EXPECT_STREQ(node.domain, "com.acme");
  EXPECT_STREQ(node.op, "Sample");
  EXPECT_STREQ(node.name, "/layer1/Sample");
  EXPECT_EQ(node.refused, 0u);
  ASSERT_EQ(node.input_count, 2u);
  EXPECT_EQ(node.inputs[0].dtype, static_cast<bp_dtype_t>(BP_DTYPE_FLOAT32));
  EXPECT_TRUE(is_absent(node.inputs[1]));
  ASSERT_EQ(node.output_count, 1u);
  EXPECT_EQ(node.outputs[0].shape[0], 3);
  EXPECT_EQ(node.constants, nullptr);
  EXPECT_EQ(node.input_strides, nullptr);
}

TEST(AbiNode, AttributesKeepTheirOrderKindAndValues) {
  const Operator op = every_kind_of_attribute();
  const AbiNode abi(op, {}, {}, {});
  const bp_node_t& node = abi.node();
  ASSERT_EQ(node.attribute_count, op.attributes.size());
  for (size_t i = 0; i < op.attributes.size(); ++i) {
    EXPECT_EQ(op.attributes[i].name, node.attributes[i].name);
    EXPECT_EQ(op.attributes[i].kind, node.attributes[i].kind);
  }
  EXPECT_EQ(*static_cast<const int64_t*>(attribute_of(node, "axis").data), -1);
  EXPECT_EQ(attribute_of(node, "pads").count, 3u);
  EXPECT_EQ(static_cast<const int64_t*>(attribute_of(node, "pads").data)[2], 3);
  EXPECT_EQ(attribute_of(node, "none").count, 0u);
  EXPECT_EQ(*static_cast<const float*>(attribute_of(node, "alpha").data), 0.25f);
  EXPECT_EQ(static_cast<const float*>(attribute_of(node, "scales").data)[1], 2.0f);
}

TEST(AbiNode, StringsMayHoldNulAndEndWithOne) {
  const Operator op = every_kind_of_attribute();
  const AbiNode abi(op, {}, {}, {});
  const auto* mode = static_cast<const bp_string_t*>(attribute_of(abi.node(), "mode").data);
  EXPECT_EQ(std::string(mode->data, mode->size), "edge");
  EXPECT_EQ(mode->data[mode->size], '\0');
  const bp_attribute_t& words = attribute_of(abi.node(), "words");
  ASSERT_EQ(words.count, 2u);
  const auto* word = static_cast<const bp_string_t*>(words.data);
  EXPECT_EQ(std::string(word[1].data, word[1].size), std::string("b\0c", 3));
}

TEST(AbiNode, TensorsAndConstantsShareTheirBytes) {
  const Operator op = every_kind_of_attribute();
  const ConstantPtr weight = make_int64_constant({9});
  const AbiNode abi(op, {weight->type, weight->type}, {}, {nullptr, weight});
  const auto* value = static_cast<const bp_constant_t*>(attribute_of(abi.node(), "value").data);
  EXPECT_EQ(value->data, op.attribute("value")->tensor->bytes());
  ASSERT_NE(abi.node().constants, nullptr);
  EXPECT_EQ(abi.node().constants[0], nullptr);
  ASSERT_NE(abi.node().constants[1], nullptr);
  EXPECT_EQ(abi.node().constants[1]->data, weight->bytes());
  EXPECT_EQ(abi.node().constants[1]->id, weight->id);
}

TEST(Constant, IsAnAlignedCopyWithAnIdOfItsOwn) {
  const int32_t values[] = {1, 2, 3};
  const ConstantPtr a = make_constant(tensor_type(BP_DTYPE_INT32, {3}), values);
  const ConstantPtr b = make_constant(tensor_type(BP_DTYPE_INT32, {3}), values);
  EXPECT_NE(a->bytes(), values);
  EXPECT_EQ(std::memcmp(a->bytes(), values, sizeof(values)), 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(a->bytes()) % 64, 0u);
  EXPECT_NE(a->id, 0u);
  EXPECT_NE(a->id, b->id);
}

TEST(Constant, OfATypeThatCannotBeIsNone) {
  EXPECT_EQ(make_constant(tensor_type(BP_DTYPE_FLOAT32, {-1}), nullptr), nullptr);
  EXPECT_EQ(make_constant(tensor_type(99, {1}), nullptr), nullptr);
  EXPECT_EQ(make_constant(tensor_type(BP_DTYPE_FLOAT32, {INT64_MAX}), nullptr), nullptr);
  EXPECT_NE(make_constant(tensor_type(BP_DTYPE_FLOAT32, {0}), nullptr), nullptr);
}

TEST(Constant, IntegersAreWidened) {
  const int32_t narrow[] = {-1, INT32_MAX};
  const ConstantPtr constant = make_constant(tensor_type(BP_DTYPE_INT32, {2}), narrow);
  EXPECT_EQ(*integers_of(constant->view()), (std::vector<int64_t>{-1, INT32_MAX}));
  EXPECT_EQ(*integers_of(make_int64_constant({INT64_MIN})->view()),
            (std::vector<int64_t>{INT64_MIN}));
  EXPECT_TRUE(integers_of(make_int64_constant({})->view())->empty());
}

TEST(Constant, OnlyIntegersAreIntegers) {
  const float value = 1.0f;
  const ConstantPtr constant = make_constant(tensor_type(BP_DTYPE_FLOAT32, {}), &value);
  const auto result = integers_of(constant->view());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(result.status().text(), "wanted int32 or int64, found float32[]");
}

TEST(Constant, WithoutLoadedBytesHasNoIntegers) {
  const bp_constant_t unloaded = {tensor_type(BP_DTYPE_INT64, {2}), nullptr, 0};
  EXPECT_EQ(integers_of(unloaded).status().code(), BP_STATUS_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace backplane::ops
