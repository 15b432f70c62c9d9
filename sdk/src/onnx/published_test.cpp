// The reader on every model and tensor that ONNX publishes.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <set>

#include "graph/verify.hpp"
#include "onnx/published_data.hpp"
#include "onnx/reader.hpp"
#include "ops/table.hpp"

namespace backplane::onnx {
namespace {

class Published : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_published_data()) GTEST_SKIP() << "no " << kPublishedFolder << " (libonnx-testdata)";
  }
};

Result<Summary> summary_of(const std::string& path) {
  const std::string bytes = bytes_of(path);
  return summarise(bytes.data(), bytes.size());
}

bool is_plain(const Summary& summary) {
  return summary.only_tensors && summary.only_standard_domain && !summary.has_strings;
}

TEST_F(Published, SummariesCountWhatIsThere) {
  size_t all = 0;
  size_t plain = 0;
  for (const std::string& path : published_models()) {
    const Result<Summary> summary = summary_of(path);
    ASSERT_TRUE(summary.ok()) << path << ": " << summary.status().text();
    ++all;
    plain += is_plain(*summary) ? 1 : 0;
  }
  EXPECT_EQ(all, 1072u);
  EXPECT_EQ(plain, 1021u);
}

// The word of ops/table.hpp that a refusal begins with, or "" when it begins with none.
std::string word_of(const Status& status) {
  for (const char* word :
       {ops::kNoSchema, ops::kSequence, ops::kString, ops::kControlFlow, ops::kUnknownSize})
    if (status.text().rfind(word + std::string(": "), 0) == 0) return word;
  return "";
}

TEST_F(Published, EveryModelReadsOrIsUnsupportedInAKnownWord) {
  std::map<std::string, size_t> counts;
  for (const std::string& path : published_models()) {
    const Result<graph::Graph> graph = read_model_file(path);
    if (graph.ok()) {
      ++counts["read"];
      const std::vector<std::string> violations = graph::violations(*graph);
      EXPECT_TRUE(violations.empty()) << path << ": " << violations.front();
      continue;
    }
    EXPECT_EQ(graph.status().code(), BP_STATUS_UNSUPPORTED) << graph.status().text();
    const std::string word = word_of(graph.status());
    EXPECT_NE(word, "") << graph.status().text();
    ++counts[word];
  }
  for (const auto& [word, count] : counts) std::cout << word << ": " << count << '\n';
  EXPECT_GT(counts["read"], 0u);
}

// Operators whose models the host always reads: what it then cannot run is a plugin's refusal.
const std::set<std::string> kFirstOperators = {"Add",
                                               "Sub",
                                               "Mul",
                                               "Div",
                                               "MatMul",
                                               "Gemm",
                                               "Conv",
                                               "Relu",
                                               "Sigmoid",
                                               "Tanh",
                                               "Softmax",
                                               "MaxPool",
                                               "Clip",
                                               "Concat",
                                               "Reshape",
                                               "Transpose",
                                               "Flatten",
                                               "ReduceMean",
                                               "Sqrt",
                                               "Pow",
                                               "Constant",
                                               "Identity",
                                               "Squeeze",
                                               "Unsqueeze",
                                               "Cast",
                                               "Slice",
                                               "Gather",
                                               "Expand",
                                               "Split",
                                               "Pad",
                                               "Shape",
                                               "AveragePool",
                                               "GlobalAveragePool",
                                               "BatchNormalization"};

TEST_F(Published, ModelsOfTheFirstOperatorsAreAllRead) {
  size_t count = 0;
  for (const std::string& path : published_models()) {
    const Result<Summary> summary = summary_of(path);
    if (!summary.ok() || !is_plain(*summary)) continue;
    if (!std::includes(kFirstOperators.begin(), kFirstOperators.end(), summary->operators.begin(),
                       summary->operators.end()))
      continue;
    ++count;
    const Result<graph::Graph> graph = read_model_file(path);
    EXPECT_TRUE(graph.ok()) << graph.status().text();
  }
  EXPECT_EQ(count, 307u);
}

TEST_F(Published, EveryTensorOfAPlainModelReads) {
  size_t count = 0;
  for (const std::string& path : published_models()) {
    const Result<Summary> summary = summary_of(path);
    if (!summary.ok() || !is_plain(*summary)) continue;
    for (const std::string& tensor_path : tensors_beside(path)) {
      const Result<NamedTensor> tensor = read_tensor_file(tensor_path);
      EXPECT_TRUE(tensor.ok()) << tensor.status().text();
      ++count;
    }
  }
  EXPECT_GT(count, 3000u);
}

TEST_F(Published, ASequenceFileIsNoTensorButNeverACrash) {
  for (const std::string& path : published_files([](const std::string& name) {
         return name.size() > 3 && name.substr(name.size() - 3) == ".pb";
       })) {
    const Result<NamedTensor> tensor = read_tensor_file(path);
    EXPECT_TRUE(!tensor.ok() || tensor->value != nullptr) << path;
  }
}

TEST_F(Published, AModelCutShortAnywhereFailsOrReads) {
  const std::vector<std::string> paths = published_models();
  for (size_t index = 0; index < 20; ++index) {
    const std::string bytes = bytes_of(paths[index * paths.size() / 20]);
    for (size_t size = 0; size <= std::min<size_t>(400, bytes.size()); ++size) {
      const std::string cut = bytes.substr(0, size);  // its own memory: a sanitizer sees its end
      const Result<graph::Graph> graph = read_model(cut.data(), cut.size(), {});
      EXPECT_TRUE(graph.ok() || !graph.status().text().empty());
      const Result<Summary> summary = summarise(cut.data(), cut.size());
      const Result<NamedTensor> tensor = read_tensor(cut.data(), cut.size());
      EXPECT_TRUE(size > 0 || !(graph.ok() || summary.ok() || tensor.ok()));
    }
  }
}

}  // namespace
}  // namespace backplane::onnx
