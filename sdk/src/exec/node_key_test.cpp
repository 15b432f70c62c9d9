#include "exec/node_key.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "graph/from_abi.hpp"
#include "support/tensor_type.hpp"

namespace backplane::exec {
namespace {

// A node with something of everything, to change one thing at a time.
struct Everything {
  float weights[2] = {1, 2};
  int64_t axes[2] = {0, 1};
  int64_t strides[2] = {3, 1};
  float alpha = 0.5f;
  bp_string_t mode = {"linear", 6};
  bp_constant_t constant = {tensor_type(BP_DTYPE_FLOAT32, {2}), weights, 0};
  bp_tensor_type_t inputs[2] = {tensor_type(BP_DTYPE_FLOAT32, {4, 3}), constant.type};
  bp_tensor_type_t outputs[2] = {tensor_type(BP_DTYPE_FLOAT32, {4, 3}), {}};
  const bp_constant_t* constants[2] = {nullptr, &constant};
  const int64_t* input_strides[2] = {strides, nullptr};
  bp_attribute_t attributes[3] = {{"axes", BP_ATTRIBUTE_INTS, 2, axes},
                                  {"alpha", BP_ATTRIBUTE_FLOAT, 1, &alpha},
                                  {"mode", BP_ATTRIBUTE_STRING, 1, &mode}};
  bp_node_t node = {
      sizeof(bp_node_t), 13,         "",        "Gemm",       "a name", 2, 2, 3, 0, inputs,
      outputs,           attributes, constants, input_strides};
};

struct Change {
  const char* what;
  std::function<void(Everything&)> make;
  bool is_seen = true;
};

const Change kChanges[] = {
    {"nothing", [](Everything&) {}, false},
    {"the name", [](Everything& e) { e.node.name = "another"; }, false},
    {"the operator", [](Everything& e) { e.node.op = "Gemn"; }},
    {"the domain", [](Everything& e) { e.node.domain = "com.acme"; }},
    {"since", [](Everything& e) { e.node.since = 11; }},
    {"refused", [](Everything& e) { e.node.refused = 1; }},
    {"an input's dtype", [](Everything& e) { e.inputs[0].dtype = BP_DTYPE_FLOAT64; }},
    {"an input's size", [](Everything& e) { e.inputs[0].shape[1] = 4; }},
    {"an input's rank", [](Everything& e) { e.inputs[0].rank = 1; }},
    {"entries past the rank", [](Everything& e) { e.inputs[0].shape[5] = 9; }, false},
    {"which outputs are wanted", [](Everything& e) { e.outputs[1] = e.outputs[0]; }},
    {"strides", [](Everything& e) { e.strides[0] = 5; }},
    {"that there are strides", [](Everything& e) { e.input_strides[0] = nullptr; }},
    {"a constant's bytes", [](Everything& e) { e.weights[1] = 3; }},
    {"that there is a constant", [](Everything& e) { e.constants[1] = nullptr; }},
    {"a constant's id", [](Everything& e) { e.constant.id = 7; }},
    {"an integer", [](Everything& e) { e.axes[1] = 2; }},
    {"a float", [](Everything& e) { e.alpha = 0.25f; }},
    {"a string",
     [](Everything& e) {
       e.mode = {"cubic!", 6};
     }},
    {"an attribute's name", [](Everything& e) { e.attributes[0].name = "axis"; }},
    {"the number of attributes", [](Everything& e) { e.node.attribute_count = 2; }},
};

TEST(NodeKey, SeesEverythingButTheName) {
  Everything first;
  ASSERT_TRUE(graph::check_node(first.node).ok()) << graph::check_node(first.node).text();
  const NodeKey key(first.node);
  for (const Change& change : kChanges) {
    Everything second;
    change.make(second);
    EXPECT_EQ(key.matches(second.node), !change.is_seen) << change.what;
    EXPECT_EQ(hash_node(first.node) == hash_node(second.node), !change.is_seen) << change.what;
  }
}

TEST(NodeKey, ConstantsWithAnIdAreKnownByIt) {
  Everything first;
  Everything second;
  first.constant.id = second.constant.id = 5;
  second.weights[0] = 77;
  EXPECT_TRUE(NodeKey(first.node).matches(second.node));
}

// What cannot be read is refused, not read.
const Change kBroken[] = {
    {"struct_size", [](Everything& e) { e.node.struct_size = 8; }},
    {"no operator", [](Everything& e) { e.node.op = nullptr; }},
    {"no domain", [](Everything& e) { e.node.domain = nullptr; }},
    {"no outputs", [](Everything& e) { e.node.output_count = 0; }},
    {"no inputs", [](Everything& e) { e.node.inputs = nullptr; }},
    {"a rank", [](Everything& e) { e.inputs[0].rank = 9; }},
    {"a dtype", [](Everything& e) { e.inputs[0].dtype = 99; }},
    {"an output's rank", [](Everything& e) { e.outputs[0].rank = 99; }},
    {"a constant without data", [](Everything& e) { e.constant.data = nullptr; }},
    {"a constant of another type", [](Everything& e) { e.constant.type.shape[0] = 1; }},
    {"a constant of unknown size", [](Everything& e) { e.constant.type.shape[0] = -1; }},
    {"a constant that overflows", [](Everything& e) { e.constant.type.shape[0] = INT64_MAX; }},
    {"a constant's id", [](Everything& e) { e.constant.id = UINT64_MAX; }},
    {"no attributes", [](Everything& e) { e.node.attributes = nullptr; }},
    {"an attribute without name", [](Everything& e) { e.attributes[0].name = nullptr; }},
    {"an attribute without data", [](Everything& e) { e.attributes[1].data = nullptr; }},
    {"an attribute's kind", [](Everything& e) { e.attributes[1].kind = 77; }},
    {"an attribute's count", [](Everything& e) { e.attributes[1].count = 2; }},
    {"a string without data", [](Everything& e) { e.mode.data = nullptr; }},
};

TEST(FromAbi, NodesThatCannotBeReadAreRefused) {
  for (const Change& change : kBroken) {
    Everything everything;
    change.make(everything);
    EXPECT_EQ(graph::check_node(everything.node).code(), BP_STATUS_INVALID_ARGUMENT) << change.what;
    EXPECT_FALSE(graph::check_node(everything.node).text().empty());
  }
}

TEST(FromAbi, AGraphAsAttributeIsUnsupported) {
  Everything everything;
  everything.attributes[0].kind = BP_ATTRIBUTE_GRAPH;
  EXPECT_EQ(graph::check_node(everything.node).code(), BP_STATUS_UNSUPPORTED);
}

TEST(FromAbi, AnOperatorHasWhatTheNodeHad) {
  Everything everything;
  const ops::Operator op = graph::operator_from(everything.node);
  EXPECT_EQ(op.op, "Gemm");
  EXPECT_EQ(op.name, "a name");
  EXPECT_EQ(op.since, 13u);
  ASSERT_EQ(op.attributes.size(), 3u);
  EXPECT_EQ(op.attributes[0].ints, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(op.attributes[1].floats, std::vector<float>{0.5f});
  EXPECT_EQ(op.attributes[2].strings, std::vector<std::string>{"linear"});
}

TEST(FromAbi, CallersIdsAndTheHostsOwnNeverMeet) {
  Everything everything;
  everything.constant.id = 1;
  const Result<ops::ConstantPtr> theirs = graph::constant_from(everything.constant);
  everything.constant.id = 0;
  const Result<ops::ConstantPtr> ours = graph::constant_from(everything.constant);
  EXPECT_NE((*theirs)->id, 1u);
  EXPECT_NE((*ours)->id, 0u);
  EXPECT_GT((*theirs)->id, uint64_t{1} << 62);
  EXPECT_LT((*ours)->id, uint64_t{1} << 62);
}

}  // namespace
}  // namespace backplane::exec
