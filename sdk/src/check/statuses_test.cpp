#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "check/functions.hpp"
#include "support/status.hpp"

namespace backplane::check {
namespace {

std::string text_of_header(const std::string& name) {
  std::ifstream file(std::string(BACKPLANE_INCLUDE_DIR) + "/backplane/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Declared {
  std::string comment;
  bool returns_status;
};

// The words of capitals and underscores in `text`.
std::set<std::string> capital_words(const std::string& text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text + ".") {
    if ((c >= 'A' && c <= 'Z') || c == '_') {
      word += c;
      continue;
    }
    if (word.size() > 1) words.insert(word);
    word.clear();
  }
  return words;
}

// Every function pointer of the header's tables, "bp_status_t (*map)(", with the comment above it.
std::map<std::string, Declared> functions_of(const std::string& header) {
  const std::string text = text_of_header(header);
  std::map<std::string, Declared> found;
  std::string comment;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "/*") == 0) {
      const size_t end = text.find("*/", at);
      comment = text.substr(at, end - at);
      at = end;
    } else if (text.compare(at, 2, "(*") == 0) {
      const size_t line = text.rfind('\n', at) + 1;
      const std::string name = text.substr(at + 2, text.find(')', at) - at - 2);
      if (name != "function")  // the argument of host_call
        found[name] = {comment,
                       text.substr(line, at - line).find("bp_status_t ") != std::string::npos};
    }
  }
  return found;
}

std::set<std::string> failures_in(const Declared& declared) {
  std::set<std::string> failures;
  if (!declared.returns_status) return failures;
  const size_t fails = declared.comment.find("Fails:");
  if (fails != std::string::npos) {
    const size_t end = declared.comment.find_first_of(".[", fails);
    failures = capital_words(declared.comment.substr(fails, end - fails));
  }
  if (declared.comment.find("[optional]") != std::string::npos) failures.insert("UNSUPPORTED");
  return failures;
}

std::map<std::string, Declared> all_functions() {
  std::map<std::string, Declared> all;
  for (const char* header : {"plugin.h", "memory.h", "stream.h", "kernel.h", "ext/draft/test.h"})
    all.merge(functions_of(header));
  for (const auto& [name, declared] : functions_of("graph.h"))
    if (name.rfind("pass_", 0) == 0) all[name] = declared;  // the others are the host's
  return all;
}

TEST(Statuses, TheTableSaysOfEveryFunctionWhatItsHeaderSays) {
  std::map<std::string, Declared> declared = all_functions();
  EXPECT_EQ(declared.size(), kFunctionCount);
  for (size_t i = 0; i < kFunctionCount; ++i) {
    const FunctionRules& rules = rules_of(static_cast<Function>(i));
    ASSERT_EQ(declared.count(rules.name), 1u) << rules.name;
    std::set<std::string> failures;
    for (bp_status_t status = 1; is_known_status(status); ++status)
      if (rules.fails.has(status)) failures.insert(status_word(status));
    EXPECT_EQ(failures, failures_in(declared.at(rules.name))) << rules.name;
  }
}

TEST(Statuses, AnyCallMayFailInFourWaysAndInNoOtherThatItDoesNotList) {
  const FunctionRules& write = rules_of(Function::kWrite);
  const std::set<bp_status_t> own = {BP_OK, BP_STATUS_INVALID_ARGUMENT, BP_STATUS_OUT_OF_MEMORY,
                                     BP_STATUS_DEVICE_LOST, BP_STATUS_INTERNAL};
  for (bp_status_t status = -40; status < 100; ++status)
    EXPECT_EQ(write.allows(status), own.count(status) == 1) << status;
}

TEST(Statuses, AValueThatIsNotInTheListIsNamedByItsNumber) {
  EXPECT_EQ(status_word(77), "status 77");
  EXPECT_EQ(status_word(BP_STATUS_CORRUPT), "CORRUPT");
  EXPECT_EQ(failures_allowed(rules_of(Function::kDeviceOpen), {}),
            "INVALID_ARGUMENT, UNSUPPORTED, OUT_OF_MEMORY, NOT_READY, DEVICE_LOST, INTERNAL");
}

}  // namespace
}  // namespace backplane::check
