// The `backplane` command as a user meets it: what it prints, and its exit codes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "loader/child.hpp"
#include "loader/test_support.hpp"

namespace backplane {
namespace {

using nlohmann::json;

constexpr uint64_t kLong = 100'000'000'000;

struct Answer {
  int exit_code = -1;
  std::string text;  // stdout and stderr
};

Answer run_program(const std::string& program, const std::vector<std::string>& arguments) {
  ChildRequest request;
  request.program = program;
  request.arguments = arguments;
  request.timeout_ns = kLong;
  const Result<ChildOutcome> outcome = run_child(request);
  EXPECT_TRUE(outcome.ok()) << outcome.status().text();
  if (!outcome.ok()) return {};
  EXPECT_EQ(outcome->end, ChildOutcome::End::kExited) << outcome->output;
  return {outcome->code, outcome->output};
}

Answer backplane(const std::vector<std::string>& arguments) {
  unsetenv("BACKPLANE_PLUGIN_PATH");
  unsetenv("BACKPLANE_LOG");
  return run_program(BACKPLANE_COMMAND, arguments);
}

bool has(const Answer& answer, const std::string& part) {
  return answer.text.find(part) != std::string::npos;
}

TEST(Command, HelpAndVersionAreDone) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                    {"list", "--help"},
                                                    {"inspect", "--help"},
                                                    {"explain", "--help"}}) {
    const Answer answer = backplane(arguments);
    EXPECT_EQ(answer.exit_code, 0);
    EXPECT_TRUE(has(answer, "Examples:")) << answer.text;
  }
  const Answer version = backplane({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_TRUE(has(version, "(ABI 0.2)")) << version.text;
}

TEST(Command, WrongUsageIsTwo) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"nonsense"},
                                                    {"--nonsense"},
                                                    {"inspect"},
                                                    {"explain"},
                                                    {"list", "--nonsense"},
                                                    {"list", "too", "many"},
                                                    {"inspect", "a", "b"}})
    EXPECT_EQ(backplane(arguments).exit_code, 2);
}

TEST(Command, ListShowsPluginsDevicesAndRefusals) {
  const TemporaryFolder folder;
  const std::string good = folder.copy(selftest_plugin("honest/first"), "libbp_good.so");
  const std::string bad = folder.copy(selftest_plugin("crashes_in_query"), "libbp_bad.so");
  const Answer answer = backplane({"list", "--plugin-path", folder.path()});
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_TRUE(has(answer, "org.backplane.selftest.first")) << answer.text;
  EXPECT_TRUE(has(answer, "first:1")) << answer.text;
  EXPECT_TRUE(has(answer, bad + ": it crashed (SIGSEGV) in bp_plugin_query")) << answer.text;
  EXPECT_FALSE(has(answer, "\x1b[")) << "colours, and this is no terminal";
}

TEST(Command, ListReadsTheEnvironmentAndTellsOfItsSearch) {
  const TemporaryFolder folder;
  const std::string good = folder.copy(selftest_plugin("honest/first"), "libbp_good.so");
  setenv("BACKPLANE_PLUGIN_PATH", folder.path().c_str(), 1);
  setenv("BACKPLANE_LOG", "loader", 1);
  const Answer answer = run_program(BACKPLANE_COMMAND, {"list"});
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_TRUE(has(answer, "backplane debug loader: found " + good)) << answer.text;
}

TEST(Command, ListAsJsonHoldsTheSame) {
  const std::string bad = selftest_plugin("refuses");
  const Answer answer =
      backplane({"list", "--json", "--plugin-path", selftest_plugin("honest/first") + ":" + bad});
  EXPECT_EQ(answer.exit_code, 0);
  const json list = json::parse(answer.text, nullptr, false);
  ASSERT_TRUE(list.is_object()) << answer.text;
  EXPECT_EQ(list["plugins"][0]["id"], "org.backplane.selftest.first");
  EXPECT_EQ(list["plugins"][0]["is_used"], true);
  EXPECT_EQ(list["plugins"][1]["path"], bad);
  EXPECT_EQ(list["plugins"][1]["is_used"], false);
  EXPECT_NE(list["plugins"][1]["refusal"], "");
  EXPECT_EQ(list["devices"][0]["selector"], "first");
  EXPECT_EQ(list["devices"][0]["uuid"], "first-uuid");
  EXPECT_EQ(list["devices"][1]["ordinal"], 1);
}

TEST(Command, InspectTellsOfAPluginAndItsDevices) {
  const Answer answer = backplane({"inspect", selftest_plugin("honest/first")});
  EXPECT_EQ(answer.exit_code, 0);
  for (const char* part : {"org.backplane.selftest.first 1.9.0", "bp_plugin_query", "first:1",
                           "a minimal device", "memory.host_space"})
    EXPECT_TRUE(has(answer, part)) << part << "\n" << answer.text;
}

TEST(Command, InspectOfARefusedFileIsOneAndShowsWhatCanBeSeen) {
  const Answer answer = backplane({"inspect", selftest_plugin("two_symbols")});
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_TRUE(has(answer, "acme_second_symbol")) << answer.text;
  const Answer crash = backplane({"inspect", selftest_plugin("crashes_in_query")});
  EXPECT_EQ(crash.exit_code, 1);
  EXPECT_TRUE(has(crash, "shared library")) << crash.text;
  EXPECT_TRUE(has(crash, "it crashed (SIGSEGV) in bp_plugin_query")) << crash.text;
  const Answer absent = backplane({"inspect", "/nowhere/libbp_x.so"});
  EXPECT_EQ(absent.exit_code, 1);
  EXPECT_TRUE(has(absent, "there is no such file")) << absent.text;
}

TEST(Command, InspectAsJsonHoldsTheSame) {
  const Answer good = backplane({"inspect", "--json", selftest_plugin("honest/first")});
  const json plugin = json::parse(good.text, nullptr, false);
  ASSERT_TRUE(plugin.is_object()) << good.text;
  EXPECT_EQ(plugin["file"]["defined_symbols"], json::array({"bp_plugin_query"}));
  EXPECT_EQ(plugin["devices"].size(), 2u);
  EXPECT_EQ(plugin["optional_functions"], json::array());
  const Answer bad = backplane({"inspect", "--json", selftest_plugin("refuses")});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_NE(json::parse(bad.text, nullptr, false)["refusal"], "");
  EXPECT_EQ(backplane({"inspect", "--json", "/dev/null"}).exit_code, 1);
}

TEST(Command, ExplainKnowsStatusesAndRules) {
  for (const char* word : {"OUT_OF_MEMORY", "out_of_memory", "BP_STATUS_OUT_OF_MEMORY", "3"}) {
    const Answer answer = backplane({"explain", word});
    EXPECT_EQ(answer.exit_code, 0) << word;
    EXPECT_EQ(answer.text,
              "OUT_OF_MEMORY (3): too little memory now; the device is still usable\n");
  }
  EXPECT_TRUE(has(backplane({"explain", "BP_OK"}), "OK (0): done"));
  const Answer rule = backplane({"explain", "BP-PLUGIN-9"});
  EXPECT_EQ(rule.exit_code, 0);
  EXPECT_TRUE(has(rule, "returns the same pointer")) << rule.text;
  for (const char* word : {"nonsense", "", "BP-MEM-999", "99"})
    EXPECT_EQ(backplane({"explain", word}).exit_code, 1) << word;
}

TEST(Command, OnATerminalHeadingsAreColoured) {
  if (access("/usr/bin/script", X_OK) != 0) GTEST_SKIP() << "there is no script(1)";
  unsetenv("NO_COLOR");
  const std::string line = std::string(BACKPLANE_COMMAND) + " explain 3";
  EXPECT_TRUE(has(run_program("/usr/bin/script", {"-qec", line, "/dev/null"}), "\x1b[1mOUT_OF_"));
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(has(run_program("/usr/bin/script", {"-qec", line, "/dev/null"}), "\x1b["));
  unsetenv("NO_COLOR");
}

}  // namespace
}  // namespace backplane
