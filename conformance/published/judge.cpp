#include "published/judge.hpp"

#include <filesystem>

#include "compare/published.hpp"
#include "onnx/reader.hpp"
#include "published/list.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

// "" when output `index` of a data set is as published.
std::string judge_output(const fs::path& data_set, size_t index, const TensorBytes& came) {
  const fs::path path = data_set / ("output_" + std::to_string(index) + ".pb");
  const Result<onnx::NamedTensor> wanted = onnx::read_tensor_file(path.string());
  if (!wanted.ok()) return path.string() + " cannot be read: " + wanted.status().text();
  const Result<uint64_t> size = byte_size(wanted->value->type);
  if (!size.ok()) return size.status().text();
  bp_tensor_type_t type = wanted->value->type;
  type.dtype = published_dtype(type.dtype, came.type.dtype);
  return compare_with_published(
      type, std::string(static_cast<const char*>(wanted->value->bytes()), *size), came.type,
      came.bytes);
}

std::string judge_all(const fs::path& folder, const Outcome& outcome) {
  size_t judged = 0;
  for (size_t set = 0; set < outcome.outputs.size(); ++set)
    for (size_t i = 0; i < outcome.outputs[set].size(); ++i, ++judged) {
      const fs::path data_set = folder / ("test_data_set_" + std::to_string(set));
      const std::string wrong = judge_output(data_set, i, outcome.outputs[set][i]);
      if (!wrong.empty()) return "output " + std::to_string(i) + ": " + wrong;
    }
  return judged > 0 ? "" : "no output came back";
}

}  // namespace

void judge_published(const std::string& folder, Outcome* outcome) {
  if (outcome->verdict != Verdict::kPass) return;
  outcome->text = judge_all(folder, *outcome);
  if (outcome->text.empty()) return;
  outcome->verdict = Verdict::kFail;
  outcome->rule = "BP-KERNEL-6";
}

}  // namespace backplane::conformance
