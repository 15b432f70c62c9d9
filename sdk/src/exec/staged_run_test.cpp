// Graphs in which the data decides sizes, on the fake plugin: cut into stages, and run.
#include <cstring>

#include "exec/cut.hpp"
#include "exec/test_session.hpp"

namespace backplane::exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Relu(x), compressed by `wanted`, twice: added to itself, and multiplied by a constant.
struct Compressing {
  Compressing() {
    const ValueId x = builder.input("x", f32({-1}));
    wanted = builder.input("wanted", tensor_type(BP_DTYPE_BOOL, {-1}));
    const ValueId relu = builder.node("Relu", {x});
    few = builder.node("Compress", {relu, wanted}, 11);
    builder.output(builder.node("Add", {few, few}), "twice");
    builder.output(builder.node("Mul", {few, builder.constant(floats({10}))}), "tenfold");
  }
  Builder builder;
  ValueId wanted = BP_NONE;
  ValueId few = BP_NONE;
};

TensorView bools(std::vector<char>& values) {
  TensorView view;
  view.type = tensor_type(BP_DTYPE_BOOL, {static_cast<int64_t>(values.size())});
  view.host = values.data();
  return view;
}

Ran compress(Run& on, std::vector<float> values, std::vector<char> wanted,
             const std::shared_ptr<Stream>& stream = nullptr) {
  const auto count = static_cast<int64_t>(values.size());
  HostTensor x(std::move(values), {count});
  return run(on, {x.view(), bools(wanted)}, stream);
}

class StagedOnEveryChip : public testing::TestWithParam<Setting> {};

TEST_P(StagedOnEveryChip, SizesThatTheDataDecidesAreThoseOfTheRun) {
  Bench bench(GetParam().config);
  const Compressing model;
  bench.make(model.builder.graph);
  exec::Run& on = bench.new_run();
  const std::shared_ptr<Stream> own = *bench.device->create_stream(0);
  for (const std::shared_ptr<Stream>& stream : {std::shared_ptr<Stream>(), own}) {
    const Ran two = compress(on, {1, 2, -3, 4}, {1, 0, 1, 1}, stream);
    ASSERT_TRUE(two.status.ok()) << two.status.text();
    EXPECT_THAT(two.outputs, ElementsAre(ElementsAre(2, 0, 8), ElementsAre(10, 0, 40)));
    const Ran one = compress(on, {1, 2, 3, 4, 5}, {0, 0, 0, 1, 0}, stream);
    EXPECT_THAT(one.outputs, ElementsAre(ElementsAre(8), ElementsAre(40)));
    const Ran none = compress(on, {1, 2}, {0, 0}, stream);
    ASSERT_TRUE(none.status.ok()) << none.status.text();
    EXPECT_THAT(none.outputs, ElementsAre(ElementsAre(), ElementsAre()));
  }
}

INSTANTIATE_TEST_SUITE_P(Chips, StagedOnEveryChip, testing::ValuesIn(settings()),
                         [](const auto& setting) { return std::string(setting.param.name); });

TEST(Staged, RunsOfOneSessionDoNotMeet) {
  Bench bench({});
  const Compressing model;
  bench.make(model.builder.graph);
  exec::Run& first = bench.new_run();
  exec::Run& second = bench.new_run();
  EXPECT_THAT(compress(first, {1, 2}, {1, 0}).outputs[0], ElementsAre(2));
  EXPECT_THAT(compress(second, {3, 4, 5}, {1, 1, 1}).outputs[0], ElementsAre(6, 8, 10));
  EXPECT_THAT(compress(first, {1, 2}, {0, 1}).outputs[0], ElementsAre(4));
}

TEST(Staged, WhatIsDecidedMayDecideAgainAndMayBeAnOutput) {
  Bench bench({});
  Builder builder;
  const ValueId x = builder.input("x", f32({4}));
  const ValueId all = builder.input("all", tensor_type(BP_DTYPE_BOOL, {4}));
  const ValueId some = builder.input("some", tensor_type(BP_DTYPE_BOOL, {2}));
  const ValueId few = builder.node("Compress", {x, all}, 11);
  builder.output(builder.node("Compress", {few, some}, 11));
  builder.output(few);
  builder.output(builder.node("Relu", {x}));
  bench.make(builder.graph);
  HostTensor values({1, -2, 3, 4}, {4});
  std::vector<char> first = {0, 1, 1, 0};
  std::vector<char> second = {0, 1};
  const Ran ran = run(bench.new_run(), {values.view(), bools(first), bools(second)});
  ASSERT_TRUE(ran.status.ok()) << ran.status.text();
  EXPECT_THAT(ran.outputs,
              ElementsAre(ElementsAre(3), ElementsAre(-2, 3), ElementsAre(1, 0, 3, 4)));
}

TEST(Staged, WhereEachNodeRunsIsKnownAfterARun) {
  Bench bench({});
  const Compressing model;
  bench.make(model.builder.graph);
  EXPECT_THAT(bench.session->placement(), HasSubstr("not planned yet"));
  ASSERT_TRUE(compress(bench.new_run(), {1}, {1}).status.ok());
  EXPECT_THAT(bench.session->placement(),
              testing::Not(testing::AnyOf(HasSubstr("not planned"), HasSubstr("beforehand"))));
  EXPECT_THAT(bench.session->passes(), HasSubstr("host.dead-code"));
}

TEST(Staged, AFailureNamesTheNodeOfTheWholeGraph) {
  fake::Config config;
  config.sizes = fake::Sizes::kAboveBound;
  Bench bench(config);
  const Compressing model;
  bench.make(model.builder.graph);
  const Ran wrong = compress(bench.new_run(), {1, 2}, {1, 0});
  EXPECT_EQ(wrong.status.code(), BP_STATUS_INTERNAL);
  EXPECT_THAT(wrong.status.text(), HasSubstr("output 0 has the size 3 on axis 0"));
  EXPECT_EQ(wrong.where.node, "node 1");
  EXPECT_EQ(wrong.where.id, model.builder.graph.value(model.few).producer);
}

TEST(Staged, ARefusalBehindThatHasTheWholeGraphsNumbers) {
  Bench bench({});
  Builder builder;
  const ValueId x = builder.input("x", f32({2}));
  const ValueId wanted = builder.input("wanted", tensor_type(BP_DTYPE_BOOL, {2}));
  const ValueId few = builder.node("Compress", {builder.node("Relu", {x}), wanted}, 11);
  builder.output(builder.node("Relu", {builder.node("Sqrt", {few}, 13)}));
  bench.make(builder.graph);
  HostTensor values({1, 2}, {2});
  std::vector<char> both = {1, 1};
  const Ran refused = run(bench.new_run(), {values.view(), bools(both)});
  EXPECT_EQ(refused.status.code(), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(refused.status.text(), HasSubstr("the fake has no Sqrt"));
  EXPECT_EQ(refused.where.op, "Sqrt");
  EXPECT_EQ(refused.where.id, 2u);
}

TEST(Staged, ARefusedDecidingNodeIsRefusedAtOnceWhereSizesAreKnown) {
  Bench bench({});
  Builder builder;
  const ValueId x = builder.input("x", f32({2}));
  builder.output(builder.node("NonZero", {x}, 13));
  Where where;
  const Result<std::shared_ptr<Session>> refused =
      Session::create(builder.graph, bench.device, {}, &where);
  EXPECT_EQ(refused.status().code(), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(refused.status().text(), HasSubstr("the fake has no NonZero"));
  EXPECT_EQ(where.op, "NonZero");
}

TEST(Cut, AStageReadsWhatWasMadeBeforeAndNothingElse) {
  const Compressing model;
  const std::vector<Stage> stages = cut(model.builder.graph);
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_THAT(stages[0].nodes, ElementsAre(0));
  EXPECT_THAT(stages[0].deciding, ElementsAre(1));
  EXPECT_THAT(stages[1].nodes, ElementsAre(2, 3));
  EXPECT_THAT(stages[0].inputs, ElementsAre(model.builder.graph.inputs()[0]));
  EXPECT_THAT(stages[1].inputs, ElementsAre(model.few));
  EXPECT_EQ(stages[1].graph.output_name(0), "twice");
}

TEST(Cut, OnlyWhatIsReadBehindAStageLeavesIt) {
  Builder builder;
  const ValueId x = builder.input("x", f32({2}));
  const ValueId near = builder.node("Relu", {builder.node("Relu", {x})});
  builder.output(builder.node("NonZero", {near}, 13));
  const std::vector<Stage> stages = cut(builder.graph);
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_THAT(stages[0].outputs, ElementsAre(near));
}

TEST(Cut, NothingIsCutForANodeThatNoOutputNeeds) {
  Builder builder;
  const ValueId x = builder.input("x", f32({2}));
  (void)builder.node("NonZero", {x}, 13);
  builder.output(builder.node("Relu", {x}));
  EXPECT_EQ(cut(builder.graph).size(), 1u);
}

}  // namespace
}  // namespace backplane::exec
