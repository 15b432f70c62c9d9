// Graph passes by way of the C API: hello_pass, whose one pass makes AddRelu of Add and Relu, gives
// the same with its pass and without it, and the session says which.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "runtime/test_bench.hpp"

namespace backplane::runtime {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

using Options = std::vector<bp_option_t>;

// y = Relu(a + b), for a batch that each run brings.
class Passes : public testing::Test {
 protected:
  Passes() : bench_("hello-pass", true, {}, BACKPLANE_HELLO_PASS_PLUGIN) {
    bp_value_id_t a = BP_NONE, b = BP_NONE, y = BP_NONE;
    const bp_tensor_type_t type = f32({-1, 3});
    EXPECT_TRUE(done(bp_rt_graph_create(bench_.rt, &graph_)));
    EXPECT_TRUE(done(bp_rt_graph_add_input(graph_, "a", &type, &a)));
    EXPECT_TRUE(done(bp_rt_graph_add_input(graph_, "b", &type, &b)));
    y = add("Add", {a, b});
    EXPECT_TRUE(done(bp_rt_graph_add_output(graph_, "y", add("Relu", {y}))));
  }
  ~Passes() override {
    bp_rt_run_destroy(run_);
    bp_rt_session_destroy(session_);
    bp_rt_graph_destroy(graph_);
  }

  bp_value_id_t add(const char* op, const std::vector<bp_value_id_t>& inputs) {
    TestNode node(op, 14, std::vector<bp_tensor_type_t>(inputs.size(), f32({-1, 3})));
    node.node.name = op;
    bp_node_id_t id = BP_NONE;
    EXPECT_TRUE(done(bp_rt_graph_add_node(graph_, node.get(), inputs.data(), &id)));
    return bp_rt_graph_view()->get_output(graph_, id, 0);
  }

  bp_status_t make(const Options& options) {
    return bp_rt_session_create(graph_, &bench_.device, 1, options.data(),
                                static_cast<uint32_t>(options.size()), &session_);
  }

  std::vector<float> run(const std::vector<float>& a, const std::vector<float>& b) {
    if (run_ == nullptr) {
      EXPECT_TRUE(done(bp_rt_run_create(session_, &run_)));
    }
    const bp_tensor_type_t type = f32({static_cast<int64_t>(a.size() / 3), 3});
    std::vector<float> y(a.size(), -1);
    const bp_rt_tensor_t inputs[] = {on_host(type, a.data()), on_host(type, b.data())};
    bp_rt_tensor_t output = on_host(type, y.data());
    EXPECT_TRUE(done(bp_rt_run_start(run_, inputs, &output, nullptr)));
    return y;
  }

  std::string written(const char* what) {
    std::string text;
    EXPECT_TRUE(done(bp_rt_session_write(
        session_, what,
        [](void* user, const void* bytes, uint64_t size) {
          static_cast<std::string*>(user)->append(static_cast<const char*>(bytes), size);
        },
        &text)));
    return text;
  }

  std::string outcome_of(const std::string& pass) {
    const json passes = json::parse(written("passes"))["passes"];
    for (const json& report : passes)
      if (report["pass"] == pass) return report["outcome"];
    return "not there";
  }

  Bench bench_;
  bp_graph_t* graph_ = nullptr;
  bp_rt_session_t* session_ = nullptr;
  bp_rt_run_t* run_ = nullptr;
};

TEST_F(Passes, OnePutsItsNodeInThePlaceOfTwoForEachSetOfSizes) {
  ASSERT_TRUE(done(make({})));
  EXPECT_THAT(run({1, 2, 3}, {-2, 1, 0.5F}), ElementsAre(0, 3, 3.5F));
  EXPECT_THAT(run({1, 2, 3, 4, 5, 6}, {-2, -2, -2, -5, -5, -5}), ElementsAre(0, 0, 1, 0, 0, 1));
  EXPECT_EQ(outcome_of("fuse-add-relu"), "changed");
  const json placement = json::parse(written("placement"));
  for (const json& node : placement["nodes"])
    EXPECT_THAT(node["fused"], ElementsAre("org.backplane.hello-pass.AddRelu"));
  EXPECT_THAT(written("plan.dot"), HasSubstr("org.backplane.hello-pass.AddRelu-1"));
  EXPECT_THAT(written("graph.dot"), testing::Not(HasSubstr("AddRelu")));
}

TEST_F(Passes, OneThatIsOffLeavesThemAndTheResultIsTheSame) {
  ASSERT_TRUE(done(make({{"pass:fuse-add-relu", "off"}})));
  EXPECT_THAT(run({1, 2, 3}, {-2, 1, 0.5F}), ElementsAre(0, 3, 3.5F));
  EXPECT_EQ(outcome_of("fuse-add-relu"), "off");
  EXPECT_EQ(outcome_of("host.dead-code"), "nothing to do");
  EXPECT_THAT(written("plan.dot"), HasSubstr("Relu-14"));
}

TEST_F(Passes, AllMayBeOff) {
  ASSERT_TRUE(done(make({{"passes", "off"}})));
  EXPECT_THAT(run({1, 2, 3}, {-2, 1, 0.5F}), ElementsAre(0, 3, 3.5F));
  EXPECT_EQ(outcome_of("fuse-add-relu"), "off");
  EXPECT_EQ(outcome_of("host.dead-code"), "off");
}

TEST_F(Passes, NoneOfThatNameIsSaidWithTheNames) {
  EXPECT_EQ(make({{"pass:fuse", "off"}}), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(bp_rt_last_error()->text, HasSubstr("fuse-add-relu"));
  EXPECT_EQ(make({{"pass:fuse-add-relu", "maybe"}}), BP_STATUS_INVALID_ARGUMENT);
}

TEST_F(Passes, ThereIsNoPlanBeforeARunHasBroughtSizes) {
  ASSERT_TRUE(done(make({})));
  EXPECT_EQ(bp_rt_session_write(
                session_, "plan.dot", [](void*, const void*, uint64_t) {}, nullptr),
            BP_STATUS_NOT_READY);
}

}  // namespace
}  // namespace backplane::runtime
