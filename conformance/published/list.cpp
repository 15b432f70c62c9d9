#include "published/list.hpp"

#include <algorithm>
#include <filesystem>

#include "onnx/reader.hpp"
#include "support/file.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDebianFolder = "/usr/share/libonnx-testdata/data";
constexpr const char* kCollections[] = {"node", "pytorch-converted", "pytorch-operator", "simple"};

bool is_random(const std::string& test) {
  const std::vector<std::string>& names = random_tests();
  return std::find(names.begin(), names.end(), test) != names.end();
}

// What can be said of a model beforehand; nothing when it cannot be read: its case then says why.
void describe(const std::string& model, Case* one) {
  const Result<std::string> bytes = read_file(model);
  if (!bytes.ok()) return;
  const Result<onnx::Summary> summary = onnx::summarise(bytes->data(), bytes->size());
  if (!summary.ok()) return;
  one->operators = summary->operators;
  one->is_plain = summary->only_tensors && !summary->has_strings && summary->only_standard_domain;
}

Case published_case(const std::string& collection, const fs::path& folder) {
  const std::string test = folder.filename().string();
  Case made;
  made.id = "operators/published/" + collection + "/" + test;
  made.level = Level::kOperators;
  made.kind = CaseKind::kPublished;
  made.rules = "BP-KERNEL-6";
  made.sentence = "the published test " + test + " gives its published outputs";
  made.path = folder.string();
  describe((folder / "model.onnx").string(), &made);
  if (is_random(test)) made.skip = "its published outputs are random";
  return made;
}

}  // namespace

std::string find_published_data() {
  std::error_code ignored;
  return fs::is_directory(fs::path(kDebianFolder) / "node", ignored) ? kDebianFolder : "";
}

std::vector<Case> published_cases(const std::string& folder) {
  std::vector<Case> cases;
  std::error_code ignored;
  for (const char* collection : kCollections)
    for (const fs::directory_entry& entry :
         fs::directory_iterator(fs::path(folder) / collection, ignored))
      if (fs::is_regular_file(entry.path() / "model.onnx", ignored))
        cases.push_back(published_case(collection, entry.path()));
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return a.id < b.id; });
  return cases;
}

bp_dtype_t published_dtype(bp_dtype_t in_file, bp_dtype_t declared) {
  return in_file == BP_DTYPE_UINT16 && declared == BP_DTYPE_BFLOAT16 ? declared : in_file;
}

const std::vector<std::string>& random_tests() {
  static const std::vector<std::string> names = {
      "test_bernoulli",
      "test_bernoulli_double",
      "test_bernoulli_expanded",
      "test_bernoulli_double_expanded",
      "test_bernoulli_seed",
      "test_bernoulli_seed_expanded",
      "test_training_dropout",
      "test_training_dropout_default",
      "test_training_dropout_mask",
      "test_training_dropout_default_mask",
  };
  return names;
}

}  // namespace backplane::conformance
