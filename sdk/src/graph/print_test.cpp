#include "graph/print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace backplane::graph {
namespace {

using testing::HasSubstr;
using testing::Not;

ops::Operator named(const char* op, const char* name) {
  ops::Operator result;
  result.op = op;
  result.name = name;
  result.since = 13;
  return result;
}

Graph small_graph() {
  Graph graph;
  const ValueId x = graph.add_input("x", tensor_type(BP_DTYPE_FLOAT32, {2, -1}));
  const ValueId axes = graph.add_constant("axes", ops::make_int64_constant({0}));
  ops::Operator transpose = named("Transpose", "layer \"1\"\n");
  transpose.attributes = {ops::ints_attribute("perm", {1, 0}),
                          ops::string_attribute("note", "a\"b")};
  EXPECT_TRUE(graph.add_node(transpose, {x}, {"t"}).ok());
  EXPECT_TRUE(graph.add_node(named("Unsqueeze", ""), {graph.find("t"), axes}, {"u"}).ok());
  EXPECT_TRUE(graph.add_node(named("Clip", ""), {graph.find("u"), BP_NONE}, {"c"}).ok());
  EXPECT_TRUE(graph.add_output(graph.find("c"), "result").ok());
  return graph;
}

TEST(Print, TextHasOneLineForEachThing) {
  EXPECT_EQ(to_text(small_graph()),
            "input x: float32[2,?]\n"
            "constant axes: int64[1]\n"
            "t: absent = Transpose-13(x) {perm=[1,0], note=\"a\\\"b\"} "
            "\"layer \\\"1\\\"\\\\x0a\"\n"
            "u: absent = Unsqueeze-13(t, axes)\n"
            "c: absent = Clip-13(u, -)\n"
            "output result = c\n");
}

TEST(Print, ALongListIsCutShort) {
  Graph graph;
  ops::Operator op = named("Constant", "");
  op.attributes = {ops::ints_attribute("value_ints", std::vector<int64_t>(1000, 7))};
  ASSERT_TRUE(graph.add_node(op, {}, {"c"}).ok());
  EXPECT_EQ(to_text(graph), "c: absent = Constant-13() {value_ints=[7,7,7,7,7,7,7,7,...]}\n");
}

TEST(Print, ADrawingHasEveryNodeAndEdge) {
  const std::string dot = to_dot(small_graph());
  EXPECT_THAT(dot, HasSubstr("v0 -> n0 [label=\"float32[2,?]\"]"));
  EXPECT_THAT(dot, HasSubstr("v1 -> n1 [label=\"int64[1]\"]"));
  EXPECT_THAT(dot, HasSubstr("n0 -> n1"));
  EXPECT_THAT(dot, HasSubstr("n1 -> n2"));
  EXPECT_THAT(dot, HasSubstr("n2 -> o0"));
  EXPECT_THAT(dot, HasSubstr("layer \\\"1\\\"\\\\x0a"));
  EXPECT_THAT(dot, Not(HasSubstr("\"1\"\n"))) << "a name cannot end a line of the drawing";
}

}  // namespace
}  // namespace backplane::graph
