#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "onnx/model_builder.hpp"

namespace backplane::onnx {
namespace {

using format::AttributeProto;

TEST(Summary, CountsWithoutRunning) {
  ModelBuilder model = ModelBuilder::relu();
  auto& branch = model.node("If", {"c"}, {"z"});
  format::GraphProto& body =
      *add_attribute(branch, "then_branch", AttributeProto::GRAPH).mutable_g();
  body.add_node()->set_op_type("Zap");
  body.mutable_node(0)->set_domain("com.acme");
  const std::string bytes = model.proto.SerializeAsString();
  const Result<Summary> summary = summarise(bytes.data(), bytes.size());
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(summary->operators, testing::ElementsAre("If", "Relu", "com.acme.Zap"));
  EXPECT_EQ(summary->opset, 17u);
  EXPECT_EQ(summary->node_count, 3u);
  EXPECT_TRUE(summary->only_tensors);
  EXPECT_TRUE(summary->has_subgraphs);
  EXPECT_FALSE(summary->only_standard_domain);
  EXPECT_FALSE(summary->has_strings);
}

}  // namespace
}  // namespace backplane::onnx
