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

std::string profile_of(const Case& one) {
  const size_t begin = one.id.find('/') + 1;
  return one.id.substr(begin, one.id.find('/', begin) - begin);
}

std::string CutShort::text() const {
  return "interrupted by " + by + " after " + std::to_string(done) + " of " +
         std::to_string(planned) + " cases";
}

std::string repro_line(const RunFacts& facts, const Record& record) {
  std::string line = "conformance-run --plugin " + quoted(facts.options.plugin) + " --device " +
                     std::to_string(record.device) + " --seed " +
                     std::to_string(facts.options.seed);
  if (record.one->kind == CaseKind::kPublished)
    line += " --onnx-data " + quoted(facts.options.onnx_data);
  if (record.one->kind == CaseKind::kProfile)
    line += " --profile " + quoted(profile_of(*record.one));
  const RunOptions& options = facts.options;
  if (!options.from_model.empty() || !options.model.empty())
    line += (options.model.empty() ? " --from-model " + quoted(options.from_model)
                                   : " --model " + quoted(options.model)) +
            " --unknown-size " + std::to_string(options.unknown_size);
  if (record.one->kind == CaseKind::kNode) return line;
  return line + " --repro " + quoted(record.one->id);
}

}  // namespace backplane::conformance
