// Graphs on the fake plugin, which can be told how to be: what each of its wishes makes the host
// do, behind the checking layer, on synchronous and on asynchronous devices.
#include "exec/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "exec/test_session.hpp"
#include "stream/event.hpp"

namespace backplane::exec {
namespace {

using testing::HasSubstr;

class OnEveryChip : public testing::TestWithParam<Setting> {
 protected:
  Bench bench_{GetParam().config};
};

// (x + 2) * y, then Relu, beside the sum itself.
TEST_P(OnEveryChip, AGraphGivesWhatItsOperatorsGive) {
  Builder b;
  const ValueId x = b.input("x", f32({4}));
  const ValueId y = b.input("y", f32({4}));
  const ValueId sum = b.node("Add", {x, b.constant(floats({2}))});
  b.output(b.node("Relu", {b.node("Mul", {sum, y})}), "clipped");
  b.output(sum, "sum");
  bench_.make(b.graph);
  auto& first = bench_.new_run();
  HostTensor in_x({1, -5, 3, 4}, {4});
  HostTensor in_y({1, 10, -1, 2}, {4});
  for (int round = 0; round < 3; ++round) {
    const Ran ran = run(first, {in_x.view(), in_y.view()});
    ASSERT_TRUE(ran.status.ok()) << ran.status.text();
    EXPECT_EQ(ran.outputs[0], (std::vector<float>{3, 0, 0, 12}));
    EXPECT_EQ(ran.outputs[1], (std::vector<float>{3, -3, 5, 6}));
  }
}

// Many values alive at once, in an order that makes bytes be used again: against the same in plain
// loops.
TEST_P(OnEveryChip, LongGraphsShareMemoryAndStayRight) {
  Builder b;
  std::vector<ValueId> values = {b.input("x", f32({16})), b.input("y", f32({16}))};
  std::vector<std::vector<float>> expected(2, std::vector<float>(16));
  for (size_t i = 0; i < 16; ++i) {
    expected[0][i] = static_cast<float>(i) - 7;
    expected[1][i] = 3 - static_cast<float>(i % 5);
  }
  uint32_t random = 1;
  const auto pick = [&random](size_t count) {
    random = random * 1664525 + 1013904223;
    const size_t window = std::min<size_t>(count, 6);
    return count - 1 - (random >> 16) % window;
  };
  for (int k = 0; k < 60; ++k) {
    const size_t a = pick(values.size());
    const size_t c = pick(values.size());
    values.push_back(
        b.node(k % 3 == 2 ? "Max" : "Add", {values[a], values[c]}, k % 3 == 2 ? 13 : 14));
    std::vector<float> result(16);
    for (size_t i = 0; i < 16; ++i)
      result[i] =
          k % 3 == 2 ? std::max(expected[a][i], expected[c][i]) : expected[a][i] + expected[c][i];
    expected.push_back(result);
  }
  for (size_t v : {values.size() - 1, values.size() - 3, values.size() / 2, size_t{5}})
    b.output(values[v], "out " + std::to_string(v));
  bench_.make(b.graph);
  HostTensor x(expected[0], {16});
  HostTensor y(expected[1], {16});
  const Ran ran = run(bench_.new_run(), {x.view(), y.view()});
  ASSERT_TRUE(ran.status.ok()) << ran.status.text();
  EXPECT_EQ(ran.outputs[0], expected[values.size() - 1]);
  EXPECT_EQ(ran.outputs[1], expected[values.size() - 3]);
  EXPECT_EQ(ran.outputs[2], expected[values.size() / 2]);
  EXPECT_EQ(ran.outputs[3], expected[5]);
}

TEST_P(OnEveryChip, InputsAndConstantsMayBeOutputsAndAValueTwice) {
  Builder b;
  const ValueId x = b.input("x", f32({2}));
  const ValueId relu = b.node("Relu", {x});
  b.output(x, "same");
  b.output(b.constant(floats({7, 8})), "fixed");
  b.output(relu, "once");
  b.output(relu, "twice");
  bench_.make(b.graph);
  HostTensor in({-1, 5}, {2});
  const Ran ran = run(bench_.new_run(), {in.view()});
  ASSERT_TRUE(ran.status.ok()) << ran.status.text();
  EXPECT_EQ(ran.outputs[0], (std::vector<float>{-1, 5}));
  EXPECT_EQ(ran.outputs[1], (std::vector<float>{7, 8}));
  EXPECT_EQ(ran.outputs[2], (std::vector<float>{0, 5}));
  EXPECT_EQ(ran.outputs[3], (std::vector<float>{0, 5}));
}

TEST_P(OnEveryChip, WhatHangsOnConstantsAloneRunsOnceAndForAll) {
  Builder b;
  const ValueId x = b.input("x", f32({2}));
  const ValueId folded =
      b.node("Mul", {b.node("Add", {b.constant(floats({1, 2})), b.constant(floats({3, 4}))}),
                     b.constant(floats({10, 10}))});
  b.output(b.node("Add", {x, folded}));
  bench_.make(b.graph);
  const int launches = bench_.chip.launches();
  HostTensor in({1, 1}, {2});
  auto& one = bench_.new_run();
  for (int round = 0; round < 4; ++round) {
    const Ran ran = run(one, {in.view()});
    ASSERT_TRUE(ran.status.ok()) << ran.status.text();
    EXPECT_EQ(ran.outputs[0], (std::vector<float>{41, 61}));
  }
  EXPECT_EQ(bench_.chip.launches() - launches, 4);
  EXPECT_THAT(bench_.session->placement(), HasSubstr("computed beforehand"));
}

TEST_P(OnEveryChip, EmptyTensorsRunToo) {
  Builder b;
  const ValueId x = b.input("x", f32({0, 3}));
  b.output(b.node("Relu", {b.node("Relu", {x})}));
  bench_.make(b.graph);
  HostTensor in({}, {0, 3});
  const Ran ran = run(bench_.new_run(), {in.view()});
  ASSERT_TRUE(ran.status.ok()) << ran.status.text();
  EXPECT_TRUE(ran.outputs[0].empty());
}

TEST_P(OnEveryChip, ShapesThatHangOnAnInputsValueMakeAPlanForEach) {
  Builder b;
  const ValueId x = b.input("x", f32({6}));
  const ValueId shape = b.input("shape", tensor_type(BP_DTYPE_INT64, {2}));
  const bp_tensor_type_t declared = f32({-1, -1});
  b.output(b.node("Reshape", {b.node("Relu", {x}), shape}, 14, &declared));
  bench_.make(b.graph);
  HostTensor in({1, 2, 3, 4, 5, 6}, {6});
  int64_t sizes[2] = {2, 3};
  TensorView shape_view;
  shape_view.type = tensor_type(BP_DTYPE_INT64, {2});
  shape_view.host = sizes;
  auto& one = bench_.new_run();
  const Ran first = run(one, {in.view(), shape_view});
  ASSERT_TRUE(first.status.ok()) << first.status.text();
  EXPECT_EQ(to_text(one.output_type(0)), "float32[2,3]");
  sizes[0] = 3;
  sizes[1] = -1;
  const Ran ran = run(one, {in.view(), shape_view});
  ASSERT_TRUE(ran.status.ok()) << ran.status.text();
  EXPECT_EQ(to_text(one.output_type(0)), "float32[3,2]");
  EXPECT_EQ(ran.outputs[0], in.values);
  sizes[0] = 4;
  const Ran wrong = run(one, {in.view(), shape_view});
  EXPECT_EQ(wrong.status.code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(wrong.where.op, "Reshape");
}

TEST_P(OnEveryChip, UnknownSizesAreLearntFromTheInputs) {
  Builder b;
  const int64_t batch = b.graph.unknown_size("batch");
  const ValueId x = b.input("x", f32({batch, 2}));
  const ValueId y = b.input("y", f32({batch, 2}));
  b.output(b.node("Add", {x, y}));
  bench_.make(b.graph);
  auto& one = bench_.new_run();
  for (int64_t n = 1; n <= 12; ++n) {
    HostTensor in(std::vector<float>(static_cast<size_t>(2 * n), static_cast<float>(n)), {n, 2});
    const Ran ran = run(one, {in.view(), in.view()});
    ASSERT_TRUE(ran.status.ok()) << ran.status.text();
    EXPECT_EQ(ran.outputs[0],
              std::vector<float>(static_cast<size_t>(2 * n), static_cast<float>(2 * n)));
  }
  EXPECT_LE(bench_.chip.live_kernels(), static_cast<int>(kPlansKept) + 1) << "plans are bounded";
  HostTensor two({1, 1, 1, 1}, {2, 2});
  HostTensor three({1, 1, 1, 1, 1, 1}, {3, 2});
  const Ran ran = run(one, {two.view(), three.view()});
  EXPECT_EQ(ran.status.code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(ran.status.text(), HasSubstr("axis 0 is 2 elsewhere"));
}

TEST_P(OnEveryChip, DeviceTensorsGoInAndOutAndMayBeTheSame) {
  Builder b;
  const ValueId x = b.input("x", f32({8}));
  b.output(b.node("Add", {b.node("Relu", {x}), x}));
  bench_.make(b.graph);
  const Pool::Memory memory = bench_.device->pool().allocate(64, nullptr).take();
  TensorView on_device;
  on_device.type = f32({8});
  on_device.device = bench_.device.get();
  on_device.range = {memory.buffer(), memory.offset(), 32};
  on_device.memory = &memory;
  HostTensor in({1, -2, 3, -4, 5, -6, 7, -8}, {8});
  {
    OpenDevice::Lease lease = bench_.device->lease().take();
    ASSERT_TRUE(copy_tensor(lease.stream(), on_device, in.view()).ok());
    ASSERT_TRUE(lease.finish().ok());
  }
  auto& one = bench_.new_run();
  Where where;
  ASSERT_TRUE(one.prepare({on_device}, nullptr, &where).ok());
  ASSERT_TRUE(one.execute({on_device}, {on_device}, nullptr, &where).ok());
  HostTensor out(std::vector<float>(8), {8});
  OpenDevice::Lease lease = bench_.device->lease().take();
  ASSERT_TRUE(copy_tensor(lease.stream(), out.view(), on_device).ok());
  ASSERT_TRUE(lease.finish().ok());
  EXPECT_EQ(out.values, (std::vector<float>{2, -2, 6, -4, 10, -6, 14, -8}));
}

INSTANTIATE_TEST_SUITE_P(Chips, OnEveryChip, testing::ValuesIn(settings()),
                         [](const auto& setting) { return std::string(setting.param.name); });

// ---- Streams ---------------------------------------------------------------------------------

fake::Config with_threads() {
  fake::Config config;
  config.work = fake::Work::kByThread;
  return config;
}

TEST(RunOnStreams, RunsInTheStreamsOrderAndReturnsBeforeTheEnd) {
  Bench bench(with_threads());
  Builder b;
  const ValueId x = b.input("x", f32({4}));
  b.output(b.node("Add", {x, x}));
  bench.make(b.graph);
  const auto stream = *bench.device->create_stream(0);
  const auto gate = *Event::create(bench.device->shared_device(), BP_EVENT_FLAG_HOST_SIGNALED);
  ASSERT_TRUE(gate->wait(*stream).ok());
  HostTensor in({1, 2, 3, 4}, {4});
  HostTensor out({0, 0, 0, 0}, {4});
  auto& one = bench.new_run();
  Where where;
  ASSERT_TRUE(one.prepare({in.view()}, stream, &where).ok());
  ASSERT_TRUE(one.execute({in.view()}, {out.view()}, stream, &where).ok());
  in.values = {9, 9, 9, 9};  // it was read when the call returned
  EXPECT_EQ(out.values, (std::vector<float>{0, 0, 0, 0}));
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  ASSERT_TRUE(stream->synchronize(kForever).ok());
  EXPECT_EQ(out.values, (std::vector<float>{2, 4, 6, 8}));
  bench.runs.clear();
  stream->end();
}

TEST(RunOnStreams, ARunOnAnotherStreamWaitsForTheOneBefore) {
  Bench bench(with_threads());
  Builder b;
  const ValueId x = b.input("x", f32({4}));
  b.output(b.node("Relu", {b.node("Add", {x, x})}));
  bench.make(b.graph);
  const auto first = *bench.device->create_stream(0);
  const auto second = *bench.device->create_stream(0);
  const auto gate = *Event::create(bench.device->shared_device(), BP_EVENT_FLAG_HOST_SIGNALED);
  ASSERT_TRUE(gate->wait(*first).ok());
  HostTensor in({1, 2, 3, 4}, {4});
  HostTensor out_first({0, 0, 0, 0}, {4});
  HostTensor out_second({0, 0, 0, 0}, {4});
  auto& one = bench.new_run();
  Where where;
  ASSERT_TRUE(one.prepare({in.view()}, first, &where).ok());
  ASSERT_TRUE(one.execute({in.view()}, {out_first.view()}, first, &where).ok());
  HostTensor more({10, 10, 10, 10}, {4});
  ASSERT_TRUE(one.execute({more.view()}, {out_second.view()}, second, &where).ok());
  EXPECT_EQ(second->synchronize(1'000'000).code(), BP_STATUS_TIMEOUT);
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  ASSERT_TRUE(second->synchronize(kForever).ok());
  EXPECT_EQ(out_first.values, (std::vector<float>{2, 4, 6, 8}));
  EXPECT_EQ(out_second.values, (std::vector<float>{20, 20, 20, 20}));
  bench.runs.clear();
  first->end();
  second->end();
}

TEST(RunOnStreams, AFailureOfTheWorkIsTheRunsOwnWhenTheHostWaits) {
  Bench bench(with_threads());
  Builder b;
  const ValueId x = b.input("x", f32({4}));
  b.output(b.node("Relu", {x}));
  bench.make(b.graph);
  HostTensor in({1, 2, 3, 4}, {4});
  auto& one = bench.new_run();
  bench.chip.fail_work(2);
  EXPECT_EQ(run(one, {in.view()}).status.code(), BP_STATUS_INTERNAL);
  EXPECT_TRUE(run(one, {in.view()}).status.ok()) << "another stream, a new chance";
}

// proves BP-HOST-2
// proves BP-HOST-5
TEST(RunOnStreams, DestroyingARunWaitsForItsWork) {
  Bench bench(with_threads());
  Builder b;
  b.output(b.node("Relu", {b.node("Relu", {b.input("x", f32({4}))})}));
  bench.make(b.graph);
  const auto stream = *bench.device->create_stream(0);
  const auto gate = *Event::create(bench.device->shared_device(), BP_EVENT_FLAG_HOST_SIGNALED);
  ASSERT_TRUE(gate->wait(*stream).ok());
  HostTensor in({1, 2, 3, 4}, {4});
  HostTensor out({0, 0, 0, 0}, {4});
  auto& one = bench.new_run();
  Where where;
  ASSERT_TRUE(one.prepare({in.view()}, stream, &where).ok());
  ASSERT_TRUE(one.execute({in.view()}, {out.view()}, stream, &where).ok());
  std::thread opener([&gate] { EXPECT_TRUE(gate->signal(BP_OK).ok()); });
  bench.runs.clear();
  EXPECT_EQ(out.values, in.values);
  opener.join();
  stream->end();
}

// ---- Refusals ----------------------------------------------------------------------------------

struct Refusal {
  Status status;
  Where where;
};

Refusal refusal_of(Bench& bench, const Graph& graph, const Session::Options& options = {}) {
  Refusal refusal;
  Result<std::shared_ptr<Session>> made =
      Session::create(graph, bench.device, options, &refusal.where);
  refusal.status = made.status();
  return refusal;
}

TEST(SessionRefusals, ANodeThatTheDeviceRefusesIsNamedWithItsReason) {
  Bench bench({});
  Builder b;
  b.output(b.node("Sqrt", {b.node("Relu", {b.input("x", f32({4}))})}, 13));
  const Refusal refusal = refusal_of(bench, b.graph);
  EXPECT_EQ(refusal.status.code(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(refusal.where.op, "Sqrt");
  EXPECT_EQ(refusal.where.node, "node 1");
  EXPECT_THAT(refusal.status.text(), HasSubstr("Sqrt \"node 1\""));
  EXPECT_THAT(refusal.status.text(), HasSubstr("com.example.fake: supports: the fake has no Sqrt"));
}

TEST(SessionRefusals, APartThatIsRefusedIsNamedAfterItsNode) {
  Bench bench({});
  Builder b;
  b.output(b.node("Reciprocal", {b.node("Relu", {b.input("x", f32({4}))})}, 13));
  const Refusal refusal = refusal_of(bench, b.graph);
  EXPECT_EQ(refusal.status.code(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(refusal.where.op, "Reciprocal");
  EXPECT_EQ(refusal.where.node, "node 1");
  EXPECT_EQ(refusal.status.text(),
            "Reciprocal \"node 1\": com.example.fake: supports: the fake has no Reciprocal; "
            "its part Div: com.example.fake: supports: the fake has no Div");
}

TEST(SessionRefusals, APartOfAConstantNodeIsNamedAfterItsNode) {
  Bench bench({});
  Builder b;
  const ValueId c = b.constant(floats({1, 2}));
  b.output(b.node("Add", {b.input("x", f32({2})), b.node("Reciprocal", {c}, 13)}));
  const Refusal refusal = refusal_of(bench, b.graph);
  EXPECT_EQ(refusal.where.op, "Reciprocal");
  EXPECT_THAT(refusal.status.text(), HasSubstr("its part Div: com.example.fake: supports: "));
}

TEST(Decompositions, APartTakesThePlaceOfItsNodeBeforeAndBehindOthers) {
  Bench bench({});
  Builder b;
  const ValueId same = b.node("Identity", {b.input("x", f32({-1}))}, 16);
  b.output(b.node("Add", {b.node("Identity", {same}, 16), same}), "twice");
  b.output(same, "once");
  bench.make(b.graph, {{"passes", "off"}});
  auto& one = bench.new_run();
  for (const std::vector<float>& values : {std::vector<float>{1, 2}, {3, 4, 5}}) {
    HostTensor in(values, {static_cast<int64_t>(values.size())});
    const Ran ran = run(one, {in.view()});
    ASSERT_TRUE(ran.status.ok()) << ran.status.text();
    EXPECT_EQ(ran.outputs[1], values);
    for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(ran.outputs[0][i], 2 * values[i]);
  }
  EXPECT_THAT(bench.session->placement(), HasSubstr("\"decomposed\": [\n"));
  EXPECT_THAT(bench.session->placement(), HasSubstr("\"Reshape\""));
}

TEST(Decompositions, OffLeavesTheRefusalAsItIs) {
  Bench bench({});
  Builder b;
  b.output(b.node("Identity", {b.input("x", f32({4}))}, 16));
  EXPECT_EQ(refusal_of(bench, b.graph, {{"decompose", "off"}, {"passes", "off"}}).status.text(),
            "Identity \"node 0\": com.example.fake: supports: the fake has no Identity");
  EXPECT_EQ(refusal_of(bench, b.graph, {{"decompose", "no"}}).status.code(),
            BP_STATUS_INVALID_ARGUMENT);
  bench.make(b.graph, {{"decompose", "on"}});
}

TEST(SessionRefusals, NodesThatNoOutputNeedsAreNotAskedFor) {
  Bench bench({});
  Builder b;
  const ValueId x = b.input("x", f32({4}));
  b.node("Sqrt", {x}, 13);
  b.output(b.node("Relu", {x}));
  bench.make(b.graph);
  HostTensor in({1, 2, 3, 4}, {4});
  EXPECT_TRUE(run(bench.new_run(), {in.view()}).status.ok());
}

TEST(SessionRefusals, AGraphWithoutOutputsHasNothingToRun) {
  Bench bench({});
  Builder b;
  b.node("Relu", {b.input("x", f32({4}))});
  EXPECT_EQ(refusal_of(bench, b.graph).status.code(), BP_STATUS_INVALID_ARGUMENT);
}

TEST(SessionRefusals, DimensionsAreSetByNameAndWrongOnesAreNamed) {
  Bench bench({});
  Builder b;
  const ValueId x = b.input("x", f32({b.graph.unknown_size("batch"), 2}));
  b.output(b.node("Relu", {x}));
  const auto text = [&](const char* key, const char* value) {
    return refusal_of(bench, b.graph, {{key, value}}).status.text();
  };
  EXPECT_THAT(text("dim:bach", "3"), HasSubstr("no dimension of the graph is named \"bach\""));
  EXPECT_THAT(text("dim:bach", "3"), HasSubstr("there are batch"));
  EXPECT_THAT(text("dim:batch", "3x"), HasSubstr("\"3x\" is no size"));
  EXPECT_THAT(text("dim:batch", "-3"), HasSubstr("is no size"));
  EXPECT_THAT(text("threads", "3"), HasSubstr("\"threads\" is not known"));
  bench.make(b.graph, {{"dim:batch", "3"}});
  EXPECT_EQ(to_text(bench.session->abi_graph().graph.value(x).type), "float32[3,2]");
  EXPECT_EQ(bench.chip.kernel_creates(), 1) << "all sizes are known, so it is planned at once";
}

TEST(Sessions, AConstantUnderAnotherShapeIsUploadedOnceForAllPlans) {
  Bench bench({});
  Builder b;
  const ValueId x = b.input("x", f32({b.graph.unknown_size("batch"), 2}));
  b.output(b.node("Relu", {x}));
  b.output(b.node("Reshape",
                  {b.constant(floats({1, 2})), b.constant(ops::make_int64_constant({1, 2}))}));
  bench.make(b.graph);
  std::vector<std::shared_ptr<const Plan>> plans;
  for (const int64_t batch : {2, 3}) {
    Where where;
    Result<Session::Chosen> chosen = bench.session->plan_for(
        {f32({batch, 2})}, [](uint32_t) { return internal("no value is asked for"); }, &where);
    ASSERT_TRUE(chosen.ok()) << chosen.status().text();
    plans.push_back(chosen->plan);
    ASSERT_EQ(plans.back()->constants.size(), 1u);
  }
  EXPECT_EQ(plans[0]->constants[0], plans[1]->constants[0]);
}

TEST(SessionRefusals, InputsOfAnotherTypeAreNamed) {
  Bench bench({});
  Builder b;
  b.output(b.node("Relu", {b.input("pixels", f32({4}))}));
  bench.make(b.graph);
  HostTensor wrong({1, 2, 3}, {3});
  const Ran ran = run(bench.new_run(), {wrong.view()});
  EXPECT_EQ(ran.status.code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(ran.status.text(),
              HasSubstr("input \"pixels\" is float32[4] and was given float32[3]"));
}

TEST(SessionRefusals, ATensorLargerThanMemoryIsOutOfMemoryAndTheDeviceWorksOn) {
  fake::Config config;
  config.memory_size = 1 << 20;
  Bench bench(config);
  Builder b;
  const ValueId x = b.input("x", f32({-1}));
  b.output(b.node("Add", {b.node("Relu", {x}), x}));
  bench.make(b.graph);
  HostTensor huge(std::vector<float>(1 << 20, 1), {1 << 20});
  HostTensor small({1, 2}, {2});
  auto& one = bench.new_run();
  const Ran failed = run(one, {huge.view()});
  EXPECT_EQ(failed.status.code(), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(failed.status.text(), HasSubstr("4194304 bytes"));
  const Ran ran = run(one, {small.view()});
  ASSERT_TRUE(ran.status.ok()) << ran.status.text();
  EXPECT_EQ(ran.outputs[0], (std::vector<float>{2, 4}));
}

TEST(SessionRefusals, OutputsWithRoomForSomethingElseAreNamed) {
  Bench bench({});
  Builder b;
  b.output(b.node("Relu", {b.input("x", f32({4}))}), "probabilities");
  bench.make(b.graph);
  HostTensor in({1, 2, 3, 4}, {4});
  HostTensor out({0, 0}, {2});
  auto& one = bench.new_run();
  Where where;
  ASSERT_TRUE(one.prepare({in.view()}, nullptr, &where).ok());
  const Status refused = one.execute({in.view()}, {out.view()}, nullptr, &where);
  EXPECT_EQ(refused.code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(refused.text(), HasSubstr("output \"probabilities\""));
}

TEST(Sessions, RunsOfOneSessionOnManyThreadsDoNotDisturbEachOther) {
  for (fake::Work work : {fake::Work::kSynchronous, fake::Work::kByThread}) {
    fake::Config config;
    config.work = work;
    Bench bench(config);
    Builder b;
    const ValueId x = b.input("x", f32({-1}));
    b.output(b.node("Add", {b.node("Mul", {x, x}), x}));
    bench.make(b.graph);
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 1; t <= 4; ++t)
      threads.emplace_back([&bench, &wrong, t] {
        exec::Run mine(bench.session);
        for (int i = 0; i < 50; ++i) {
          const auto n = static_cast<size_t>(1 + (i + t) % 5);
          HostTensor in(std::vector<float>(n, static_cast<float>(t)), {static_cast<int64_t>(n)});
          const Ran ran = run(mine, {in.view()});
          wrong += static_cast<int>(!ran.status.ok() ||
                                    ran.outputs[0] !=
                                        std::vector<float>(n, static_cast<float>(t * t + t)));
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

}  // namespace
}  // namespace backplane::exec
