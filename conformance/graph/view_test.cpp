// The views that a case puts between a pass and the host's graph.
#include <gtest/gtest.h>

#include "graph/borrowed_view.hpp"
#include "graph/host_graph.hpp"
#include "graph/watched_view.hpp"
#include "pass/edited_graph.hpp"

namespace backplane::conformance {
namespace {

DrawnGraph two_relus() {
  DrawnGraph drawn;
  drawn.values = {{"x", {2}, false, {1, -2}}, {"y", {2}, false, {}}, {"z", {2}, false, {}}};
  drawn.inputs = {0};
  for (size_t i = 0; i < 2; ++i) {
    DrawnNode node;
    node.op = "Relu";
    node.name = "n" + std::to_string(i);
    node.inputs = {i};
    node.output = i + 1;
    drawn.nodes.push_back(node);
  }
  drawn.outputs = {2};
  return drawn;
}

class Views : public ::testing::Test {
 protected:
  const pass::Owner owner_ = {"org.example", nullptr};
  pass::EditedGraph edited_{host_graph_of(two_relus()), owner_};
};

TEST_F(Views, TheWatchedOneCountsAndRefusesTheEditAskedFor) {
  WatchedView watched(&edited_, pass::edit_view(), 2);
  const bp_graph_view_t& view = *WatchedView::view();
  EXPECT_EQ(view.node_count(watched.graph()), 2u);
  EXPECT_STREQ(view.get_node(watched.graph(), view.get_node_id(watched.graph(), 1))->name, "n1");
  EXPECT_EQ(watched.calls(), 3u);
  const bp_value_id_t first = view.get_output(watched.graph(), 0, 0);
  const bp_value_id_t second = view.get_output(watched.graph(), 1, 0);
  EXPECT_EQ(view.replace_value(watched.graph(), second, first), BP_OK);
  EXPECT_FALSE(watched.has_failed());
  EXPECT_EQ(view.remove_node(watched.graph(), 1), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_TRUE(watched.has_failed());
  EXPECT_EQ(view.remove_node(watched.graph(), 1), BP_OK);
}

TEST_F(Views, TheBorrowedOneSaysTheSameUntilItIsTakenBack) {
  BorrowedView borrowed(&edited_, pass::edit_view());
  const bp_graph_view_t* view = borrowed.view();
  const bp_node_t* node = view->get_node(borrowed.graph(), 0);
  EXPECT_STREQ(node->op, "Relu");
  EXPECT_STREQ(node->name, "n0");
  EXPECT_EQ(node->inputs[0].shape[0], 2);
  const bp_value_info_t* value = view->get_value(borrowed.graph(), 0);
  EXPECT_STREQ(value->name, "x");
  EXPECT_EQ(value->consumer_count, 1u);
  EXPECT_EQ(view->get_value(borrowed.graph(), 77), nullptr);
  borrowed.take_back();
  EXPECT_DEATH(EXPECT_EQ(node->input_count, 1u), "");
  EXPECT_DEATH(EXPECT_EQ(value->consumer_count, 1u), "");
  EXPECT_DEATH(view->node_count(borrowed.graph()), "");
}

}  // namespace
}  // namespace backplane::conformance
