#include "report/record.hpp"

namespace backplane::conformance {
namespace {

// In single quotes where a shell would not take it as it is.
std::string quoted(const std::string& word) {
  const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:@%,";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string text = "'";
  for (char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string repro_line(const RunFacts& facts, const Record& record) {
  std::string line = "conformance-run --plugin " + quoted(facts.options.plugin) + " --device " +
                     std::to_string(record.device) + " --seed " +
                     std::to_string(facts.options.seed);
  if (record.one->kind == CaseKind::kPublished)
    line += " --onnx-data " + quoted(facts.options.onnx_data);
  return line + " --repro " + quoted(record.one->id);
}

}  // namespace backplane::conformance
