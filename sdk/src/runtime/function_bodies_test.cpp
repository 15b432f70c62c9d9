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

struct Setting {
  const char* name;
  std::string text;  // "": an integer
  int64_t number = 0;
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

struct Tolerance {
  double relative = 0;
  double absolute = 0;  // of what sums that cancel leave
};

// One node, as a device with the operator runs it and as one without.
class Trial {
 public:
  explicit Trial(const char* op)
      : whole_("starter", true, {{"lacks", "nothing"}}, BACKPLANE_STARTER_PLUGIN),
        parts_("starter", true, {{"lacks", op}}, BACKPLANE_STARTER_PLUGIN),
        op_(op) {}

  // "": the same of both.
  std::string difference(const std::vector<Array>& inputs, Tolerance tolerance,
                         const std::vector<Setting>& settings = {}, int outputs = 1) const {
    const ModelBuilder model = model_of(inputs, settings, outputs);
    ModelRun whole(whole_, model);
    ModelRun parts(parts_, model);
    const std::vector<Array> wanted = whole.run(inputs);
    const std::vector<Array> got = parts.run(inputs);
    if (wanted.empty() || got.empty()) return whole.said.text + "; " + parts.said.text;
    const char* const origin = op_ == std::string("Clip") ? "by hand" : "ONNX's own body";
    if (parts.placement().find(origin) == std::string::npos) return "not decomposed";
    for (size_t i = 0; i < wanted.size(); ++i)
      if (std::string text = between(got[i], wanted[i], tolerance); !text.empty()) return text;
    return "";
  }

 private:
  ModelBuilder model_of(const std::vector<Array>& inputs, const std::vector<Setting>& settings,
                        int outputs) const {
    ModelBuilder model;
    std::vector<std::string> names;
    for (const Array& each : inputs) {
      names.push_back("x" + std::to_string(names.size()));
      const std::vector<int64_t> shape(each.type.shape, each.type.shape + each.type.rank);
      model.input(names.back(), shape, static_cast<int>(each.type.dtype));
    }
    std::vector<std::string> results;
    for (int i = 0; i < outputs; ++i) results.push_back("y" + std::to_string(i));
    format::NodeProto& node = model.node(op_, names, results);
    for (const std::string& result : results) model.output(result);
    for (const Setting& setting : settings) {
      const bool is_text = !setting.text.empty();
      format::AttributeProto& attribute =
          add_attribute(node, setting.name,
                        is_text ? format::AttributeProto::STRING : format::AttributeProto::INT);
      if (is_text)
        attribute.set_s(setting.text);
      else
        attribute.set_i(setting.number);
    }
    return model;
  }

  static std::string between(const Array& got, const Array& wanted, Tolerance tolerance) {
    if (!same_type(got.type, wanted.type)) return got.type_text() + ", not " + wanted.type_text();
    if (!is_floating(wanted.type.dtype)) return got.bytes == wanted.bytes ? "" : "other integers";
    for (uint64_t i = 0; i < *element_count(wanted.type); ++i) {
      const double y = element(got.bytes.data(), got.type.dtype, i);
      const double r = element(wanted.bytes.data(), wanted.type.dtype, i);
      const bool is_near =
          y == r || (std::isnan(y) && std::isnan(r)) ||
          std::fabs(y - r) <= tolerance.absolute + tolerance.relative * std::fabs(r);
      if (!is_near) return std::to_string(y) + ", not " + std::to_string(r);
    }
    return "";
  }

  const Bench whole_;
  const Bench parts_;
  const char* const op_;
};

template <class T = float>
std::vector<T> random(size_t count, double range, bool has_special = false) {
  static std::mt19937 bits(7);
  std::uniform_real_distribution<double> numbers(-range, range);
  std::vector<T> values(count);
  for (T& each : values) each = static_cast<T>(numbers(bits));
  const std::vector<T> special = {T(NAN), T(INFINITY), T(-INFINITY), T(0), T(-0.0), T(1e-40)};
  for (size_t i = 0; has_special && i < special.size(); ++i) values[i * 7 % count] = special[i];
  return values;
}

TEST(FunctionBodies, CompareAsTheOperatorDoes) {
  for (const char* op : {"GreaterOrEqual", "LessOrEqual"}) {
    const Trial trial(op);
    const std::vector<float> row = random(16, 3, true);
    EXPECT_EQ(trial.difference({floats({16, 1}, row), floats({16}, row)}, {}), "") << op;
    const Array integers = array<int64_t>(BP_DTYPE_INT64, {3}, {INT64_MIN, 1, INT64_MAX});
    EXPECT_EQ(trial.difference({integers, int64(1)}, {}), "") << op;
  }
}

TEST(FunctionBodies, TakeTheAxisOfASoftmaxAndWhatIsNoNumber) {
  for (const char* op : {"Softmax", "LogSoftmax"}) {
    const Trial trial(op);
    const double absolute = op == std::string("Softmax") ? 0 : 1e-6;
    for (int64_t axis = -3; axis < 3; ++axis) {
      const std::vector<Setting> settings = {{"axis", "", axis}};
      const Array plain = floats({3, 5, 2}, random(30, 20));
      const Array special = floats({5, 3, 7}, random(105, 3, true));
      EXPECT_EQ(trial.difference({plain}, {3e-6, absolute}, settings), "") << op << axis;
      EXPECT_EQ(trial.difference({special}, {1e-5, absolute}, settings), "") << op << axis;
    }
    const Array doubles = array(BP_DTYPE_FLOAT64, {4, 9}, random<double>(36, 20));
    EXPECT_EQ(trial.difference({doubles}, {1e-12, absolute / 1e6}), "")
        << op << " of the last axis";
  }
}

TEST(FunctionBodies, QuantiseToTheSameIntegers) {
  const Trial trial("DynamicQuantizeLinear");
  for (const double range : {1e-3, 1.0, 77.0, 1e6})
    EXPECT_EQ(trial.difference({floats({40, 9}, random(360, range))}, {}, {}, 3), "") << range;
}

TEST(FunctionBodies, ConvertToTheTypeOfTheOther) {
  const Trial trial("CastLike");
  const Array from = floats({2, 3}, {0, 1.5f, 2, 3.25f, 100, 7});
  for (const bp_dtype_t dtype : {BP_DTYPE_INT8, BP_DTYPE_BOOL, BP_DTYPE_FLOAT64, BP_DTYPE_INT64}) {
    const bp_tensor_type_t like = type_of(dtype, {});
    EXPECT_EQ(trial.difference({from, {like, std::vector<char>(*byte_size(like))}}, {}), "")
        << dtype;
  }
}

TEST(FunctionBodies, ClipWhereTheUpperBoundHoldsTheLower) {
  const Trial trial("Clip");
  const Array x = floats({5, 4}, random(20, 3));
  for (const float upper : {1.0f, -2.0f})
    EXPECT_EQ(trial.difference({x, floats({}, {-1}), floats({1}, {upper})}, {}), "") << upper;
  EXPECT_EQ(trial.difference({floats({}, {5}), floats({1}, {-1}), floats({1}, {1})}, {}), "");
  EXPECT_EQ(trial.difference({x, floats({}, {0.5f})}, {}), "");
  EXPECT_EQ(trial.difference({x}, {}), "");
}

// Labels of 3 classes, some of them to be ignored.
template <class T>
Array labels(bp_dtype_t dtype, T ignored) {
  std::vector<T> values(12);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i % 5 == 3 ? ignored : T(i % 3);
  return array(dtype, {4, 3}, values);
}

template <class T>
void expect_losses(const Trial& trial, bp_dtype_t dtype, Tolerance tolerance, int outputs) {
  for (const char* reduction : {"none", "sum", "mean"})
    for (const int64_t ignored : {int64_t{0}, int64_t{2}, int64_t{-100}})
      for (const bool has_weights : {false, true}) {
        std::vector<Array> inputs = {array(dtype, {4, 3, 3}, random<T>(36, 4)),
                                     labels<int64_t>(BP_DTYPE_INT64, ignored)};
        if (has_weights) inputs.push_back(array<T>(dtype, {3}, {T(0.5), 2, T(1.25)}));
        const std::vector<Setting> settings = {{"reduction", reduction, 0},
                                               {"ignore_index", "", ignored}};
        EXPECT_EQ(trial.difference(inputs, tolerance, settings, outputs), "")
            << reduction << ignored << has_weights;
      }
  const Array scores = array(dtype, {4, 3, 3}, random<T>(36, 4));
  EXPECT_EQ(trial.difference({scores, labels<int32_t>(BP_DTYPE_INT32, 1)}, tolerance, {}, outputs),
            "");
}

TEST(FunctionBodies, IgnoreWeighAndReduceLosses) {
  const Trial likelihood("NegativeLogLikelihoodLoss");
  expect_losses<float>(likelihood, BP_DTYPE_FLOAT32, {1e-5, 1e-6}, 1);
  expect_losses<double>(likelihood, BP_DTYPE_FLOAT64, {1e-13, 1e-14}, 1);
  const Trial entropy("SoftmaxCrossEntropyLoss");
  for (const int outputs : {1, 2})
    expect_losses<float>(entropy, BP_DTYPE_FLOAT32, {1e-5, 1e-6}, outputs);
  expect_losses<double>(entropy, BP_DTYPE_FLOAT64, {1e-13, 1e-14}, 2);
}

}  // namespace
}  // namespace backplane::runtime
