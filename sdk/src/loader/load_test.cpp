// What a host hears of every file that it cannot load: conformance/selftest/load plants the faults.
#include <backplane/plugin.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "loader/device.hpp"
#include "loader/plugin.hpp"
#include "loader/test_support.hpp"

namespace backplane {
namespace {

namespace fs = std::filesystem;

class LoadTest : public testing::Test {
 protected:
  Result<std::shared_ptr<Plugin>> load(const std::string& path) const {
    return Plugin::load(path, options_, recorded_.log());
  }
  // The refusal without the path that every one begins with.
  std::string refusal_of_file(const std::string& path, bp_status_t code) const {
    const Result<std::shared_ptr<Plugin>> plugin = load(path);
    EXPECT_EQ(plugin.status().code(), code) << plugin.status().text();
    const std::string& text = plugin.status().text();
    EXPECT_EQ(text.compare(0, path.size() + 2, path + ": "), 0) << text;
    return text.size() > path.size() + 2 ? text.substr(path.size() + 2) : text;
  }
  std::string refusal(const std::string& fault, bp_status_t code) const {
    return refusal_of_file(selftest_plugin(fault), code);
  }
  bool loads(const std::string& fault) const { return load(selftest_plugin(fault)).ok(); }

  LoadOptions options_;
  RecordedLog recorded_;
};

TEST_F(LoadTest, AnHonestPluginIsLoadedAndNothingIsSaidOfIt) {
  const Result<std::shared_ptr<Plugin>> plugin = load(selftest_plugin("honest/first"));
  ASSERT_TRUE(plugin.ok()) << plugin.status().text();
  EXPECT_STREQ((*plugin)->table().id, "org.backplane.selftest.first");
  EXPECT_EQ((*plugin)->path(), selftest_plugin("honest/first"));
  EXPECT_FALSE(recorded_.has("warning"));
  EXPECT_FALSE(recorded_.has("error"));
}

TEST_F(LoadTest, AFileThatIsNoPluginIsAnInvalidArgument) {
  const TemporaryFolder folder;
  const bp_status_t invalid = BP_STATUS_INVALID_ARGUMENT;
  EXPECT_EQ(refusal_of_file(folder / "absent.so", invalid), "there is no such file");
  EXPECT_EQ(refusal_of_file(folder.path(), invalid).substr(0, 14), "it is a folder");
  EXPECT_EQ(refusal_of_file(folder.write("text.so", "hello"), invalid),
            "it is no ELF file, so no shared library");
  EXPECT_EQ(refusal("no_symbol", invalid),
            "it is a shared library, but no plugin: it does not export bp_plugin_query");
}

TEST_F(LoadTest, ARelativePathIsLoadedFromHere) {
  const fs::path kept = fs::current_path();
  fs::current_path(fs::path(selftest_plugin("honest/first")).parent_path());
  const Result<std::shared_ptr<Plugin>> plugin = load("libbp_first.so");
  fs::current_path(kept);
  ASSERT_TRUE(plugin.ok()) << plugin.status().text();
  EXPECT_EQ((*plugin)->path(), selftest_plugin("honest/first"));
}

// proves BP-HOST-12
TEST_F(LoadTest, AnotherAbiIsUnsupported) {
  EXPECT_EQ(refusal("other_abi", BP_STATUS_UNSUPPORTED),
            "org.backplane.selftest.other-abi 1.0.0 was built for ABI 9.2; this host speaks 0.2 "
            "and takes just 0.2: get a build of the plugin for it, or another Backplane");
  EXPECT_NE(refusal("newer_minor", BP_STATUS_UNSUPPORTED).find("was built for ABI 0.99"),
            std::string::npos);
}

TEST_F(LoadTest, ARefusalOfThePluginsComesWithItsWords) {
  EXPECT_EQ(refusal("refuses", BP_STATUS_UNSUPPORTED),
            "it refuses this host, which speaks ABI 0.2: built for ABI 7.1, and the host speaks "
            "another");
  EXPECT_EQ(refusal("refuses_silently", BP_STATUS_UNSUPPORTED),
            "it refuses this host, which speaks ABI 0.2, and gives no reason [BP-PLUGIN-5]");
}

TEST_F(LoadTest, WhatCannotBeOpenedComesWithTheLinkersWords) {
  EXPECT_EQ(refusal("undefined_symbol", BP_STATUS_UNSUPPORTED),
            "it cannot be opened: undefined symbol: acme_function_that_nobody_has");
  EXPECT_EQ(refusal("missing_library", BP_STATUS_UNSUPPORTED),
            "it cannot be opened: libbp_absent.so: cannot open shared object file: No such file or "
            "directory");
}

TEST_F(LoadTest, ACrashIsSurvivedAndPlaced) {
  EXPECT_EQ(refusal("crashes_in_query", BP_STATUS_INTERNAL),
            "it crashed (SIGSEGV) in bp_plugin_query");
  EXPECT_EQ(refusal("crashes_in_constructor", BP_STATUS_INTERNAL),
            "it crashed (SIGSEGV) while it was opened (a constructor)");
}

TEST_F(LoadTest, AnEndOfTheProcessIsSurvivedAndPlaced) {
  EXPECT_EQ(refusal("exits_in_query", BP_STATUS_INTERNAL),
            "it ended the process (exit code 0) in bp_plugin_query");
}

TEST_F(LoadTest, AHangIsEndedAndPlaced) {
  options_.probe_timeout_ns = 5'000'000'000;  // a busy machine takes its time to get there
  EXPECT_EQ(refusal("hangs_in_query", BP_STATUS_INTERNAL),
            "it was still busy after 5 s in bp_plugin_query");
}

TEST_F(LoadTest, AnExceptionIsCaughtWithAndWithoutAProbe) {
  const std::string text =
      "it threw an exception out of bp_plugin_query (no licence file) [BP-BASE-4]";
  EXPECT_EQ(refusal("throws_in_query", BP_STATUS_INTERNAL), text);
  options_.probe = false;
  EXPECT_EQ(refusal("throws_in_query", BP_STATUS_INTERNAL), text);
}

TEST_F(LoadTest, AnIncompleteTableIsNamedByWhatItLacksWithAndWithoutAProbe) {
  for (const bool probe : {true, false}) {
    options_.probe = probe;
    EXPECT_EQ(refusal("no_kernel_table", BP_STATUS_INTERNAL),
              "it has no kernel table, which every plugin must have");
    EXPECT_EQ(refusal("missing_function", BP_STATUS_INTERNAL),
              "its function write (memory table) is NULL; every plugin must have it");
    EXPECT_EQ(refusal("short_table", BP_STATUS_INTERNAL),
              "the memory table's struct_size is 32, and that of ABI 0.2 is 96: set it to sizeof, "
              "and build against its headers");
  }
}

TEST_F(LoadTest, ATableThatChangesIsRefused) {
  EXPECT_EQ(refusal("changing_table", BP_STATUS_INTERNAL),
            "bp_plugin_query gives another answer when it is asked again [BP-PLUGIN-9]");
}

TEST_F(LoadTest, ASanitizerThatThisHostLacksIsRefused) {
  if ((BP_SANITIZERS & BP_SANITIZER_ADDRESS) != 0) GTEST_SKIP() << "this host has it";
  EXPECT_EQ(refusal("built_with_asan", BP_STATUS_UNSUPPORTED),
            "it was built with AddressSanitizer, and this host was not; build both alike");
}

TEST_F(LoadTest, WhatItPrintsAndStartsInItsQueryIsAWarning) {
  EXPECT_TRUE(loads("prints_in_query"));
  EXPECT_EQ(recorded_.count("warning loader: " + selftest_plugin("prints_in_query") +
                            ": bp_plugin_query printed \"Acme driver 7 says hello\" [BP-PLUGIN-8]"),
            1u);
  EXPECT_TRUE(loads("starts_thread_in_query"));
  const bool has_helper =
      (BP_SANITIZERS & BP_SANITIZER_THREAD) != 0;  // a thread of the sanitizer's
  EXPECT_EQ(recorded_.count("warning loader: " + selftest_plugin("starts_thread_in_query") +
                            ": bp_plugin_query started " + (has_helper ? "2 threads" : "1 thread") +
                            " [BP-PLUGIN-8]"),
            1u);
  EXPECT_EQ(recorded_.count("warning"), 2u);
}

TEST_F(LoadTest, WhatTheFileShowsOfItsFaultsIsAWarning) {
  EXPECT_TRUE(loads("two_symbols"));
  EXPECT_EQ(recorded_.count("it exports more than bp_plugin_query: acme_second_symbol"), 1u);
  EXPECT_TRUE(loads("text_relocation"));
  EXPECT_EQ(recorded_.count("it has text relocations"), 1u);
  EXPECT_EQ(recorded_.count("warning"), 2u);
}

TEST_F(LoadTest, WithoutAProbeItWarnsOnceAndLoads) {
  for (const char* program : {"/nowhere/backplane-probe", "/bin/false", "/nowhere/another"}) {
    options_.probe_program = program;
    EXPECT_TRUE(loads("honest/first")) << program;
  }
  EXPECT_EQ(recorded_.count("warning loader: plugins are loaded without being tried"), 1u);
  EXPECT_TRUE(recorded_.has("/nowhere/backplane-probe cannot be started: No such file"));
}

// A machine may be too busy for its probe; the plugin is not loaded unseen for that.
TEST_F(LoadTest, AProbeThatHangsOrIsKilledIsARefusal) {
  const TemporaryFolder folder;
  options_.probe_timeout_ns = 250'000'000;
  for (const auto& [script, text] : {std::pair{"sleep 1000", "it was still busy after 0.25 s"},
                                     std::pair{"kill -KILL $$", "it crashed (SIGKILL)"}}) {
    options_.probe_program = folder.write("probe", std::string("#!/bin/sh\n") + script + "\n");
    fs::permissions(options_.probe_program, fs::perms::owner_all);
    EXPECT_EQ(refusal("honest/first", BP_STATUS_INTERNAL),
              "it could not be tried: of " + options_.probe_program + " is known that " + text);
  }
}

TEST_F(LoadTest, HostMemoryThatIsNotGivenBackIsReported) {
  Result<std::shared_ptr<Plugin>> plugin = load(selftest_plugin("honest/first"));
  ASSERT_TRUE(plugin.ok());
  const bp_host_t* const host = (*plugin)->host();
  void* const block = host->allocate(host->self, 100, 64);
  const Plugin* const gone = plugin->get();
  *plugin = nullptr;
  EXPECT_NE(gone, nullptr);
  EXPECT_EQ(recorded_.count("warning loader: org.backplane.selftest.first: 1 block of host memory "
                            "(100 bytes) were not given back"),
            1u);
  const HostServices any(recorded_.log(), "any");  // frees it: blocks do not know their host
  any.table()->deallocate(any.table()->self, block);
}

TEST_F(LoadTest, ItsLinesInTheLogCarryItsId) {
  const std::shared_ptr<Plugin> plugin = load(selftest_plugin("honest/first")).take();
  plugin->host()->log(plugin->host()->self, BP_LOG_INFO, "driver 7");
  EXPECT_EQ(recorded_.count("info org.backplane.selftest.first: driver 7"), 1u);
}

TEST_F(LoadTest, ItIsUnloadedOnceAndAfterItsDevices) {
  static int unloads;
  unloads = 0;
  const std::shared_ptr<Plugin> honest = load(selftest_plugin("honest/first")).take();
  bp_plugin_t table = honest->table();
  table.unload = [] { ++unloads; };
  Result<std::shared_ptr<Plugin>> plugin = Plugin::around(&table, options_, recorded_.log());
  ASSERT_TRUE(plugin.ok()) << plugin.status().text();
  auto device = Device::open(*plugin, 0, {});
  ASSERT_TRUE(device.ok()) << device.status().text();
  *plugin = nullptr;
  EXPECT_EQ(unloads, 0);
  *device = nullptr;
  EXPECT_EQ(unloads, 1);
}

TEST_F(LoadTest, AFailureCarriesThePluginsWords) {
  const std::shared_ptr<Plugin> plugin = load(selftest_plugin("honest/first")).take();
  clear_explanation();
  EXPECT_EQ(plugin->failure(BP_STATUS_TIMEOUT, "launch").text(),
            "org.backplane.selftest.first: launch: waited as long as asked; the work goes on (the "
            "plugin gave no reason)");
  plugin->host()->explain(plugin->host()->self, "inner sizes 64 and 32 differ");
  const Status status = plugin->failure(BP_STATUS_INVALID_ARGUMENT, "supports");
  EXPECT_EQ(status.code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(status.text(), "org.backplane.selftest.first: supports: inner sizes 64 and 32 differ");
  EXPECT_EQ(explanation(), "") << "it was taken";
}

// proves BP-HOST-6
TEST_F(LoadTest, AStatusThatIsNoneCountsAsInternal) {
  const std::shared_ptr<Plugin> plugin = load(selftest_plugin("honest/first")).take();
  clear_explanation();
  for (const bp_status_t odd : {-1, 10, 4711}) {
    const Status status = plugin->failure(odd, "launch");
    EXPECT_EQ(status.code(), BP_STATUS_INTERNAL);
    EXPECT_NE(status.text().find("returned status " + std::to_string(odd)), std::string::npos);
  }
}

size_t entries_in(const char* folder) {
  const fs::directory_iterator all(folder);
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

TEST_F(LoadTest, AfterAnyNumberOfRefusalsNothingIsLeftBehind) {
  options_.probe_timeout_ns = 100'000'000;
  const char* const faults[] = {"no_symbol",
                                "other_abi",
                                "refuses",
                                "refuses_silently",
                                "crashes_in_query",
                                "hangs_in_query",
                                "exits_in_query",
                                "throws_in_query",
                                "undefined_symbol",
                                "missing_library",
                                "crashes_in_constructor",
                                "no_kernel_table",
                                "changing_table",
                                "short_table"};
  // Files of its own: other tests of this program load the planted ones without a probe.
  const TemporaryFolder folder;
  for (const char* fault : faults) folder.copy(selftest_plugin(fault), fault);
  EXPECT_FALSE(loads("refuses"));
  const size_t descriptors = entries_in("/proc/self/fd");
  const size_t threads = entries_in("/proc/self/task");
  for (int round = 0; round < 3; ++round)
    for (const char* fault : faults) EXPECT_FALSE(load(folder / fault).ok()) << fault;
  EXPECT_EQ(entries_in("/proc/self/fd"), descriptors);
  EXPECT_EQ(entries_in("/proc/self/task"), threads);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD) << "a child is left";
  std::ifstream maps("/proc/self/maps");
  const std::string mapped{std::istreambuf_iterator<char>(maps), {}};
  EXPECT_EQ(mapped.find(folder.path()), std::string::npos) << "a refused file is mapped";
}

}  // namespace
}  // namespace backplane
