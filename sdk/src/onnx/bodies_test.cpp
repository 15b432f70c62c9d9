// Bodies that read, and damaged ones that are refused in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/print.hpp"
#include "onnx/model_builder.hpp"

namespace backplane::onnx {
namespace {

using format::AttributeProto;
using testing::HasSubstr;
using testing::StartsWith;

ModelBuilder branch(const std::string& op, const std::vector<std::string>& inputs) {
  ModelBuilder body;
  body.node(op, inputs, {"out"}, "inner");
  body.output("out");
  return body;
}

ModelBuilder with_if(const ModelBuilder& then_branch, const ModelBuilder& else_branch) {
  ModelBuilder model;
  model.input("c", {}, kBool);
  model.input("x", {2});
  format::NodeProto& node = model.node("If", {"c"}, {"y"}, "f");
  add_body(node, "then_branch", then_branch);
  add_body(node, "else_branch", else_branch);
  model.output("y");
  return model;
}

ModelBuilder loop_body() {
  ModelBuilder body;
  body.input("i", {}, kInt64);
  body.input("going", {}, kBool);
  body.input("v");
  body.node("Neg", {"v"}, {"n"}, "inner");
  for (const char* name : {"going", "n", "v"}) body.output(name);
  return body;
}

ModelBuilder with_loop(const ModelBuilder& body, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs) {
  ModelBuilder model;
  model.input("m", {}, kInt64);
  model.input("x", {2});
  add_body(model.node("Loop", inputs, outputs, "l"), "body", body);
  model.output(outputs[0]);
  return model;
}

format::GraphProto& body_of(ModelBuilder& model, int attribute = 0) {
  return *model.graph().mutable_node(0)->mutable_attribute(attribute)->mutable_g();
}

TEST(Bodies, AreReadWithWhatTheyCapture) {
  ModelBuilder then_branch = branch("Add", {"x", "k"});
  then_branch.floats("k", {2}, {1, 2});
  const Result<graph::Graph> graph = with_if(then_branch, branch("Neg", {"x"})).read();
  ASSERT_TRUE(graph.ok()) << graph.status().text();
  EXPECT_EQ(
      graph::to_text(*graph),
      "input c: bool[]\n"
      "input x: float32[2]\n"
      "y: float32[2] = If-16(c, x) {else_branch=body of 1 nodes, then_branch=body of 1 nodes} "
      "\"f\"\n"
      "output y\n");
  EXPECT_EQ(graph->node(0).bodies->captured, std::vector<std::string>{"x"});
  EXPECT_EQ(graph->node(0).bodies->all.at("then_branch").constants.size(), 1u);
}

TEST(Bodies, ANameOfTheirOwnHidesTheOneAround) {
  ModelBuilder body = loop_body();
  body.graph().mutable_input(2)->set_name("x");
  body.graph().mutable_node(0)->set_input(0, "x");
  body.graph().mutable_output(2)->set_name("x");
  const Result<graph::Graph> graph = with_loop(body, {"m", "", "x"}, {"y", "all"}).read();
  ASSERT_TRUE(graph.ok()) << graph.status().text();
  EXPECT_TRUE(graph->node(0).bodies->captured.empty());
}

// What is carried keeps its sizes, and what is stacked has an unknown one more.
TEST(Bodies, GiveALoopItsTypes) {
  const Result<graph::Graph> graph = with_loop(loop_body(), {"m", "", "x"}, {"y", "all"}).read();
  ASSERT_TRUE(graph.ok()) << graph.status().text();
  EXPECT_EQ(to_text(graph->value(graph->find("y")).type), "float32[2]");
  EXPECT_EQ(to_text(graph->value(graph->find("all")).type), "float32[?,2]");
}

TEST(Bodies, OfAnotherTypeInEachBranchAreRefused) {
  ModelBuilder else_branch = branch("Cast", {"x"});
  add_attribute(*else_branch.graph().mutable_node(0), "to", AttributeProto::INT).set_i(kInt64);
  EXPECT_EQ(with_if(branch("Neg", {"x"}), else_branch).failure(),
            "INVALID_ARGUMENT: node \"f\": an output is float32[2] and int64[2] in the two "
            "branches");
}

TEST(Bodies, AConditionOfAnotherTypeIsRefused) {
  ModelBuilder model = with_if(branch("Neg", {"x"}), branch("Abs", {"x"}));
  model.graph().mutable_node(0)->set_input(0, "x");
  EXPECT_EQ(model.failure(),
            "INVALID_ARGUMENT: node \"f\": the condition is float32[2], one bool is wanted");
}

TEST(Bodies, OfRanksThatChangeNeedADeclaredType) {
  ModelBuilder else_branch = branch("Unsqueeze", {"x", "axes"});
  else_branch.integers("axes", {0});
  ModelBuilder model = with_if(branch("Neg", {"x"}), else_branch);
  EXPECT_THAT(model.failure(), StartsWith("UNSUPPORTED: unknown size: an output is float32[2] and "
                                          "float32[1,2] in the two branches"));
}

TEST(Bodies, ThatAreNotThereOrHalfThereAreCorrupt) {
  ModelBuilder model = with_if(branch("Neg", {"x"}), branch("Abs", {"x"}));
  model.graph().mutable_node(0)->mutable_attribute()->RemoveLast();
  EXPECT_EQ(model.failure(), "CORRUPT: node \"f\": If has no body \"else_branch\"");
  model = with_if(branch("Neg", {"x"}), branch("Abs", {"x"}));
  model.graph().mutable_node(0)->mutable_attribute(0)->set_type(AttributeProto::INT);
  EXPECT_EQ(model.failure(), "CORRUPT: node \"f\": If has no body \"then_branch\"");
  model = with_if(branch("Neg", {"x"}), branch("Abs", {"x"}));
  *model.graph().mutable_node(0)->add_attribute() = model.graph().node(0).attribute(0);
  EXPECT_EQ(model.failure(), "CORRUPT: node \"f\": attribute \"then_branch\" is there twice");
  model = with_if(branch("Neg", {"x"}), branch("Abs", {"x"}));
  add_attribute(*model.graph().mutable_node(0), "a", AttributeProto::INT).set_i(1);
  EXPECT_EQ(model.failure(), "CORRUPT: node \"f\": If has no attribute \"a\"");
}

TEST(Bodies, NamesThatMeanNothingAreCorrupt) {
  EXPECT_EQ(
      with_if(branch("Neg", {"z"}), branch("Abs", {"x"})).failure(),
      "CORRUPT: node \"f\": then_branch: node \"inner\": Neg reads \"z\", which nobody makes");
  EXPECT_EQ(
      with_if(branch("Neg", {"out"}), branch("Abs", {"x"})).failure(),
      "CORRUPT: node \"f\": then_branch: node \"inner\": Neg reads \"out\", which a later node "
      "makes");
  ModelBuilder model = with_if(branch("Neg", {"x"}), branch("Abs", {"x"}));
  body_of(model, 1).mutable_output(0)->set_name("z");
  EXPECT_EQ(model.failure(),
            "CORRUPT: node \"f\": else_branch: the body's output reads \"z\", which nobody makes");
  model = with_if(branch("Neg", {"x"}), branch("Abs", {"x"}));
  *body_of(model).add_node() = body_of(model).node(0);
  EXPECT_EQ(model.failure(),
            "CORRUPT: node \"f\": then_branch: node \"inner\": Neg makes \"out\", which is there "
            "already");
  // Values of one branch are none of the other's.
  EXPECT_THAT(with_if(branch("Neg", {"x"}), branch("Abs", {"then_only"})).failure(),
              HasSubstr("which nobody makes"));
}

TEST(Bodies, OfTooManyOrTooFewEdgesAreCorrupt) {
  ModelBuilder model = with_if(branch("Neg", {"x"}), branch("Abs", {"x"}));
  body_of(model).clear_output();
  EXPECT_EQ(model.failure(),
            "CORRUPT: node \"f\": then_branch: the body has 0 outputs, and the node wants 1");
  model = with_if(branch("Neg", {"x"}), branch("Abs", {"x"}));
  body_of(model).add_input()->set_name("more");
  EXPECT_EQ(model.failure(),
            "CORRUPT: node \"f\": then_branch: the body has 1 inputs, and the node wants 0");
  EXPECT_EQ(with_loop(loop_body(), {"m", "", "x", "x"}, {"y"}).failure(),
            "CORRUPT: node \"l\": the body has 3 inputs, and the node wants 4");
  EXPECT_EQ(with_loop(loop_body(), {"m", "", "x"}, {"y", "all", "more"}).failure(),
            "CORRUPT: node \"l\": the node has 3 outputs, and its body gives 2");
  EXPECT_EQ(with_loop(loop_body(), {"m", "", ""}, {"y"}).failure(),
            "CORRUPT: node \"l\": input 2 is absent");
  model = with_loop(loop_body(), {"m", "", "x"}, {"y"});
  body_of(model).mutable_output()->DeleteSubrange(1, 2);
  EXPECT_EQ(model.failure(),
            "CORRUPT: node \"l\": the body has 1 outputs, and the node wants 2 or more");
}

TEST(Bodies, SequencesInThemAreUnsupported) {
  ModelBuilder model = with_loop(loop_body(), {"m", "", "x"}, {"y"});
  body_of(model).mutable_input(2)->mutable_type()->mutable_sequence_type();
  EXPECT_THAT(model.failure(), StartsWith("UNSUPPORTED: sequence: a sequence (input \"v\")"));
}

TEST(Bodies, OperatorsInThemThatNobodyKnowsAreUnsupported) {
  EXPECT_EQ(with_if(branch("Frobnicate", {"x"}), branch("Abs", {"x"})).failure(),
            "UNSUPPORTED: no schema yet: Frobnicate in opset 17");
}

ModelBuilder nested(int depth) {
  ModelBuilder body = branch("Neg", {"x"});
  for (int level = 1; level < depth; ++level) {
    ModelBuilder outer;
    format::NodeProto& node = outer.node("If", {"c"}, {"out"}, "f");
    add_body(node, "then_branch", body);
    add_body(node, "else_branch", branch("Abs", {"x"}));
    outer.output("out");
    body = outer;
  }
  return with_if(body, branch("Abs", {"x"}));
}

TEST(Bodies, LieWithinEachOtherToALimit) {
  EXPECT_EQ(nested(graph::kDeepestBody).failure(), "OK");
  EXPECT_THAT(nested(graph::kDeepestBody + 1).failure(),
              StartsWith("UNSUPPORTED: control flow: bodies within bodies, 7 deep and deeper"));
}

// Every byte of a model with bodies changed, one at a time: it reads, or is refused in words.
TEST(Bodies, DamagedAnywhereAreNeverACrash) {
  const std::string whole =
      with_loop(loop_body(), {"m", "", "x"}, {"y", "all"}).proto.SerializeAsString();
  const std::string deep = nested(3).proto.SerializeAsString();
  for (const std::string& bytes : {whole, deep})
    for (size_t at = 0; at < bytes.size(); ++at)
      for (const char change : {'\x01', '\x08', '\x40', '\x7f'}) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ change);
        const Result<graph::Graph> graph = read_model(damaged.data(), damaged.size(), {});
        EXPECT_TRUE(graph.ok() || !graph.status().text().empty());
        EXPECT_NE(graph.status().code(), BP_STATUS_INTERNAL) << graph.status().text();
      }
}

}  // namespace
}  // namespace backplane::onnx
