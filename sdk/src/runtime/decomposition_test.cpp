// What a plugin with few operators runs, alone and with decompositions: every published model, and
// what a session says of it.
#include <gmock/gmock.h>

#include "runtime/published_models.hpp"

namespace backplane::runtime {
namespace {

using onnx::has_published_data;
using onnx::kPublishedFolder;
using testing::HasSubstr;
using testing::Not;

constexpr bp_option_t kOff = {"decompose", "off"};
constexpr bp_option_t kOn = {"decompose", "on"};

Bench starter() { return Bench("starter", true, {}, BACKPLANE_STARTER_PLUGIN); }

int right_of_all(const Bench& bench, const bp_option_t& option) {
  int right = 0;
  for (const char* set : {"node", "simple", "pytorch-converted", "pytorch-operator"})
    right += judge_all(bench, set, {option})[Verdict::kPass];
  std::cout << "decompose " << option.value << ": " << right << " right\n";
  return right;
}

// A model of one node without attributes, made through the C API; the session's status and text.
struct Made {
  bp_rt_session_t* session = nullptr;
  bp_status_t code = BP_OK;
  std::string text;
  std::string node;
  std::string op;
};

Made make_session(const Bench& bench, TestNode& node, const bp_option_t& option) {
  Made made;
  bp_graph_t* graph = nullptr;
  EXPECT_TRUE(done(bp_rt_graph_create(bench.rt, &graph)));
  std::vector<bp_value_id_t> inputs(node.input_types.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    EXPECT_TRUE(done(bp_rt_graph_add_input(graph, ("x" + std::to_string(i)).c_str(),
                                           &node.input_types[i], &inputs[i])));
  bp_node_id_t id = 0;
  EXPECT_TRUE(done(bp_rt_graph_add_node(graph, node.get(), inputs.data(), &id)));
  const bp_value_id_t out = bp_rt_graph_view()->get_output(graph, id, 0);
  EXPECT_TRUE(done(bp_rt_graph_add_output(graph, "y", out)));
  made.code = bp_rt_session_create(graph, &bench.device, 1, &option, 1, &made.session);
  if (made.code != BP_OK) {
    const bp_rt_error_t* error = bp_rt_last_error();
    made.text = error->text;
    made.node = error->node;
    made.op = error->op;
  }
  bp_rt_graph_destroy(graph);
  return made;
}

std::string placement_of(bp_rt_session_t* session) {
  std::string text;
  EXPECT_TRUE(done(bp_rt_session_write(
      session, "placement",
      [](void* user, const void* bytes, uint64_t size) {
        static_cast<std::string*>(user)->append(static_cast<const char*>(bytes), size);
      },
      &text)));
  return text;
}

TEST(Decompositions, BringAPluginWithTheStarterOperatorsMostPublishedModels) {
  if (!has_published_data()) GTEST_SKIP() << "no " << kPublishedFolder << " (libonnx-testdata)";
  const Bench bench = starter();
  EXPECT_GE(right_of_all(bench, kOff), 250);
  EXPECT_GE(right_of_all(bench, kOn), 483);
}

TEST(Decompositions, ARefusedNodeRunsAsItsPartsAndThePlacementSaysWhich) {
  const Bench bench = starter();
  TestNode node("Reciprocal", 13, {f32({3})});
  const Made made = make_session(bench, node, kOn);
  ASSERT_EQ(made.code, BP_OK) << made.text;
  EXPECT_THAT(placement_of(made.session), HasSubstr("\"decomposed\": [\n        \"Div\"\n      ]"));
  EXPECT_THAT(placement_of(made.session), HasSubstr("\"decomposition\": \"by hand\""));
  const std::vector<float> in = {1, -4, 0};
  std::vector<float> out(3);
  const bp_rt_tensor_t input = on_host(f32({3}), in.data());
  bp_rt_tensor_t output = on_host(f32({3}), out.data());
  bp_rt_run_t* run = nullptr;
  ASSERT_TRUE(done(bp_rt_run_create(made.session, &run)));
  EXPECT_TRUE(done(bp_rt_run_start(run, &input, &output, nullptr)));
  EXPECT_EQ(out, (std::vector<float>{1, -0.25f, INFINITY}));
  bp_rt_run_destroy(run);
  bp_rt_session_destroy(made.session);
}

TEST(Decompositions, ANodeThatTheDeviceHasRunsAsItStands) {
  const Bench bench;
  TestNode node("Reciprocal", 13, {f32({3})});
  const Made made = make_session(bench, node, kOn);
  ASSERT_EQ(made.code, BP_OK) << made.text;
  EXPECT_THAT(placement_of(made.session), Not(HasSubstr("decomposed")));
  bp_rt_session_destroy(made.session);
}

TEST(Decompositions, OffMeansThatARefusalIsARefusal) {
  const Bench bench = starter();
  TestNode node("Reciprocal", 13, {f32({3})});
  const Made made = make_session(bench, node, kOff);
  EXPECT_EQ(made.code, BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(made.op, "Reciprocal");
  EXPECT_THAT(made.text, HasSubstr("starter has no Reciprocal"));
}

TEST(Decompositions, OnAndOffAreAllThatCanBeSaid) {
  const Bench bench = starter();
  TestNode node("Relu", 14, {f32({3})});
  const Made made = make_session(bench, node, {"decompose", "yes"});
  EXPECT_EQ(made.code, BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(made.text, HasSubstr("\"yes\" is neither \"on\" nor \"off\""));
}

}  // namespace
}  // namespace backplane::runtime
