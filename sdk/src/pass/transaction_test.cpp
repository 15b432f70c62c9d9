// Transactions by way of the table that plugins get: what edits come to, and that a pass that goes
// wrong leaves nothing behind and is told in words.
#include "pass/transaction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <backplane/plugin/graph.hpp>

#include "graph/print.hpp"
#include "pass/testing.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::NodeId;
using graph::ValueId;
using testing::ElementsAre;
using testing::HasSubstr;

const Owner kOwner = {"com.acme.x100", [](const bp_node_t& node) {
                        return std::string(node.op) == "Bad" ? unsupported("Bad is not served")
                                                             : Status();
                      }};

// A pass as a plugin writes it: `edit` throws what the host refuses.
template <class Edit>
Result<Change> run(const Graph& graph, const Edit& edit) {
  return transact(graph, kOwner, [&](bp_graph_t* handle, const bp_graph_view_t* view) -> Status {
    plugin::Graph edited(handle, *view);
    try {
      edit(edited);
    } catch (const plugin::Error& error) {
      return {error.status(), error.what()};
    }
    return {};
  });
}

plugin::NodeDraft own(const std::string& op, const std::vector<bp_value_id_t>& inputs,
                      const bp_tensor_type_t& output) {
  plugin::NodeDraft draft("com.acme.x100", op, 1, "mine");
  for (const bp_value_id_t input : inputs) draft.add_input(input);
  draft.add_output(output);
  return draft;
}

// x -> Relu -> Neg -> y
struct Line : testing::Test {
  Line() {
    x = build.input("x", {2, 3});
    relu = build.node("Relu", {x}, "relu");
    neg = build.node("Neg", {relu}, "neg");
    build.output(neg, "y");
  }
  const Graph& graph() const { return build.graph; }

  TestGraph build;
  ValueId x, relu, neg;
};

TEST_F(Line, APassThatDoesNothingChangesNothing) {
  const Result<Change> change = run(graph(), [](plugin::Graph&) {});
  ASSERT_TRUE(change.ok()) << change.status().text();
  EXPECT_TRUE(change->is_none());
  EXPECT_EQ(graph::to_text(change->graph), graph::to_text(graph()));
}

TEST_F(Line, TwoNodesBecomeOneOfThePluginsThatStandsForBoth) {
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) {
    const NodeId fused = edited.add(own("ReluNeg", {x}, float_type({2, 3})));
    edited.replace(neg, edited.output(fused, 0));
    edited.remove(1);
    edited.remove(0);
  });
  ASSERT_TRUE(change.ok()) << change.status().text();
  EXPECT_THAT(graph::to_text(change->graph), HasSubstr("= com.acme.x100.ReluNeg-1(x) \"mine\""));
  EXPECT_THAT(change->origins, ElementsAre(ElementsAre(0, 1)));
  EXPECT_EQ(change->graph.output_name(0), "y");
  EXPECT_EQ(change->added, 1u);
  EXPECT_EQ(change->removed, 2u);
}

TEST_F(Line, ANodeThatIsPutBeforeAnotherComesBeforeIt) {
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) {
    plugin::NodeDraft draft("", "Abs", 13, "between");
    draft.add_input(relu);
    draft.add_output(float_type({2, 3}));
    edited.replace(relu, edited.output(edited.add(draft), 0));
  });
  ASSERT_TRUE(change.ok()) << change.status().text();
  ASSERT_EQ(change->graph.nodes().size(), 3u);
  EXPECT_EQ(change->graph.node(1).op.op, "Abs");
  EXPECT_EQ(change->graph.node(2).op.op, "Neg");
}

TEST_F(Line, PositionsStayWhileThePassRunsAndRemovedNodesAreNull) {
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) {
    edited.replace(neg, relu);
    edited.remove(1);
    std::vector<NodeId> seen;
    edited.for_nodes([&](NodeId id) { seen.push_back(id); });
    EXPECT_THAT(seen, ElementsAre(0));
    EXPECT_EQ(edited.node(1), nullptr);
    EXPECT_EQ(edited.value(relu)->is_graph_output, 1u);
    EXPECT_EQ(edited.only_consumer(relu), BP_NONE);
  });
  ASSERT_TRUE(change.ok()) << change.status().text();
  EXPECT_EQ(change->graph.output_name(0), "y");
}

// proves BP-HOST-13
TEST_F(Line, AFailureIsToldWithTheRefusedEditAndChangesNothing) {
  const std::string before = graph::to_text(graph());
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) {
    const NodeId fused = edited.add(own("ReluNeg", {x}, float_type({2, 4})));
    edited.replace(neg, edited.output(fused, 0));
  });
  EXPECT_EQ(change.status().code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(change.status().text(),
              HasSubstr("value \"neg\" is float32[2,3], and \"mine:0\", which is to replace it, "
                        "float32[2,4]"));
  EXPECT_EQ(graph::to_text(graph()), before);
}

// proves BP-HOST-13
TEST_F(Line, ACycleIsFoundAndNamed) {
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) {
    const NodeId first = edited.add(own("A", {neg}, float_type({2, 3})));
    const NodeId second = edited.add(own("B", {edited.output(first, 0)}, float_type({2, 3})));
    edited.replace(relu, edited.output(second, 0));
  });
  EXPECT_EQ(change.status().code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(change.status().text(), HasSubstr("needs its own result: the graph has a cycle"));
}

// proves BP-HOST-13
TEST_F(Line, ANodeThatThePluginDoesNotSupportIsRefused) {
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) {
    const NodeId bad = edited.add(own("Bad", {relu}, float_type({2, 3})));
    edited.replace(neg, edited.output(bad, 0));
    edited.remove(1);
  });
  EXPECT_EQ(change.status().code(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(change.status().text(), "Bad \"mine\": Bad is not served");
}

TEST_F(Line, AStandardNodeHasToKeepToItsDefinition) {
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) {
    plugin::NodeDraft draft("", "MatMul", 13, "product");
    draft.add_input(relu);
    draft.add_input(relu);
    draft.add_output(float_type({2, 3}));
    edited.add(draft);
  });
  EXPECT_EQ(change.status().code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(change.status().text(), HasSubstr("inner sizes 3 and 2 differ"));
}

TEST_F(Line, AnotherPluginsDomainIsRefused) {
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) {
    plugin::NodeDraft draft("com.other.chip", "Relu", 1, "");
    draft.add_input(x);
    draft.add_output(float_type({2, 3}));
    edited.add(draft);
  });
  EXPECT_THAT(change.status().text(),
              HasSubstr("its domain is \"com.other.chip\"; a pass adds operators of \"\" and of "
                        "\"com.acme.x100\""));
}

TEST_F(Line, ANodeThatIsStillReadCannotBeRemoved) {
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) { edited.remove(0); });
  EXPECT_THAT(change.status().text(), HasSubstr("its output \"relu\" is still read"));
  const Result<Change> output = run(graph(), [&](plugin::Graph& edited) { edited.remove(1); });
  EXPECT_THAT(output.status().text(), HasSubstr("its output \"neg\" is the graph's"));
}

TEST_F(Line, HostileCallsAreRefusedAndTouchNothing) {
  const Result<Change> change =
      transact(graph(), kOwner, [&](bp_graph_t* handle, const bp_graph_view_t* view) -> Status {
        bp_node_id_t id = 77;
        EXPECT_EQ(view->add_node(handle, nullptr, nullptr, &id), BP_STATUS_INVALID_ARGUMENT);
        bp_node_t node = {};
        node.struct_size = sizeof node;
        node.domain = "";
        node.op = "Relu";
        node.input_count = node.output_count = 1;
        const bp_tensor_type_t type = float_type({2, 3});
        node.inputs = node.outputs = &type;
        const bp_value_id_t far = 1000;
        EXPECT_EQ(view->add_node(handle, &node, &far, &id), BP_STATUS_INVALID_ARGUMENT);
        node.op = nullptr;
        EXPECT_EQ(view->add_node(handle, &node, &x, &id), BP_STATUS_INVALID_ARGUMENT);
        node.op = "Relu";
        node.attribute_count = 3;
        EXPECT_EQ(view->add_node(handle, &node, &x, &id), BP_STATUS_INVALID_ARGUMENT);
        EXPECT_EQ(view->add_constant(handle, nullptr, &id), BP_STATUS_INVALID_ARGUMENT);
        EXPECT_EQ(view->replace_value(handle, 1000, x), BP_STATUS_INVALID_ARGUMENT);
        EXPECT_EQ(view->remove_node(handle, 1000), BP_STATUS_INVALID_ARGUMENT);
        EXPECT_EQ(id, 77u);
        return {};
      });
  ASSERT_TRUE(change.ok()) << change.status().text();
  EXPECT_TRUE(change->is_none());
}

TEST_F(Line, AConstantIsCopied) {
  const Result<Change> change = run(graph(), [&](plugin::Graph& edited) {
    float values[6] = {1, 2, 3, 4, 5, 6};
    const bp_value_id_t constant = edited.add(bp_constant_t{float_type({2, 3}), values, 9});
    plugin::NodeDraft draft("", "Add", 14, "");
    draft.add_input(relu);
    draft.add_input(constant);
    draft.add_output(float_type({2, 3}));
    edited.replace(relu, edited.output(edited.add(draft), 0));
    values[0] = 99;
  });
  ASSERT_TRUE(change.ok()) << change.status().text();
  const graph::Value& constant = change->graph.value(change->graph.node(1).inputs[1]);
  ASSERT_NE(constant.constant, nullptr);
  EXPECT_EQ(static_cast<const float*>(constant.constant->bytes())[0], 1);
  EXPECT_NE(constant.constant->id, 9u);
}

}  // namespace
}  // namespace backplane::pass
