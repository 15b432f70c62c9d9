// `backplane run` as a user meets it: what it prints, what it writes, and its exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "loader/child.hpp"
#include "npy.hpp"
#include "support/tensor_type.hpp"

namespace backplane {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

const fs::path kPublished = "/usr/share/libonnx-testdata/data";

struct Answer {
  int exit_code = -1;
  std::string text;  // stdout and stderr
};

Answer run_command(std::vector<std::string> arguments) {
  unsetenv("BACKPLANE_PLUGIN_PATH");
  unsetenv("BACKPLANE_LOG");
  arguments.insert(arguments.begin(), "run");
  arguments.insert(arguments.end(), {"--plugin-path", BACKPLANE_CPU_PLUGIN});
  ChildRequest request;
  request.program = BACKPLANE_COMMAND;
  request.arguments = arguments;
  request.timeout_ns = 100'000'000'000;
  const Result<ChildOutcome> outcome = run_child(request);
  EXPECT_TRUE(outcome.ok()) << outcome.status().text();
  if (!outcome.ok()) return {};
  EXPECT_EQ(outcome->end, ChildOutcome::End::kExited) << outcome->output;
  return {outcome->code, outcome->output};
}

class RunCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kPublished)) GTEST_SKIP() << "no " << kPublished << " (libonnx-testdata)";
    folder_ = fs::temp_directory_path() / ("backplane_run_test_" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string model(const std::string& test) const {
    return (kPublished / "node" / test / "model.onnx").string();
  }
  std::string data(const std::string& test, const std::string& file) const {
    return (kPublished / "node" / test / "test_data_set_0" / file).string();
  }
  std::string file(const std::string& name, const std::string& bytes) const {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  fs::path folder_;
};

TEST_F(RunCommand, RunsAModelOnPublishedInputsAndWritesItsOutputs) {
  const Answer answer =
      run_command({model("test_relu"), "--input", "x=" + data("test_relu", "input_0.pb"),
                   "--output-dir", (folder_ / "out").string()});
  EXPECT_EQ(answer.exit_code, 0) << answer.text;
  EXPECT_THAT(answer.text, HasSubstr("float32[3,4,5]"));
  const Result<NpyArray> written = read_npy_file((folder_ / "out" / "y.npy").string());
  ASSERT_TRUE(written.ok()) << written.status().text();
  EXPECT_EQ(to_text(written->type), "float32[3,4,5]");
}

TEST_F(RunCommand, ReadsNpyFilesAndAnswersInJson) {
  const float values[] = {-3, 1, 5, 1};
  const bp_tensor_type_t type = tensor_type(BP_DTYPE_FLOAT32, {3, 4, 5});
  std::vector<float> all(60);
  for (size_t i = 0; i < all.size(); ++i) all[i] = values[i % 4];
  const std::string input = file("x.npy", *format_npy(type, all.data()));
  const Answer answer =
      run_command({model("test_relu"), "--input", "x=" + input, "--json", "--repeat", "3"});
  ASSERT_EQ(answer.exit_code, 0) << answer.text;
  const json outputs = json::parse(answer.text)["outputs"];
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0]["name"], "y");
  EXPECT_EQ(outputs[0]["dtype"], "float32");
  EXPECT_EQ(outputs[0]["min"], 0);
  EXPECT_EQ(outputs[0]["max"], 5);
  EXPECT_EQ(outputs[0]["mean"], 1.75);
}

TEST_F(RunCommand, RandomInputsAreTheSameEachTime) {
  const std::vector<std::string> arguments = {model("test_relu"), "--input", "x=random"};
  const Answer first = run_command(arguments);
  EXPECT_EQ(first.exit_code, 0) << first.text;
  EXPECT_EQ(first.text, run_command(arguments).text);
}

TEST_F(RunCommand, WhatFailsIsOneAndSaysWhy) {
  const auto failure = [](const std::vector<std::string>& arguments) {
    const Answer answer = run_command(arguments);
    EXPECT_EQ(answer.exit_code, 1) << answer.text;
    return answer.text;
  };
  EXPECT_THAT(failure({"/nowhere.onnx"}), HasSubstr("/nowhere.onnx: No such file"));
  EXPECT_THAT(failure({file("text.onnx", "this is no model")}), HasSubstr("backplane run: "));
  const std::string relu = model("test_relu");
  EXPECT_THAT(failure({relu, "--device", "gpu:3"}), HasSubstr("gpu:3"));
  EXPECT_THAT(failure({relu, "--input", "x=/nowhere.npy"}),
              HasSubstr("/nowhere.npy: No such file"));
  EXPECT_THAT(failure({relu, "--input", "x=" + file("x.npy", "garbage")}),
              HasSubstr("it is no .npy file"));
  const float one = 1;
  const std::string small = file("one.npy", *format_npy(tensor_type(BP_DTYPE_FLOAT32, {1}), &one));
  EXPECT_THAT(failure({relu, "--input", "x=" + small}),
              HasSubstr("input \"x\" is float32[3,4,5] and was given float32[1]"));
}

TEST_F(RunCommand, ARefusedNodeRunsAsSimplerOnesUnlessToldOtherwise) {
  std::vector<std::string> arguments = {model("test_batchnorm_epsilon_training_mode")};
  for (const char* input : {"x", "s", "bias", "mean", "var"})
    arguments.insert(arguments.end(), {"--input", std::string(input) + "=random"});
  const Answer runs = run_command(arguments);
  EXPECT_EQ(runs.exit_code, 0) << runs.text;
  arguments.emplace_back("--no-decompose");
  const Answer refused = run_command(arguments);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.text, HasSubstr("BatchNormalization: training_mode 1 is not served"));
}

TEST_F(RunCommand, SaysWhatEachPassDid) {
  const std::string twice = (kPublished / "simple/test_single_relu_model/model.onnx").string();
  const Answer answer =
      run_command({twice, "--input", "x=random", "--explain-passes", "--disable-pass",
                   "host.dead-code", "--dot", (folder_ / "plan.dot").string()});
  EXPECT_EQ(answer.exit_code, 0) << answer.text;
  EXPECT_THAT(answer.text, HasSubstr("PASS "));
  EXPECT_THAT(answer.text, testing::ContainsRegex("host.no-operation +nothing to do"));
  EXPECT_THAT(answer.text, testing::ContainsRegex("host.dead-code +off"));
  std::ifstream dot(folder_ / "plan.dot");
  const std::string drawn((std::istreambuf_iterator<char>(dot)), std::istreambuf_iterator<char>());
  EXPECT_THAT(drawn, HasSubstr("digraph"));
  EXPECT_THAT(drawn, HasSubstr("Relu-14"));
}

TEST_F(RunCommand, TellsPassesInJson) {
  const Answer answer = run_command(
      {model("test_relu"), "--input", "x=random", "--explain-passes", "--no-passes", "--json"});
  EXPECT_EQ(answer.exit_code, 0) << answer.text;
  const json passes = json::parse(answer.text)["passes"];
  ASSERT_FALSE(passes.empty());
  for (const json& pass : passes) EXPECT_EQ(pass["outcome"], "off");
}

TEST_F(RunCommand, APassThatIsNotThereIsNamedWithThoseThatAre) {
  const Answer answer =
      run_command({model("test_relu"), "--input", "x=random", "--disable-pass", "fuse-it-all"});
  EXPECT_EQ(answer.exit_code, 1);
  EXPECT_THAT(answer.text, HasSubstr("pass:fuse-it-all: no pass has this name; there are "
                                     "host.no-operation, "));
}

TEST_F(RunCommand, WrongUsageIsTwo) {
  const auto failure = [](const std::vector<std::string>& arguments) {
    const Answer answer = run_command(arguments);
    EXPECT_EQ(answer.exit_code, 2) << answer.text;
    return answer.text;
  };
  const std::string relu = model("test_relu");
  failure({});
  failure({relu, "--frobnicate"});
  failure({relu, "--repeat", "0"});
  EXPECT_THAT(failure({relu, "--input", "x"}), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(failure({relu, "--input", "z=random", "--input", "x=random"}),
              HasSubstr("no input \"z\""));
  EXPECT_THAT(failure({relu}), HasSubstr("give --input x=FILE.npy"));
}

}  // namespace
}  // namespace backplane
