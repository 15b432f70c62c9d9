// If and Loop of hand-made models, on the cpu plugin: bodies in bodies, what they read of the
// graphs around, trips that none, one and many are, and what is refused in words. Wanted values
// are worked out by hand or by a loop in C++.
#include <gmock/gmock.h>

#include "runtime/model_run.hpp"

namespace backplane::runtime {
namespace {

using onnx::add_attribute;
using onnx::add_body;
using onnx::kBool;
using onnx::kInt64;
using onnx::ModelBuilder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

format::NodeProto& with_axis(format::NodeProto& node, int64_t axis) {
  add_attribute(node, "axis", format::AttributeProto::INT).set_i(axis);
  return node;
}

// One node and its output, named "out".
ModelBuilder branch(const std::string& op, const std::vector<std::string>& inputs,
                    const std::string& name = "") {
  ModelBuilder body;
  body.node(op, inputs, {"out"}, name);
  body.output("out");
  return body;
}

format::NodeProto& add_if(ModelBuilder& model, const std::string& cond, const std::string& output,
                          const ModelBuilder& then_branch, const ModelBuilder& else_branch) {
  format::NodeProto& node = model.node("If", {cond}, {output}, "if " + output);
  add_body(node, "then_branch", then_branch);
  add_body(node, "else_branch", else_branch);
  return node;
}

// A body that begins as every loop's does.
ModelBuilder loop_body(const std::vector<std::string>& carried) {
  ModelBuilder body;
  body.input("i", {}, kInt64);
  body.input("going", {}, kBool);
  for (const std::string& name : carried) body.input(name);
  return body;
}

// x of 3 floats, multiplied by 2 or added to w, as its sum is positive or not.
ModelBuilder by_its_sum() {
  ModelBuilder model;
  model.input("x", {3});
  model.floats("w", {3}, {1, 2, 3});
  model.floats("zero", {}, {0});
  model.floats("two", {}, {2});
  add_attribute(model.node("ReduceSum", {"x"}, {"sum"}), "keepdims", format::AttributeProto::INT)
      .set_i(0);
  model.node("Greater", {"sum", "zero"}, {"is_positive"});
  add_if(model, "is_positive", "y", branch("Mul", {"x", "two"}), branch("Add", {"x", "w"}));
  model.output("y", {3});
  return model;
}

TEST(If, EveryRunTakesTheBranchOfItsOwnValues) {
  const Bench bench;
  ModelRun model(bench, by_its_sum());
  const std::vector<float> positive = {1, 2, 3};
  const std::vector<float> negative = {-1, -2, -3};
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(model.run({floats({3}, positive)})[0].as<float>(), (std::vector<float>{2, 4, 6}));
    EXPECT_EQ(model.run({floats({3}, negative)})[0].as<float>(), (std::vector<float>{0, 0, 0}));
  }
  EXPECT_EQ(model.said.text, "OK");
}

// What follows is folded in each plan, and must not be kept for the next one.
TEST(If, AConstantOfOneBranchIsNotKeptForTheOther) {
  const Bench bench;
  ModelBuilder model;
  model.input("c", {}, kBool);
  model.floats("a", {2}, {1, 2});
  model.floats("b", {2}, {10, 20});
  add_if(model, "c", "chosen", branch("Identity", {"a"}), branch("Identity", {"b"}));
  model.node("Add", {"chosen", "a"}, {"y"});
  model.output("y", {2});
  ModelRun run(bench, model);
  EXPECT_THAT(run.run({flag(true)})[0].as<float>(), ElementsAre(2, 4));
  EXPECT_THAT(run.run({flag(false)})[0].as<float>(), ElementsAre(11, 22));
  EXPECT_THAT(run.run({flag(true)})[0].as<float>(), ElementsAre(2, 4));
}

TEST(If, WhatOnlyTheOtherBranchReadsIsNotRun) {
  const Bench bench;
  ModelBuilder model;
  model.input("c", {}, kBool);
  model.input("x", {2});
  model.node("Exp", {"x"}, {"exp"}, "costly");
  add_if(model, "c", "y", branch("Neg", {"x"}, "n"), branch("Abs", {"exp"}));
  model.output("y", {2});
  ModelRun run(bench, model);
  EXPECT_THAT(run.run({flag(true), floats({2}, {1, 2})})[0].as<float>(), ElementsAre(-1, -2));
  EXPECT_THAT(run.placement(),
              AllOf(HasSubstr("\"Neg \\\"n\\\"\""), HasSubstr("computed beforehand")));
}

// Outputs that a branch does not compute: what it captures, twice; its initializer; and an input of
// the graph that goes straight through.
TEST(If, ABranchMayGiveWhatItDoesNotMake) {
  const Bench bench;
  ModelBuilder then_branch;
  then_branch.floats("k", {2}, {7, 8});
  then_branch.node("Relu", {"x"}, {"unused"});
  for (const char* name : {"x", "x", "k"}) then_branch.output(name);
  ModelBuilder else_branch;
  else_branch.node("Neg", {"x"}, {"n"});
  for (const char* name : {"n", "x", "n"}) else_branch.output(name);
  ModelBuilder model;
  model.input("c", {}, kBool);
  model.input("x", {2});
  format::NodeProto& node = model.node("If", {"c"}, {"p", "q", "r"});
  add_body(node, "then_branch", then_branch);
  add_body(node, "else_branch", else_branch);
  model.node("Add", {"p", "q"}, {"sum"});
  for (const char* name : {"p", "q", "r", "sum"}) model.output(name, {2});
  ModelRun run(bench, model);
  const Array x = floats({2}, {1, -2});
  std::vector<Array> results = run.run({flag(true), x});
  ASSERT_EQ(results.size(), 4u) << run.said.text;
  EXPECT_THAT(results[0].as<float>(), ElementsAre(1, -2));
  EXPECT_THAT(results[1].as<float>(), ElementsAre(1, -2));
  EXPECT_THAT(results[2].as<float>(), ElementsAre(7, 8));
  EXPECT_THAT(results[3].as<float>(), ElementsAre(2, -4));
  results = run.run({flag(false), x});
  EXPECT_THAT(results[0].as<float>(), ElementsAre(-1, 2));
  EXPECT_THAT(results[2].as<float>(), ElementsAre(-1, 2));
  EXPECT_THAT(results[3].as<float>(), ElementsAre(0, 0));
}

TEST(If, BranchesOfDifferentSizesGiveAnUnknownOne) {
  const Bench bench;
  ModelBuilder model;
  model.input("c", {}, kBool);
  model.input("x", {2});
  ModelBuilder longer = branch("Concat", {"x", "x"});
  with_axis(*longer.graph().mutable_node(0), 0);
  add_if(model, "c", "y", branch("Neg", {"x"}), longer);
  model.output("y");
  ModelRun run(bench, model);
  const Array x = floats({2}, {1, 2});
  EXPECT_EQ(run.said.text, "OK");
  EXPECT_EQ(run.run({flag(true), x})[0].type_text(), "float32[2]");
  EXPECT_EQ(run.run({flag(false), x})[0].type_text(), "float32[4]");
}

// y = x doubled `n` times, and what it was before each.
ModelBuilder doubling(bool has_count, bool has_condition) {
  ModelBuilder body = loop_body({"v"});
  body.node("Identity", {"going"}, {"goes_on"});
  body.node("Add", {"v", "v"}, {"twice"}, "add");
  body.node("Identity", {"v"}, {"before"});
  for (const char* name : {"goes_on", "twice", "before"}) body.output(name);
  ModelBuilder model;
  model.input("n", {}, kInt64);
  model.input("c", {}, kBool);
  model.input("x", {2});
  add_body(
      model.node("Loop", {has_count ? "n" : "", has_condition ? "c" : "", "x"}, {"y", "all"}, "l"),
      "body", body);
  model.output("y", {2});
  model.output("all");
  return model;
}

TEST(Loop, MakesAsManyTripsAsItIsTold) {
  const Bench bench;
  ModelRun run(bench, doubling(true, true));
  for (const int64_t trips : {3, 1, 0, 5, -1}) {
    std::vector<float> want = {1, -2};
    std::vector<float> all;
    for (int64_t i = 0; i < trips; ++i) {
      all.insert(all.end(), want.begin(), want.end());
      for (float& each : want) each += each;
    }
    const std::vector<Array> results = run.run({int64(trips), flag(true), floats({2}, {1, -2})});
    ASSERT_EQ(results.size(), 2u) << run.said.text;
    EXPECT_EQ(results[0].as<float>(), want) << trips;
    EXPECT_EQ(results[1].as<float>(), all) << trips;
    EXPECT_EQ(results[1].type_text(),
              "float32[" + std::to_string(std::max<int64_t>(trips, 0)) + ",2]");
  }
}

TEST(Loop, AConditionThatIsFalseAtFirstMakesNoTrip) {
  const Bench bench;
  ModelRun run(bench, doubling(true, true));
  const std::vector<Array> results = run.run({int64(3), flag(false), floats({2}, {1, -2})});
  ASSERT_EQ(results.size(), 2u) << run.said.text;
  EXPECT_THAT(results[0].as<float>(), ElementsAre(1, -2));
  EXPECT_EQ(results[1].type_text(), "float32[0,2]");
}

// By the definition the body's condition is not looked at where the loop has none.
TEST(Loop, WithoutAConditionTheBodysIsIgnored) {
  const Bench bench;
  ModelBuilder model = doubling(true, false);
  format::GraphProto& body = *model.graph().mutable_node(0)->mutable_attribute(0)->mutable_g();
  body.mutable_node(0)->set_op_type("Not");
  ModelRun run(bench, model);
  const std::vector<Array> results = run.run({int64(3), flag(false), floats({2}, {1, -2})});
  ASSERT_EQ(results.size(), 2u) << run.said.text;
  EXPECT_THAT(results[0].as<float>(), ElementsAre(8, -16));
}

TEST(Loop, ThatNothingEndsIsRefused) {
  const Bench bench;
  ModelRun run(bench, doubling(false, false));
  EXPECT_THAT(run.run({int64(3), flag(true), floats({2}, {1, -2})}), IsEmpty());
  EXPECT_EQ(run.said.text, "UNSUPPORTED: control flow: more than 10000 trips (Loop \"l\")");
  EXPECT_EQ(run.said.node, "l");
  EXPECT_EQ(run.said.op, "Loop");
}

// while (v < limit) v = v * v, of data: the condition is computed on the device.
ModelBuilder squaring() {
  ModelBuilder body = loop_body({"v"});
  body.node("Mul", {"v", "v"}, {"square"});
  body.node("Less", {"square", "limit"}, {"goes_on"}, "less");
  body.output("goes_on");
  body.output("square");
  ModelBuilder model;
  model.input("x", {});
  model.input("limit", {});
  model.node("Less", {"x", "limit"}, {"first"});
  add_body(model.node("Loop", {"", "first", "x"}, {"y"}, "squaring"), "body", body);
  model.node("Neg", {"y"}, {"z"});
  model.output("z", {});
  return model;
}

TEST(Loop, EndsWhereItsConditionTurnsFalse) {
  const Bench bench;
  ModelRun run(bench, squaring());
  for (const float limit : {3.0f, 10.0f, 20.0f, 1000.0f, 1.0f}) {
    float want = 2;
    while (want < limit) want *= want;
    const std::vector<Array> results = run.run({floats({}, {2}), floats({}, {limit})});
    ASSERT_EQ(results.size(), 1u) << run.said.text;
    EXPECT_THAT(results[0].as<float>(), ElementsAre(-want)) << limit;
  }
}

TEST(Loop, AConditionThatIsDrawnIsRefusedInWords) {
  const Bench bench;
  ModelBuilder body = loop_body({"v"});
  format::NodeProto& draw = body.node("RandomUniform", {}, {"drawn"});
  add_attribute(draw, "shape", format::AttributeProto::INTS);
  body.node("Less", {"drawn", "half"}, {"goes_on"}, "less");
  body.node("Neg", {"v"}, {"n"});
  body.output("goes_on");
  body.output("n");
  ModelBuilder model;
  model.input("x", {2});
  model.integers("most", {4});
  model.floats("half", {}, {0.5});
  add_attribute(model.node("Constant", {}, {"c"}), "value", format::AttributeProto::TENSOR)
      .mutable_t()
      ->set_data_type(kBool);
  model.graph().mutable_node(0)->mutable_attribute(0)->mutable_t()->add_int32_data(1);
  add_body(model.node("Loop", {"most", "c", "x"}, {"y"}, "l"), "body", body);
  model.output("y", {2});
  const ModelRun run(bench, model);
  EXPECT_EQ(run.said.text,
            "UNSUPPORTED: control flow: its condition after trip 1 is not known before the run; "
            "what inputs of the graph say can be known, up to 1048576 bytes of them (Loop \"l\")");
  EXPECT_EQ(run.said.node, "l");
}

// A triangle of trips: i rounds inside round i of the outer loop, of which an If leaves out odd
// ones; both bodies read values two graphs further out.
TEST(Loop, BodiesWithinBodiesReadEveryGraphAround) {
  const Bench bench;
  ModelBuilder even = branch("Add", {"inner", "step"});
  ModelBuilder odd;
  odd.output("inner");
  ModelBuilder inner = loop_body({"inner"});
  inner.node("Identity", {"going"}, {"inner_goes_on"});
  inner.node("Mod", {"i", "two"}, {"rest"});
  inner.node("Equal", {"rest", "zero"}, {"is_even"});
  add_if(inner, "is_even", "next", even, odd);
  inner.output("inner_goes_on");
  inner.output("next");
  ModelBuilder outer = loop_body({"sum"});
  outer.node("Identity", {"going"}, {"goes_on"});
  add_body(outer.node("Loop", {"i", "", "sum"}, {"more"}, "inner"), "body", inner);
  outer.node("Identity", {"more"}, {"kept"});
  for (const char* name : {"goes_on", "more", "kept"}) outer.output(name);
  ModelBuilder model;
  model.input("n", {}, kInt64);
  model.input("x", {2});
  model.input("step", {2});
  model.integers("two", {2});
  model.integers("zero", {0});
  add_body(model.node("Loop", {"n", "", "x"}, {"y", "all"}, "outer"), "body", outer);
  model.output("y", {2});
  model.output("all");
  ModelRun run(bench, model);
  const std::vector<Array> results =
      run.run({int64(5), floats({2}, {1, 2}), floats({2}, {10, 100})});
  ASSERT_EQ(results.size(), 2u) << run.said.text;
  std::vector<float> want = {1, 2};
  std::vector<float> all;
  for (int i = 0; i < 5; ++i) {
    for (int k = 0; k < i; k += 2) want = {want[0] + 10, want[1] + 100};
    all.insert(all.end(), want.begin(), want.end());
  }
  EXPECT_EQ(results[0].as<float>(), want);
  EXPECT_EQ(results[1].as<float>(), all);
}

TEST(Loop, WhatIsCarriedMayGrow) {
  const Bench bench;
  ModelBuilder body = loop_body({"v"});
  with_axis(body.node("Concat", {"v", "x"}, {"longer"}), 0);
  body.output("going");
  body.output("longer");
  ModelBuilder model;
  model.input("n", {}, kInt64);
  model.input("x", {2});
  add_body(model.node("Loop", {"n", "", "x"}, {"y"}, "l"), "body", body);
  model.output("y");
  ModelRun run(bench, model);
  const std::vector<Array> results = run.run({int64(2), floats({2}, {1, 2})});
  ASSERT_EQ(results.size(), 1u) << run.said.text;
  EXPECT_THAT(results[0].as<float>(), ElementsAre(1, 2, 1, 2, 1, 2));
}

// The device refuses a node of the body: both are named, and its parts run where they may.
TEST(Loop, ARefusedNodeOfTheBodyIsNamed) {
  const Bench bench("starter", true, {}, BACKPLANE_STARTER_PLUGIN);
  ModelBuilder model = doubling(true, false);
  format::GraphProto& body = *model.graph().mutable_node(0)->mutable_attribute(0)->mutable_g();
  body.mutable_node(1)->set_op_type("Reciprocal");
  body.mutable_node(1)->mutable_input()->RemoveLast();
  const std::vector<Array> inputs = {int64(3), flag(true), floats({2}, {4, -2})};
  ModelRun alone(bench, model, {{"decompose", "off"}});
  EXPECT_THAT(alone.run(inputs), IsEmpty());
  EXPECT_THAT(alone.said.text,
              testing::StartsWith("UNSUPPORTED: Loop \"l\": its node Reciprocal \"add\": "));
  ModelRun in_parts(bench, model);
  const std::vector<Array> results = in_parts.run(inputs);
  ASSERT_EQ(results.size(), 2u) << in_parts.said.text;
  EXPECT_THAT(results[0].as<float>(), ElementsAre(0.25, -0.5));
}

TEST(Loop, ANodeThatDoesNotFitInSomeTripIsNamed) {
  const Bench bench;
  ModelBuilder body = loop_body({"v"});
  with_axis(body.node("Concat", {"v", "v"}, {"longer"}), 0);
  body.node("Add", {"longer", "w"}, {"sum"}, "a");
  body.output("going");
  body.output("sum");
  ModelBuilder model;
  model.input("n", {}, kInt64);
  model.input("x", {2});
  model.floats("w", {4}, {1, 2, 3, 4});
  add_body(model.node("Loop", {"n", "", "x"}, {"y"}, "l"), "body", body);
  model.output("y", {-1}).mutable_type()->mutable_tensor_type()->clear_shape();
  ModelRun run(bench, model);
  EXPECT_THAT(run.run({int64(1), floats({2}, {1, 2})})[0].as<float>(), ElementsAre(2, 4, 4, 6));
  EXPECT_THAT(run.run({int64(2), floats({2}, {1, 2})}), IsEmpty());
  EXPECT_THAT(run.said.text, HasSubstr("Loop \"l\": its node Add \"a\": "));
}

}  // namespace
}  // namespace backplane::runtime
