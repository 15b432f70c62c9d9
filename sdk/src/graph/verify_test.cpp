#include "graph/verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace backplane::graph {

// Does to a graph what its own functions never would.
class Surgeon {
 public:
  explicit Surgeon(Graph* graph) : graph_(graph) {}
  Node& node(NodeId id) { return graph_->nodes_[id]; }
  Value& value(const char* name) { return graph_->values_[graph_->find(name)]; }
  std::vector<ValueId>& inputs() { return graph_->inputs_; }
  std::vector<ValueId>& outputs() { return graph_->outputs_; }
  std::vector<std::string>& output_names() { return graph_->output_names_; }
  void swap_nodes() { std::swap(graph_->nodes_[0], graph_->nodes_[1]); }

 private:
  Graph* graph_;
};

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ops::Operator named(const char* op, const char* name) {
  ops::Operator result;
  result.op = op;
  result.name = name;
  result.since = 14;
  return result;
}

const bp_tensor_type_t kSmallType = tensor_type(BP_DTYPE_FLOAT32, {2, 3});

// y = Relu(x + w); z = Relu(y)
Graph sound_graph() {
  Graph graph;
  const std::vector<float> weights(6, 1.0f);
  const ValueId x = graph.add_input("x", kSmallType);
  const ValueId w = graph.add_constant("w", ops::make_constant(kSmallType, weights.data()));
  EXPECT_TRUE(graph.add_node(named("Add", "a"), {x, w}, {"y"}).ok());
  EXPECT_TRUE(graph.add_node(named("Relu", "r"), {graph.find("y")}, {"z"}).ok());
  graph.set_type(graph.find("y"), kSmallType);
  graph.set_type(graph.find("z"), kSmallType);
  EXPECT_TRUE(graph.add_output(graph.find("z"), "z").ok());
  return graph;
}

std::vector<std::string> after(const std::function<void(Surgeon&)>& damage) {
  Graph graph = sound_graph();
  Surgeon surgeon(&graph);
  damage(surgeon);
  return violations(graph);
}

TEST(Verify, FindsNothingInASoundGraph) {
  EXPECT_THAT(after([](Surgeon&) {}), IsEmpty());
  EXPECT_TRUE(verify(sound_graph()).ok());
}

TEST(Verify, FindsAValueOutOfRange) {
  EXPECT_THAT(after([](Surgeon& s) { s.node(1).inputs[0] = 77; }),
              Contains("Relu \"r\" reads value 77, which does not exist"));
  EXPECT_THAT(after([](Surgeon& s) { s.node(1).outputs[0] = 77; }),
              Contains("Relu \"r\" makes value 77, which does not exist"));
  EXPECT_THAT(after([](Surgeon& s) { s.inputs()[0] = 77; }),
              Contains("the graph's input value 77 does not exist"));
  EXPECT_THAT(after([](Surgeon& s) { s.outputs()[0] = 77; }),
              Contains("the graph's output value 77 does not exist"));
  EXPECT_THAT(after([](Surgeon& s) { s.value("z").producer = 77; }),
              Contains("value \"z\" says that node 77 makes it, and the nodes say Relu \"r\""));
}

TEST(Verify, FindsAValueMadeTwice) {
  EXPECT_THAT(after([](Surgeon& s) { s.node(1).outputs = {s.node(0).outputs[0]}; }),
              Contains("value \"y\" is made twice, by Add \"a\" and Relu \"r\""));
}

TEST(Verify, FindsAValueThatNobodyMakes) {
  EXPECT_THAT(after([](Surgeon& s) { s.value("w").constant = nullptr; }),
              Contains("value \"w\" is neither input nor constant, and no node makes it"));
}

TEST(Verify, FindsAnInputThatIsMadeInTheGraph) {
  EXPECT_THAT(after([](Surgeon& s) { s.value("x").constant = s.value("w").constant; }),
              Contains("value \"x\" is an input of the graph and made in it, too"));
}

TEST(Verify, FindsNodesOutOfOrder) {
  EXPECT_THAT(after([](Surgeon& s) {
                s.swap_nodes();
                s.value("y").producer = 1;
                s.value("z").producer = 0;
              }),
              Contains("Relu \"r\" reads value \"y\", which Add \"a\" makes only later"));
  EXPECT_THAT(after([](Surgeon& s) { s.node(1).inputs = s.node(1).outputs; }),
              Contains("Relu \"r\" reads value \"z\", which Relu \"r\" makes only later"));
}

TEST(Verify, FindsConsumersAtOddsWithTheNodes) {
  EXPECT_THAT(
      after([](Surgeon& s) { s.value("y").consumers.clear(); }),
      ElementsAre("value \"y\" says that 0 uses of it exist, and the nodes have 1 that differ"));
  EXPECT_THAT(
      after([](Surgeon& s) { s.value("w").consumers = {1}; }),
      ElementsAre("value \"w\" says that 1 uses of it exist, and the nodes have 1 that differ"));
}

TEST(Verify, FindsEdgesAtOddsWithTheirMarks) {
  EXPECT_THAT(after([](Surgeon& s) { s.value("y").is_output = true; }),
              ElementsAre("value \"y\" is marked as output and listed as one at odds"));
  EXPECT_THAT(after([](Surgeon& s) { s.inputs().clear(); }),
              ElementsAre("value \"x\" is marked as input and listed as one at odds"));
  EXPECT_THAT(after([](Surgeon& s) { s.inputs().push_back(s.inputs()[0]); }),
              ElementsAre("value \"x\" is listed twice among the graph's inputs"));
}

TEST(Verify, FindsAGraphWithoutOutputs) {
  EXPECT_THAT(after([](Surgeon& s) {
                s.outputs().clear();
                s.value("z").is_output = false;
              }),
              ElementsAre("the graph has no output"));
}

TEST(Verify, FindsNamesThatAreMissingOrTaken) {
  EXPECT_THAT(after([](Surgeon& s) { s.value("y").name = ""; }),
              Contains(HasSubstr("has no name")));
  EXPECT_THAT(after([](Surgeon& s) { s.value("y").name = "x"; }),
              Contains("value \"x\" is not the one that is found under its name"));
  EXPECT_THAT(after([](Surgeon& s) { s.output_names()[0] = ""; }),
              ElementsAre("output 0 of the graph has no name"));
  EXPECT_THAT(after([](Surgeon& s) {
                s.outputs().push_back(s.outputs()[0]);
                s.output_names().push_back("z");
              }),
              ElementsAre("two outputs of the graph are named \"z\""));
}

TEST(Verify, FindsAUsedValueWithoutAType) {
  EXPECT_THAT(after([](Surgeon& s) { s.value("z").type = {}; }),
              ElementsAre("value \"z\" is used and has no type"));
  EXPECT_THAT(after([](Surgeon& s) { s.value("z").type.rank = 9; }),
              ElementsAre("value \"z\" has rank 9, at most 8 is possible"));
}

TEST(Verify, FindsAConstantOfAnotherType) {
  EXPECT_THAT(after([](Surgeon& s) { s.value("w").type.shape[0] = 5; }),
              ElementsAre("value \"w\" is float32[5,3], and its constant is float32[2,3]"));
}

TEST(Verify, FindsATypeThatTheOperatorDoesNotGive) {
  EXPECT_THAT(
      after([](Surgeon& s) { s.value("z").type.shape[1] = 4; }),
      ElementsAre("Relu \"r\": value \"z\" is float32[2,4], and the operator gives float32[2,3]"));
  EXPECT_THAT(after([](Surgeon& s) { s.value("z").type.shape[1] = -1; }), IsEmpty())
      << "an unknown size is at odds with nothing";
}

TEST(Verify, FindsInputsThatTheOperatorRefuses) {
  EXPECT_THAT(after([](Surgeon& s) { s.value("x").type.shape[1] = 4; }),
              Contains(HasSubstr("Add \"a\": Add")));
}

TEST(Verify, AStatusNamesTheFirstFewAndCountsTheRest) {
  Graph graph = sound_graph();
  Surgeon surgeon(&graph);
  surgeon.inputs().assign(5, 99);
  const Status status = verify(graph);
  EXPECT_EQ(status.code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(status.text(), HasSubstr("the graph's input value 99 does not exist; "));
  EXPECT_THAT(status.text(), HasSubstr("; and 7 more"));
}

}  // namespace
}  // namespace backplane::graph
