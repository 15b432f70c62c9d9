// Graphs built through the C API, and runs of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "runtime/test_bench.hpp"

namespace backplane::runtime {
namespace {

using testing::HasSubstr;

// Builds a graph call by call.
class GraphBuilder {
 public:
  explicit GraphBuilder(bp_rt_t* rt) { EXPECT_TRUE(done(bp_rt_graph_create(rt, &graph))); }
  ~GraphBuilder() { bp_rt_graph_destroy(graph); }
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  bp_value_id_t input(const char* name, const bp_tensor_type_t& type) {
    bp_value_id_t id = BP_NONE;
    EXPECT_TRUE(done(bp_rt_graph_add_input(graph, name, &type, &id)));
    return id;
  }
  bp_value_id_t constant(const std::vector<float>& values, const std::vector<int64_t>& shape) {
    const bp_constant_t constant = {f32(shape), values.data(), 0};
    bp_value_id_t id = BP_NONE;
    EXPECT_TRUE(done(bp_rt_graph_add_constant(graph, &constant, nullptr, nullptr, &id)));
    return id;
  }
  bp_value_id_t node(TestNode& node, const std::vector<bp_value_id_t>& inputs) {
    bp_node_id_t id = BP_NONE;
    EXPECT_TRUE(done(bp_rt_graph_add_node(graph, node.get(), inputs.data(), &id)));
    return bp_rt_graph_view()->get_output(graph, id, 0);
  }
  // An operator whose inputs have the types of these values.
  bp_value_id_t node(const char* op, uint32_t since, const std::vector<bp_value_id_t>& inputs) {
    std::vector<bp_tensor_type_t> types;
    for (bp_value_id_t input : inputs)
      types.push_back(*bp_rt_graph_view()->get_value(graph, input)->type);
    TestNode made(op, since, types);
    return node(made, inputs);
  }
  void output(const char* name, bp_value_id_t value) {
    EXPECT_TRUE(done(bp_rt_graph_add_output(graph, name, value)));
  }

  bp_graph_t* graph = nullptr;
};

bp_rt_session_t* session_of(const Bench& bench, bp_graph_t* graph) {
  bp_rt_session_t* session = nullptr;
  EXPECT_TRUE(done(bp_rt_session_create(graph, &bench.device, 1, nullptr, 0, &session)));
  return session;
}

class Graphs : public testing::TestWithParam<const char*> {
 protected:
  Bench bench_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Cpu, Graphs, testing::Values("cpu", "cpu:1"));

TEST_P(Graphs, ALayerOfAPerceptronGivesWhatTheFormulaSays) {
  GraphBuilder b(bench_.rt);
  const bp_value_id_t x = b.input("x", f32({2, 3}));
  const bp_value_id_t w = b.constant({1, -2, 3, 4, -5, 6}, {3, 2});
  const bp_value_id_t bias = b.constant({0.5f, -20}, {2});
  b.output("y", b.node("Relu", 14, {b.node("Add", 14, {b.node("MatMul", 13, {x, w}), bias})}));
  bp_rt_session_t* session = session_of(bench_, b.graph);
  bp_rt_run_t* run = nullptr;
  ASSERT_TRUE(done(bp_rt_run_create(session, &run)));
  const std::vector<float> in = {1, 2, 3, -1, 0, 2};
  std::vector<float> out(4);
  const bp_rt_tensor_t input = on_host(f32({2, 3}), in.data());
  bp_rt_tensor_t output = on_host(f32({2, 2}), out.data());
  for (int round = 0; round < 3; ++round)
    ASSERT_TRUE(done(bp_rt_run_start(run, &input, &output, nullptr)));
  const float weights[3][2] = {{1, -2}, {3, 4}, {-5, 6}};
  const float offsets[2] = {0.5f, -20};
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 2; ++column) {
      float sum = offsets[column];
      for (int k = 0; k < 3; ++k) sum += in[row * 3 + k] * weights[k][column];
      EXPECT_EQ(out[row * 2 + column], std::max(sum, 0.0f));
    }
  bp_rt_run_destroy(run);
  bp_rt_session_destroy(session);
}

TEST_P(Graphs, LongChainsRunInOrderOnAStreamAndOutputsGetMemory) {
  GraphBuilder b(bench_.rt);
  const bp_value_id_t x = b.input("x", f32({16}));
  const bp_value_id_t one = b.constant(std::vector<float>(16, 1), {16});
  const bp_value_id_t two = b.constant(std::vector<float>(16, 0.5f), {16});
  bp_value_id_t last = x;
  double expected = 3;
  for (int k = 0; k < 200; ++k) {
    last = b.node(k % 2 == 0 ? "Add" : "Mul", 14, {last, k % 2 == 0 ? one : two});
    expected = k % 2 == 0 ? expected + 1 : expected * 0.5;
  }
  b.output("y", last);
  bp_rt_session_t* session = session_of(bench_, b.graph);
  bp_rt_run_t* run = nullptr;
  bp_rt_stream_t* stream = nullptr;
  ASSERT_TRUE(done(bp_rt_run_create(session, &run)));
  ASSERT_TRUE(done(bp_rt_stream_create(bench_.device, 0, &stream)));
  const std::vector<float> in(16, 3);
  const bp_rt_tensor_t input = on_host(f32({16}), in.data());
  bp_rt_tensor_t output = {};
  output.type.dtype = BP_DTYPE_FLOAT32;
  const bp_rt_run_config_t config = {sizeof config, 0, stream};
  ASSERT_TRUE(done(bp_rt_run_start(run, &input, &output, &config)));
  ASSERT_TRUE(done(bp_rt_stream_synchronize(stream, UINT64_MAX)));
  ASSERT_NE(output.memory, nullptr);
  for (float value : bench_.floats(output.memory, 16))
    EXPECT_NEAR(value, expected, 1e-6 * std::fabs(expected));
  bp_rt_memory_destroy(output.memory);
  bp_rt_run_destroy(run);
  bp_rt_session_destroy(session);
  bp_rt_stream_destroy(stream);
}

TEST_P(Graphs, SessionsSayWhatGoesInAndOutAndWhere) {
  GraphBuilder b(bench_.rt);
  const bp_value_id_t x = b.input("pixels", f32({-2, 3}));
  b.output("classes", b.node("Relu", 14, {x}));
  bp_rt_session_t* session = session_of(bench_, b.graph);
  const bp_value_info_t* input = bp_rt_session_input(session, 0);
  ASSERT_NE(input, nullptr);
  EXPECT_STREQ(input->name, "pixels");
  EXPECT_EQ(input->type->shape[1], 3);
  EXPECT_EQ(bp_rt_session_input(session, 1), nullptr);
  ASSERT_NE(bp_rt_session_output(session, 0), nullptr);
  EXPECT_STREQ(bp_rt_session_output(session, 0)->name, "classes");
  std::string text;
  const auto append = [](void* into, const void* bytes, uint64_t size) {
    static_cast<std::string*>(into)->append(static_cast<const char*>(bytes), size);
  };
  ASSERT_TRUE(done(bp_rt_session_write(session, "placement", append, &text)));
  EXPECT_THAT(text, HasSubstr("\"op\": \"Relu\""));
  text.clear();
  ASSERT_TRUE(done(bp_rt_session_write(session, "graph.dot", append, &text)));
  EXPECT_THAT(text, HasSubstr("digraph"));
  EXPECT_EQ(bp_rt_session_write(session, "poem", append, &text), BP_STATUS_UNSUPPORTED);
  bp_rt_session_destroy(session);
}

TEST_P(Graphs, OlderFormsAreTakenAsTheyWereMeant) {
  GraphBuilder b(bench_.rt);
  const bp_value_id_t x = b.input("x", f32({1, 3, 1}));
  TestNode squeeze("Squeeze", 1, {f32({1, 3, 1})});
  squeeze.add_ints("axes", {0, 2});
  const bp_value_id_t squeezed = b.node(squeeze, {x});
  EXPECT_EQ(bp_rt_graph_view()->get_value(b.graph, squeezed)->type->rank, 1);
  b.output("y", squeezed);
  bp_rt_session_t* session = session_of(bench_, b.graph);
  bp_rt_run_t* run = nullptr;
  ASSERT_TRUE(done(bp_rt_run_create(session, &run)));
  const std::vector<float> in = {1, 2, 3};
  std::vector<float> out(3);
  const bp_rt_tensor_t input = on_host(f32({1, 3, 1}), in.data());
  bp_rt_tensor_t output = on_host(f32({3}), out.data());
  ASSERT_TRUE(done(bp_rt_run_start(run, &input, &output, nullptr)));
  EXPECT_EQ(out, in);
  bp_rt_run_destroy(run);
  bp_rt_session_destroy(session);
}

TEST_P(Graphs, CallsThatFailLeaveTheGraphAsItWas) {
  GraphBuilder b(bench_.rt);
  const bp_value_id_t x = b.input("x", f32({2, 3}));
  const bp_graph_view_t* view = bp_rt_graph_view();
  TestNode wrong("MatMul", 13, {f32({2, 3}), f32({2, 3})});
  const bp_value_id_t ids[] = {x, x};
  bp_node_id_t node = BP_NONE;
  EXPECT_EQ(bp_rt_graph_add_node(b.graph, wrong.get(), ids, &node), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(bp_rt_last_error()->text, HasSubstr("MatMul"));
  const bp_value_id_t beyond[] = {x, 77};
  EXPECT_EQ(bp_rt_graph_add_node(b.graph, wrong.get(), beyond, &node), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(bp_rt_last_error()->text, HasSubstr("input 1 is value 77, and the graph has 1"));
  TestNode promised("Relu", 14, {f32({2, 3})});
  const bp_tensor_type_t other = f32({9});
  promised.node.outputs = &other;
  EXPECT_EQ(bp_rt_graph_add_node(b.graph, promised.get(), &x, &node), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(bp_rt_last_error()->text, HasSubstr("was given as float32[9]"));
  EXPECT_EQ(view->node_count(b.graph), 0u);
  bp_value_id_t again = BP_NONE;
  const bp_tensor_type_t type = f32({2});
  EXPECT_EQ(bp_rt_graph_add_input(b.graph, "x", &type, &again), BP_STATUS_INVALID_ARGUMENT);
  bp_tensor_type_t deep = f32({2});
  deep.rank = 9;
  EXPECT_EQ(bp_rt_graph_add_input(b.graph, "z", &deep, &again), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(bp_rt_graph_add_output(b.graph, "y", 99), BP_STATUS_INVALID_ARGUMENT);
  bp_rt_session_t* session = nullptr;
  EXPECT_EQ(bp_rt_session_create(b.graph, &bench_.device, 1, nullptr, 0, &session),
            BP_STATUS_INVALID_ARGUMENT);
  bp_rt_device_t* two[] = {bench_.device, bench_.device};
  EXPECT_EQ(bp_rt_session_create(b.graph, two, 2, nullptr, 0, &session), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(bp_rt_session_create(b.graph, two, 0, nullptr, 0, &session),
            BP_STATUS_INVALID_ARGUMENT);
}

TEST_P(Graphs, ConstantsMayStayTheCallersAndAreReleasedOnce) {
  int released = 0;
  const std::vector<float> weights = {1, 2, 3};
  {
    GraphBuilder b(bench_.rt);
    const bp_constant_t constant = {f32({3}), weights.data(), 5};
    bp_value_id_t id = BP_NONE;
    ASSERT_TRUE(done(bp_rt_graph_add_constant(
        b.graph, &constant, [](void* count) { ++*static_cast<int*>(count); }, &released, &id)));
    b.output("y", b.node("Add", 14, {b.input("x", f32({3})), id}));
    bp_rt_session_t* session = session_of(bench_, b.graph);
    EXPECT_EQ(released, 0);
    bp_rt_session_destroy(session);
  }
  EXPECT_EQ(released, 1);
}

TEST_P(Graphs, SessionsOutliveTheirGraphAndDeviceHandle) {
  bp_rt_session_t* session = nullptr;
  {
    bp_rt_device_t* device = nullptr;
    ASSERT_TRUE(done(bp_rt_device_open(bench_.rt, GetParam(), nullptr, 0, &device)));
    GraphBuilder b(bench_.rt);
    b.output("y", b.node("Relu", 14, {b.input("x", f32({2}))}));
    ASSERT_TRUE(done(bp_rt_session_create(b.graph, &device, 1, nullptr, 0, &session)));
    bp_rt_device_close(device);
  }
  bp_rt_run_t* run = nullptr;
  ASSERT_TRUE(done(bp_rt_run_create(session, &run)));
  bp_rt_session_destroy(session);
  const std::vector<float> in = {-1, 2};
  std::vector<float> out(2);
  const bp_rt_tensor_t input = on_host(f32({2}), in.data());
  bp_rt_tensor_t output = on_host(f32({2}), out.data());
  ASSERT_TRUE(done(bp_rt_run_start(run, &input, &output, nullptr)));
  EXPECT_EQ(out, (std::vector<float>{0, 2}));
  bp_rt_run_destroy(run);
}

TEST_P(Graphs, BytesThatAreNoModelAreCorrupt) {
  bp_graph_t* graph = nullptr;
  EXPECT_EQ(bp_rt_graph_from_onnx(bench_.rt, "garbage", 7, "", nullptr, nullptr, &graph),
            BP_STATUS_CORRUPT);
  EXPECT_EQ(graph, nullptr);
}

TEST_P(Graphs, AnOutputThatNobodyWantsIsNotDelivered) {
  GraphBuilder b(bench_.rt);
  const bp_value_id_t x = b.input("x", f32({2}));
  b.output("y", b.node("Relu", 14, {x}));
  b.output("z", b.node("Add", 14, {x, x}));
  bp_rt_session_t* session = session_of(bench_, b.graph);
  bp_rt_run_t* run = nullptr;
  ASSERT_TRUE(done(bp_rt_run_create(session, &run)));
  const std::vector<float> in = {-1, 2};
  std::vector<float> out(2);
  const bp_rt_tensor_t input = on_host(f32({2}), in.data());
  bp_rt_tensor_t outputs[2] = {{}, on_host(f32({2}), out.data())};
  ASSERT_TRUE(done(bp_rt_run_start(run, &input, outputs, nullptr)));
  EXPECT_EQ(out, (std::vector<float>{-2, 4}));
  EXPECT_EQ(outputs[0].memory, nullptr);
  bp_rt_run_destroy(run);
  bp_rt_session_destroy(session);
}

}  // namespace
}  // namespace backplane::runtime
