// ONNX's own function bodies in an operator's place, and Clip's: a device that has all but this one
// operator, against what ONNX publishes, and on random numbers against a device that has it.
#include <gmock/gmock.h>

#include <random>

#include "runtime/model_run.hpp"
#include "runtime/published_models.hpp"

namespace backplane::runtime {
namespace {

using onnx::add_attribute;
using onnx::ModelBuilder;

constexpr bp_option_t kAlone = {"decompose", "off"};
constexpr int kUint8 = format::TensorProto::UINT8;

struct Lack {
  const char* op;
  std::vector<std::string> names;  // of published models with it, as they begin
  int count;                       // of these models
};

void PrintTo(const Lack& lack, std::ostream* out) { *out << lack.op; }

class WithoutAnOperator : public testing::TestWithParam<Lack> {
 protected:
  const Bench bench{"starter", true, {{"lacks", GetParam().op}}, BACKPLANE_STARTER_PLUGIN};
};

// The published bodies of `_expanded` are other models; of STRING no device runs any, and those of
// BFLOAT16 are at odds with themselves.
std::vector<fs::path> models_of(const Lack& lack) {
  std::vector<fs::path> models;
  for (const auto& entry : fs::directory_iterator(fs::path(kPublishedFolder) / "node")) {
    const std::string name = entry.path().filename().string();
    const bool is_wanted = std::any_of(lack.names.begin(), lack.names.end(), [&](const auto& own) {
      return name.rfind(own, 0) == 0 && name.find("_expanded") == std::string::npos &&
             name.find("STRING") == std::string::npos && name.find("BFLOAT16") == std::string::npos;
    });
    if (is_wanted) models.push_back(entry.path());
  }
  return models;
}

TEST_P(WithoutAnOperator, ThePublishedOutputsComeOfItsBody) {
  if (!has_published_data()) GTEST_SKIP() << "no " << kPublishedFolder << " (libonnx-testdata)";
  const std::vector<fs::path> models = models_of(GetParam());
  EXPECT_EQ(models.size(), static_cast<size_t>(GetParam().count));
  for (const fs::path& model : models) {
    EXPECT_EQ(judge(bench, model, {kAlone}).verdict, Verdict::kPluginRefuses) << model;
    const Outcome outcome = judge(bench, model);
    EXPECT_EQ(outcome.verdict, Verdict::kPass) << model << ": " << outcome.text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, WithoutAnOperator,
    testing::Values(Lack{"CastLike", {"test_castlike_"}, 6}, Lack{"Clip", {"test_clip"}, 11},
                    Lack{"DynamicQuantizeLinear", {"test_dynamicquantizelinear"}, 3},
                    Lack{"GreaterOrEqual", {"test_greater_equal"}, 2},
                    Lack{"LessOrEqual", {"test_less_equal"}, 2},
                    Lack{"LogSoftmax", {"test_logsoftmax_"}, 7},
                    Lack{"NegativeLogLikelihoodLoss", {"test_nllloss_"}, 18},
                    Lack{"Softmax", {"test_softmax_"}, 7},
                    Lack{"SoftmaxCrossEntropyLoss", {"test_sce_"}, 34}));

}  // namespace
}  // namespace backplane::runtime
