#include "ops/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "ops/schema.hpp"
#include "ops/testing.hpp"

namespace backplane::ops {
namespace {

TEST(Table, KnowsTheStarterOperatorsAndTheDataMovement) {
  for (const char* op : {"Add",
                         "Sub",
                         "Mul",
                         "Div",
                         "MatMul",
                         "Gemm",
                         "Conv",
                         "Relu",
                         "Sigmoid",
                         "Tanh",
                         "Softmax",
                         "MaxPool",
                         "AveragePool",
                         "GlobalAveragePool",
                         "BatchNormalization",
                         "Clip",
                         "Concat",
                         "Reshape",
                         "Transpose",
                         "Flatten",
                         "ReduceMean",
                         "Sqrt",
                         "Pow",
                         "Constant",
                         "Identity",
                         "Squeeze",
                         "Unsqueeze",
                         "Cast",
                         "Slice",
                         "Gather",
                         "Expand",
                         "Split",
                         "Pad",
                         "Shape"})
    EXPECT_TRUE(is_known(op, 17)) << op;
}

TEST(Table, KnowsWhatDrawsAtRandom) {
  std::vector<std::string> drawing;
  for (const std::string& op : known_operators())
    if (draws_at_random(op)) drawing.push_back(op);
  EXPECT_EQ(drawing, (std::vector<std::string>{"Bernoulli", "RandomNormal", "RandomNormalLike",
                                               "RandomUniform", "RandomUniformLike"}));
  EXPECT_FALSE(draws_at_random("Frobnicate"));
}

TEST(Table, KnowsFromWhichOpsetAndUpToWhichChange) {
  EXPECT_FALSE(is_known("Expand", 7));
  EXPECT_TRUE(is_known("Expand", 8));
  EXPECT_TRUE(is_known("ReduceMean", 17));
  EXPECT_FALSE(is_known("ReduceMean", 18));
  EXPECT_TRUE(is_known("MatMul", 25));
  EXPECT_FALSE(is_known("MatMul", 26));
  EXPECT_FALSE(is_known("MatMul", 0));
  EXPECT_FALSE(is_known("Frobnicate", 17));
}

TEST(Table, ListsOperatorsInOrder) {
  const std::vector<std::string> names = known_operators();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(Definitions, OfReplacedOperatorsEndWhereTheyAreReplaced) {
  std::vector<std::string> replaced;
  for (const auto& [name, definition] : definitions().all()) {
    if (!definition.is_replaced()) continue;
    replaced.push_back(name);
    EXPECT_EQ(definition.infer, nullptr) << name;
    EXPECT_NE(definition.upgrade, nullptr) << name;
    EXPECT_EQ(definition.changed, definition.form) << name;
  }
  EXPECT_EQ(replaced, (std::vector<std::string>{"Scatter", "Upsample"}));
}

TEST(Definitions, AreWhole) {
  for (const auto& entry : definitions().all()) {
    const Definition& definition = entry.second;
    EXPECT_EQ(definition.op, entry.first);
    if (definition.is_replaced()) continue;
    EXPECT_NE(definition.infer, nullptr) << entry.first;
    EXPECT_TRUE(std::is_sorted(definition.versions.begin(), definition.versions.end()));
    EXPECT_LE(definition.newest(), kReferenceOpset) << entry.first;
    EXPECT_EQ(std::count(definition.versions.begin(), definition.versions.end(), definition.form),
              1)
        << entry.first;
    EXPECT_EQ(definition.upgrade == nullptr, definition.form == definition.versions.front())
        << entry.first;
    EXPECT_TRUE(definition.changed == 0 || definition.changed > kReferenceOpset) << entry.first;
    EXPECT_TRUE(definition.widened == 0 || definition.widened > kReferenceOpset) << entry.first;
    for (const Parameter* input : definition.inputs_of(definition.newest()))
      EXPECT_NE(input->types, 0u) << entry.first << " " << input->name;
  }
}

bp_node_t relu() {
  static const bp_tensor_type_t input = tensor_type(BP_DTYPE_FLOAT32, {2});
  bp_node_t node = {};
  node.struct_size = sizeof(node);
  node.since = 14;
  node.domain = "";
  node.op = "Relu";
  node.name = "";
  node.input_count = 1;
  node.output_count = 1;
  node.inputs = &input;
  return node;
}

TEST(Infer, NeedsNeitherOutputsNorConstantsNorAttributes) {
  bp_tensor_type_t output = {};
  EXPECT_TRUE(infer(relu(), &output).ok());
  EXPECT_EQ(testing::text(output), "float32[2]");
}

TEST(Infer, TakesOlderVersionsOfTheSameForm) {
  bp_tensor_type_t output = {};
  bp_node_t node = relu();
  node.since = 6;
  EXPECT_TRUE(infer(node, &output).ok());
  node.since = 7;
  EXPECT_EQ(infer(node, &output).text(),
            "no schema yet: Relu: version 7 is not the form used here, 14 is");
}

TEST(Infer, NamesAnOperatorThatItDoesNotKnow) {
  bp_tensor_type_t output = {};
  bp_node_t node = relu();
  node.domain = "com.acme";
  Status status = infer(node, &output);
  EXPECT_EQ(status.code(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(status.text(),
            "no schema yet: Relu: not an operator of domain \"com.acme\" known here");
  node.op = nullptr;
  EXPECT_EQ(infer(node, &output).code(), BP_STATUS_INVALID_ARGUMENT);
}

TEST(Infer, WritesNothingWhenItFails) {
  bp_node_t node = relu();
  node.input_count = 0;
  bp_tensor_type_t output = tensor_type(BP_DTYPE_INT8, {9});
  EXPECT_FALSE(infer(node, &output).ok());
  EXPECT_EQ(testing::text(output), "int8[9]");
}

TEST(Infer, ReadsNoBytesThatAreNotLoaded) {
  const bp_tensor_type_t types[] = {tensor_type(BP_DTYPE_FLOAT32, {6}),
                                    tensor_type(BP_DTYPE_INT64, {2})};
  const bp_constant_t unloaded = {types[1], nullptr, 0};
  const bp_constant_t* const constants[] = {nullptr, &unloaded};
  bp_node_t node = relu();
  node.op = "Reshape";
  node.input_count = 2;
  node.inputs = types;
  node.constants = constants;
  bp_tensor_type_t output = {};
  ASSERT_TRUE(infer(node, &output).ok());
  EXPECT_EQ(testing::text(output), "float32[-1,-1]");
}

TEST(Infer, AConstantMustBeWhatTheInputSays) {
  const ConstantPtr shape = make_int64_constant({2, 3});
  Operator reshape;
  reshape.op = "Reshape";
  reshape.since = 14;
  bp_tensor_type_t output = {};
  const AbiNode node(reshape,
                     {tensor_type(BP_DTYPE_FLOAT32, {6}), tensor_type(BP_DTYPE_INT64, {3})},
                     {output}, {nullptr, shape});
  EXPECT_EQ(infer(node.node(), &output).text(),
            "Reshape: input 1 is int64[3], but its constant is int64[2]");
}

TEST(Infer, ARankThatIsNoneIsRefused) {
  bp_tensor_type_t input = tensor_type(BP_DTYPE_FLOAT32, {2});
  input.rank = 9;
  bp_node_t node = relu();
  node.inputs = &input;
  bp_tensor_type_t output = {};
  EXPECT_EQ(infer(node, &output).text(), "Relu: input 0 has rank 9, at most 8 is possible");
}

TEST(Infer, AnAttributeWithoutDataIsRefused) {
  const bp_attribute_t attribute = {"alpha", BP_ATTRIBUTE_FLOAT, 1, nullptr};
  bp_node_t node = relu();
  node.op = "Elu";
  node.since = 6;
  node.attribute_count = 1;
  node.attributes = &attribute;
  bp_tensor_type_t output = {};
  EXPECT_EQ(infer(node, &output).text(), "Elu: attribute alpha has no data");
}

}  // namespace
}  // namespace backplane::ops
