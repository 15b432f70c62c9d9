// Random nodes of every operator: nothing they say makes infer() crash, overflow or promise what
// does not hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ops/testing.hpp"
#include "ops/testing_random.hpp"

namespace backplane::ops {
namespace {

using testing::RandomNode;
using testing::text;

Status infer_node(const RandomNode& node, std::vector<bp_tensor_type_t>& outputs) {
  outputs.assign(node.output_count, bp_tensor_type_t{});
  const AbiNode abi(node.op, node.inputs, outputs, node.constants);
  return infer(abi.node(), outputs.data());
}

// Unknown sizes that may occur in the outputs: those of the inputs, and -1.
std::set<int64_t> unknown_sizes(const RandomNode& node) {
  std::set<int64_t> sizes = {-1};
  for (const bp_tensor_type_t& input : node.inputs)
    for (const int64_t size : input.shape)
      if (size < 0) sizes.insert(size);
  return sizes;
}

void check_type(const bp_tensor_type_t& type, const std::set<int64_t>& unknown,
                const RandomNode& node) {
  ASSERT_LE(type.rank, BP_MAX_RANK) << text(node);
  EXPECT_TRUE(is_known_dtype(type.dtype)) << text(node);
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    EXPECT_TRUE(type.shape[axis] >= 0 || unknown.count(type.shape[axis]) != 0) << text(node);
  EXPECT_TRUE(has_unknown_size(type) || byte_size(type).ok()) << text(node);
}

bool may_be_answered(bp_status_t code) {
  return code == BP_OK || code == BP_STATUS_INVALID_ARGUMENT || code == BP_STATUS_UNSUPPORTED ||
         code == BP_STATUS_NOT_READY;
}

TEST(Random, NothingMakesInferCrashOrGiveASizeThatIsNone) {
  testing::RandomNodes nodes({1, true});
  const std::vector<std::string> ops = known_operators();
  for (size_t i = 0; i < 100000; ++i) {
    const RandomNode node = nodes.next(ops[i % ops.size()]);
    std::vector<bp_tensor_type_t> outputs;
    Status status = infer_node(node, outputs);
    ASSERT_TRUE(may_be_answered(status.code())) << text(node) << status.text();
    if (!status.ok()) {
      EXPECT_NE(status.text().find(node.op.op), std::string::npos) << status.text();
      for (const bp_tensor_type_t& output : outputs) EXPECT_TRUE(is_absent(output));
      continue;
    }
    for (const bp_tensor_type_t& output : outputs) check_type(output, unknown_sizes(node), node);
  }
}

// Every size of `type` hidden behind a number of its own with a chance of one in three.
void hide_sizes(bp_tensor_type_t& type, std::mt19937& random) {
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    if (random() % 3 == 0) type.shape[axis] = random() % 3 == 0 ? -1 : -10 - type.shape[axis];
}

// What is said of hidden sizes holds for those that were hidden.
void check_holds(const bp_tensor_type_t& said, const bp_tensor_type_t& real,
                 const RandomNode& node) {
  ASSERT_EQ(said.rank, real.rank) << text(node);
  EXPECT_EQ(said.dtype, real.dtype) << text(node);
  for (uint16_t axis = 0; axis < said.rank; ++axis) {
    const int64_t size = said.shape[axis];
    const int64_t meant = size < -1 ? -10 - size : size;
    EXPECT_TRUE(size == -1 || meant == real.shape[axis])
        << text(node) << " axis " << axis << " of " << text(real);
  }
}

// The same node, knowing less: some sizes, and now and then a constant.
RandomNode hidden(const RandomNode& node, std::mt19937& random) {
  RandomNode result = node;
  for (size_t i = 0; i < result.inputs.size(); ++i) {
    if (result.constants[i] == nullptr) hide_sizes(result.inputs[i], random);
    if (random() % 4 == 0) result.constants[i] = nullptr;
  }
  return result;
}

TEST(Random, WhatIsSaidOfUnknownSizesHoldsForTheSizesTheyTurnOutToBe) {
  testing::RandomNodes nodes({2, false});
  std::mt19937 random(3);
  const std::vector<std::string> ops = known_operators();
  int compared = 0;
  for (size_t i = 0; i < 200000; ++i) {
    const RandomNode node = nodes.next(ops[i % ops.size()]);
    std::vector<bp_tensor_type_t> real;
    if (!infer_node(node, real).ok()) continue;
    const RandomNode less = hidden(node, random);
    std::vector<bp_tensor_type_t> said;
    Status status = infer_node(less, said);
    EXPECT_TRUE(status.ok() || status.code() == BP_STATUS_NOT_READY)
        << text(node) << " as " << text(less) << ": " << status.text();
    if (!status.ok()) continue;
    ++compared;
    for (size_t k = 0; k < said.size(); ++k) check_holds(said[k], real[k], less);
  }
  EXPECT_GT(compared, 50000);
}

}  // namespace
}  // namespace backplane::ops
