// A body's nodes in a graph: names of its own, what it captures, and only what is wanted.
#include "graph/inlining.hpp"

#include <gtest/gtest.h>

namespace backplane::graph {
namespace {

const bp_tensor_type_t kVectorType = tensor_type(BP_DTYPE_FLOAT32, {3});

BodyNode node(const char* op, std::vector<std::string> inputs, std::string output) {
  BodyNode result;
  result.draft.op.op = op;
  result.draft.inputs = std::move(inputs);
  result.draft.outputs = {std::move(output)};
  return result;
}

Body two_outputs() {
  Body body;
  body.inputs = {"in"};
  body.outputs = {"a", "b"};
  body.nodes = {node("Neg", {"in"}, "a"), node("Mul", {"around", "in"}, "b")};
  return body;
}

std::vector<std::string> added(Graph& graph, Inlining& inlining) {
  std::vector<std::string> ops;
  while (true) {
    const Result<std::vector<NodeId>> next = inlining.add_next();
    EXPECT_TRUE(next.ok()) << next.status().text();
    if (!next.ok() || next->empty()) return ops;
    for (const NodeId id : *next) {
      ops.push_back(graph.node(id).op.op);
      for (const ValueId output : graph.node(id).outputs) graph.set_type(output, kVectorType);
    }
  }
}

TEST(Inlining, MayBeDoneTwiceAndReadsWhatIsAround) {
  Graph graph;
  const Body body = two_outputs();
  const ValueId x = graph.add_input("a", kVectorType);  // a name that the body has, too
  const ValueId around = graph.add_input("z", kVectorType);
  Inlining first(graph, body, 17, {{"in", x}, {"around", around}}, body.outputs);
  EXPECT_EQ(added(graph, first), (std::vector<std::string>{"Neg", "Mul"}));
  Inlining second(graph, body, 17, {{"in", first.output(0)}, {"around", around}}, body.outputs);
  EXPECT_EQ(added(graph, second), (std::vector<std::string>{"Neg", "Mul"}));
  EXPECT_EQ(graph.node(3).inputs, (std::vector<ValueId>{around, first.output(0)}));
  EXPECT_NE(first.output(1), second.output(1));
}

TEST(Inlining, LeavesOutWhatIsNotWanted) {
  Graph graph;
  const Body body = two_outputs();
  const ValueId x = graph.add_input("x", kVectorType);
  Inlining inlining(graph, body, 17, {{"in", x}, {"around", x}}, {"b"});
  EXPECT_EQ(added(graph, inlining), std::vector<std::string>{"Mul"});
  EXPECT_EQ(inlining.output(0), ValueId{BP_NONE});
}

// An older form becomes the newest, as it does outside of bodies.
TEST(Inlining, BringsNodesIntoTheNewestForm) {
  Graph graph;
  Body body;
  body.inputs = {"in"};
  body.outputs = {"out"};
  body.nodes = {node("Unsqueeze", {"in"}, "out")};
  body.nodes[0].draft.op.attributes = {ops::ints_attribute("axes", {0})};
  const ValueId x = graph.add_input("x", kVectorType);
  Inlining inlining(graph, body, 11, {{"in", x}}, body.outputs);
  EXPECT_EQ(added(graph, inlining), std::vector<std::string>{"Unsqueeze"});
  EXPECT_EQ(graph.node(0).op.since, 13u);
  EXPECT_EQ(graph.node(0).inputs.size(), 2u);
}

TEST(Inlining, OfWhatIsNotKnownYetIsNotReady) {
  Graph graph;
  const Body body = two_outputs();
  const ValueId x = graph.add_input("x", kVectorType);
  Inlining inlining(graph, body, 17, {{"in", x}}, {"b"});
  const Status status = inlining.add_next().status();
  EXPECT_EQ(status.code(), BP_STATUS_NOT_READY);
  EXPECT_EQ(status.text(), "its node Mul: \"around\" is not known yet");
}

TEST(Inlining, ReadsWhatStandsInForAValue) {
  Graph graph;
  const Body body = two_outputs();
  const ValueId x = graph.add_input("x", kVectorType);
  const ValueId other = graph.add_input("other", kVectorType);
  Inlining inlining(graph, body, 17, {{"in", x}, {"around", x}}, {"b"});
  graph.stand_in(x, other);
  EXPECT_EQ(added(graph, inlining), std::vector<std::string>{"Mul"});
  EXPECT_EQ(graph.node(0).inputs, (std::vector<ValueId>{other, other}));
}

}  // namespace
}  // namespace backplane::graph
