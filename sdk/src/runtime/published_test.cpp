// Every model that ONNX publishes, by way of the C API, against the outputs published with it.
#include "runtime/published_models.hpp"

namespace backplane::runtime {
namespace {

using onnx::has_published_data;
using onnx::kPublishedFolder;

struct Setting {
  const char* device;
  const char* set;
  int least;  // that pass
};

// The name that the test is listed under.
void PrintTo(const Setting& setting, std::ostream* out) {
  *out << setting.device << ' ' << setting.set;
}

class PublishedModels : public testing::TestWithParam<Setting> {};

TEST_P(PublishedModels, GiveThePublishedOutputs) {
  if (!has_published_data()) GTEST_SKIP() << "no " << kPublishedFolder << " (libonnx-testdata)";
  const Bench bench(GetParam().device);
  EXPECT_GE(judge_all(bench, GetParam().set)[Verdict::kPass], GetParam().least);
}

INSTANTIATE_TEST_SUITE_P(Sets, PublishedModels,
                         testing::Values(Setting{"cpu", "pytorch-converted", 63},
                                         Setting{"cpu", "pytorch-operator", 22},
                                         Setting{"cpu", "simple", 5}, Setting{"cpu", "node", 873},
                                         Setting{"cpu:1", "pytorch-converted", 63},
                                         Setting{"cpu:1", "pytorch-operator", 22},
                                         Setting{"cpu:1", "simple", 5},
                                         Setting{"cpu:1", "node", 873}));

// Those whose bodies stand in the plan; all others with bodies have sequences, too.
TEST(PublishedModels, OfIfLoopAndScanGiveThePublishedOutputs) {
  if (!has_published_data()) GTEST_SKIP() << "no " << kPublishedFolder << " (libonnx-testdata)";
  const Bench bench;
  for (const char* name :
       {"test_if", "test_loop11", "test_range_float_type_positive_delta_expanded",
        "test_range_int32_type_negative_delta_expanded", "test_scan9_sum", "test_scan_sum"}) {
    const Outcome outcome = judge(bench, fs::path(kPublishedFolder) / "node" / name);
    EXPECT_EQ(outcome.verdict, Verdict::kPass) << name << ": " << outcome.text;
  }
}

}  // namespace
}  // namespace backplane::runtime
