// `backplane explain WORD`: the text of a status or a rule.
#include <cctype>
#include <cstdio>
#include <memory>

#include "backplane_rules.hpp"  // made from the headers when this is built
#include "commands.hpp"
#include "loader/text.hpp"
#include "output.hpp"
#include "support/status.hpp"

namespace backplane {
namespace {

// "bp_status_out_of_memory" -> "OUT_OF_MEMORY"
std::string in_capitals(std::string word) {
  for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word;
}

std::string without_prefix(const std::string& word) {
  for (const std::string prefix : {"BP_STATUS_", "BP_"})
    if (word.compare(0, prefix.size(), prefix) == 0) return word.substr(prefix.size());
  return word;
}

bool explain_status(const std::string& word) {
  for (bp_status_t status = BP_OK; is_known_status(status); ++status) {
    if (word != status_name(status) && word != std::to_string(status)) continue;
    std::printf("%s (%d): %s\n", coloured(Colour::kHeading, status_name(status)).c_str(), status,
                status_text(status));
    return true;
  }
  return false;
}

bool explain_rule(const std::string& word) {
  for (const Rule& rule : kRules) {
    if (word != rule.id) continue;
    std::printf("%s (backplane/%s): %s\n", coloured(Colour::kHeading, rule.id).c_str(), rule.where,
                rule.sentence);
    return true;
  }
  return false;
}

int explain(const std::string& given) {
  const std::string word = in_capitals(given);
  if (explain_status(without_prefix(word)) || explain_rule(word)) return 0;
  std::fprintf(stderr,
               "backplane explain: \"%s\" is neither a status, as OUT_OF_MEMORY is, nor a rule, as "
               "BP-MEM-3 is\n",
               printable(given, 100).c_str());
  return 1;
}

}  // namespace

void add_explain_command(CLI::App& app, int* exit_code) {
  auto word = std::make_shared<std::string>();
  CLI::App* const command =
      app.add_subcommand("explain", "What a status or a rule of the ABI says");
  command->add_option("word", *word, "A status, its number, or a rule's id")->required();
  command->footer("Examples:\n  backplane explain OUT_OF_MEMORY\n  backplane explain BP-MEM-3");
  command->callback([word, exit_code] { *exit_code = explain(*word); });
}

}  // namespace backplane
