#include "loader/registry.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "loader/test_support.hpp"

namespace backplane {
namespace {

// Backplane's own plugins lie beside the tests and would be found; a test looks at what it loads.
class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    unsetenv("BACKPLANE_PLUGIN_PATH");
    unsetenv("BACKPLANE_CHECK");
  }
  Registry registry(RegistryOptions options = {}) const {
    return Registry(std::move(options), recorded_.log());
  }
  std::vector<std::string> selectors(Registry& registry) const {
    std::vector<std::string> names;
    for (const Registry::DeviceEntry& device : registry.devices()) names.push_back(device.selector);
    return names;
  }
  static const Registry::Entry* entry(const Registry& registry, const std::string& path) {
    for (const auto& entry : registry.entries())
      if (entry->path == path) return entry.get();
    return nullptr;
  }
  static std::string manifest(const std::string& library, const std::string& id,
                              const std::string& version, const std::string& abi = "0.2") {
    return "{\"id\": \"" + id + "\", \"library\": \"" + library + "\", \"abi\": \"" + abi +
           "\", \"version\": \"" + version + "\"}";
  }
  using Names = std::vector<std::string>;

  const std::string first_ = selftest_plugin("honest/first");
  const std::string first_newer_ = selftest_plugin("honest/first_newer");
  const std::string first_same_ = selftest_plugin("honest/first_same");
  const std::string namesake_ = selftest_plugin("honest/namesake");
  RecordedLog recorded_;
};

TEST_F(RegistryTest, SeveralVendorsLiveInOneProcess) {
  Registry plugins = registry();
  for (const std::string& path :
       {first_, selftest_plugin("honest/same_uuid"), selftest_plugin("prints_in_query")})
    EXPECT_TRUE(plugins.load(path).ok());
  EXPECT_EQ(selectors(plugins), (Names{"first", "first:1", "twin", "prints-in-query"}));
  const auto a = plugins.open("first:1", {});
  const auto b = plugins.open("twin", {{"bp.threads", "1"}});
  ASSERT_TRUE(a.ok()) << a.status().text();
  ASSERT_TRUE(b.ok()) << b.status().text();
  EXPECT_NE(&(*a)->memory(), &(*b)->memory());
}

TEST_F(RegistryTest, ARefusedFileIsAnEntryAndTheOthersGoOn) {
  Registry plugins = registry();
  const std::string bad = selftest_plugin("crashes_in_query");
  const Status status = plugins.load(bad);
  EXPECT_EQ(status.code(), BP_STATUS_INTERNAL);
  EXPECT_TRUE(plugins.load(first_).ok());
  ASSERT_EQ(plugins.entries().size(), 2u);
  EXPECT_EQ(plugins.entries()[0]->refusal, status.text());
  EXPECT_EQ(plugins.entries()[0]->plugin, nullptr);
  EXPECT_EQ(plugins.entries()[1]->refusal, "");
  EXPECT_EQ(plugins.entries()[1]->id, "org.backplane.selftest.first");
  EXPECT_EQ(plugins.entries()[1]->version, "1.9.0");
}

TEST_F(RegistryTest, TheSearchPathIsLoadedFileByFile) {
  const TemporaryFolder folder;
  const std::string good = folder.copy(first_, "libbp_good.so");
  const std::string text = folder.write("libbp_text.so", "hello");
  RegistryOptions options;
  options.plugin_path = folder.path() + ":" + folder / "absent.so";
  Registry plugins = registry(options);
  plugins.find_plugins();
  ASSERT_NE(entry(plugins, good), nullptr);
  EXPECT_NE(entry(plugins, good)->plugin, nullptr);
  EXPECT_EQ(entry(plugins, text)->refusal, text + ": it is no ELF file, so no shared library");
  EXPECT_EQ(entry(plugins, folder / "absent.so")->refusal,
            folder / "absent.so" + ": there is no such file");
}

TEST_F(RegistryTest, OfTwoPluginsWithOneIdTheNewerVersionIsUsed) {
  const std::string newer = "org.backplane.selftest.first 1.10.0 is used, from " + first_newer_ +
                            ", which is newer than 1.9.0";
  {
    Registry plugins = registry();
    EXPECT_TRUE(plugins.load(first_newer_).ok());
    EXPECT_EQ(plugins.load(first_).text(), first_ + ": " + newer);
  }
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  EXPECT_TRUE(plugins.load(first_newer_).ok());
  EXPECT_EQ(entry(plugins, first_)->refusal, first_ + ": " + newer);
  EXPECT_EQ(entry(plugins, first_)->plugin, nullptr);
  EXPECT_EQ(selectors(plugins), Names{"first"});
}

TEST_F(RegistryTest, OfTwoWithOneVersionTheFirstFoundIsUsed) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  EXPECT_EQ(plugins.load(first_same_).text(),
            first_same_ + ": org.backplane.selftest.first 1.9.0 is used, from " + first_ +
                ", which has the same version and was found first");
}

TEST_F(RegistryTest, WhatIsInUseIsNotReplaced) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  EXPECT_EQ(plugins.devices().size(), 2u);
  EXPECT_EQ(plugins.load(first_newer_).text(),
            first_newer_ + ": org.backplane.selftest.first 1.9.0 is used, from " + first_ +
                ", and its devices are known already; load 1.10.0 before they are asked for");
}

TEST_F(RegistryTest, LoadingAFileAgainChangesNothing) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  const Plugin* const plugin = plugins.entries()[0]->plugin.get();
  EXPECT_TRUE(plugins.load(first_).ok());
  EXPECT_EQ(plugins.entries().size(), 1u);
  EXPECT_EQ(plugins.entries()[0]->plugin.get(), plugin);
}

TEST_F(RegistryTest, ARefusedFileIsTriedAgain) {
  const TemporaryFolder folder;
  const std::string path = folder.write("libbp_x.so", "not yet");
  Registry plugins = registry();
  EXPECT_FALSE(plugins.load(path).ok());
  std::filesystem::remove(path);
  folder.copy(first_, "libbp_x.so");
  EXPECT_TRUE(plugins.load(path).ok());
  ASSERT_EQ(plugins.entries().size(), 1u);
  EXPECT_EQ(plugins.entries()[0]->refusal, "");
}

TEST_F(RegistryTest, AManifestsAbiRefusesWithoutOpening) {
  const TemporaryFolder folder;
  const std::string path = folder.copy(selftest_plugin("crashes_in_query"), "libbp_x.so");
  folder.write("libbp_x.json", manifest("libbp_x.so", "com.acme.x", "2.0.0", "3.1"));
  Registry plugins = registry();
  EXPECT_EQ(plugins.load(path).text(),
            path + ": its manifest says ABI 3.1; this host speaks 0.2 and takes just 0.2");
  EXPECT_EQ(plugins.entries()[0]->id, "com.acme.x");
  EXPECT_EQ(plugins.entries()[0]->version, "2.0.0");
}

TEST_F(RegistryTest, AManifestsOlderVersionIsNotOpened) {
  const TemporaryFolder folder;
  const std::string path = folder.copy(selftest_plugin("crashes_in_query"), "libbp_x.so");
  folder.write("libbp_x.json", manifest("libbp_x.so", "org.backplane.selftest.first", "1.0.0"));
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  EXPECT_EQ(plugins.load(path).code(), BP_STATUS_UNSUPPORTED);
  EXPECT_NE(plugins.entries()[1]->refusal.find("which is newer than 1.0.0"), std::string::npos);
}

TEST_F(RegistryTest, APluginsOwnWordsCountMoreThanItsManifests) {
  const TemporaryFolder folder;
  const std::string path = folder.copy(first_, "libbp_x.so");
  folder.write("libbp_x.json", manifest("libbp_x.so", "com.acme.x", "2.0.0"));
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(path).ok());
  EXPECT_EQ(plugins.entries()[0]->id, "org.backplane.selftest.first");
  EXPECT_TRUE(recorded_.has("warning loader: " + path + ": its manifest says com.acme.x 2.0.0"));
}

TEST_F(RegistryTest, ABadManifestIsAWarningAndThePluginIsLoaded) {
  const TemporaryFolder folder;
  const std::string path = folder.copy(first_, "libbp_x.so");
  folder.write("libbp_x.json", "{");
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(path).ok());
  EXPECT_TRUE(recorded_.has("warning loader: manifest " + folder / "libbp_x.json" +
                            ": it is no JSON: the error is at byte 2; it is not used"));
}

TEST_F(RegistryTest, OutsideTheAllowedFoldersNothingIsOpened) {
  RegistryOptions options;
  options.allowed_folders = {"/usr/lib"};
  Registry plugins = registry(options);
  const std::string path = selftest_plugin("crashes_in_query");
  EXPECT_EQ(plugins.load(path).text(),
            path + ": it lies outside the folders from which plugins may be loaded: /usr/lib");
}

TEST_F(RegistryTest, ADeviceIsFoundByEachOfItsNames) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  for (const char* name : {"first", "first:0", "org.backplane.selftest.first",
                           "org.backplane.selftest.first:0", "first-uuid"}) {
    const auto device = plugins.open(name, {});
    ASSERT_TRUE(device.ok()) << device.status().text();
    EXPECT_EQ((*device)->index(), 0u) << name;
    EXPECT_EQ((*device)->selector(), "first");
    EXPECT_TRUE((*device)->is_synchronous());
    EXPECT_EQ((*device)->stream(), nullptr);
  }
  EXPECT_EQ((*plugins.open("org.backplane.selftest.first:1", {}))->index(), 1u);
}

TEST_F(RegistryTest, ADeviceThatIsNotThereIsAnsweredWithThoseThatAre) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  for (const char* name : {"cpu", "first:2", "irst", "", ":1", "first-uuid:0"}) {
    const Status status = plugins.open(name, {}).status();
    EXPECT_EQ(status.code(), BP_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(status.text(),
              "there is no device \"" + std::string(name) +
                  "\"; there are first (a minimal device), first:1 (a minimal device)");
  }
}

TEST_F(RegistryTest, WithoutADeviceTheFirstRefusalIsSaid) {
  Registry plugins = registry();
  EXPECT_EQ(plugins.open("cpu", {}).status().text(),
            "there is no device \"cpu\"; there is none at all: no plugin with a device was found; "
            "BACKPLANE_PLUGIN_PATH names folders and files, ':' between them");
  const std::string bad = selftest_plugin("refuses");
  EXPECT_FALSE(plugins.load(bad).ok());
  EXPECT_EQ(
      plugins.open("cpu", {}).status().text(),
      "there is no device \"cpu\"; there is none at all, and " + plugins.entries()[0]->refusal);
}

TEST_F(RegistryTest, AUuidOfTwoDevicesNamesNeither) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  EXPECT_TRUE(plugins.load(selftest_plugin("honest/same_uuid")).ok());
  EXPECT_EQ(plugins.open("first-uuid", {}).status().text(),
            "\"first-uuid\" is more than one device: first (a minimal device) and twin (a minimal "
            "device)");
}

TEST_F(RegistryTest, OfTwoIdsThatEndAlikeTheSecondIsNamedInFull) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  EXPECT_TRUE(plugins.load(namesake_).ok());
  EXPECT_EQ(selectors(plugins), (Names{"first", "first:1", "com.example.first"}));
  const auto device = plugins.open("com.example.first", {});
  ASSERT_TRUE(device.ok()) << device.status().text();
  EXPECT_STREQ((*device)->plugin().table().id, "com.example.first");
  EXPECT_EQ((*device)->selector(), "com.example.first");
}

TEST_F(RegistryTest, NoDeviceIsNoErrorAndTheReasonIsInTheLog) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(selftest_plugin("honest/no_device")).ok());
  EXPECT_TRUE(plugins.devices().empty());
  EXPECT_TRUE(recorded_.has(
      "info loader: com.example.absent-chip: it has no device: no such chip in this machine"));
}

TEST_F(RegistryTest, ADeviceThatCannotBeTrueIsLeftOut) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(selftest_plugin("honest/bad_device")).ok());
  EXPECT_EQ(selectors(plugins), Names{"half"});
  EXPECT_TRUE(recorded_.has(
      "error loader: com.example.half: device 1 is left out: offset_alignment is 3, which is no "
      "power of two"));
}

TEST_F(RegistryTest, DevicesOfAPluginLoadedLaterComeBehindTheOthers) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  EXPECT_EQ(selectors(plugins), (Names{"first", "first:1"}));
  EXPECT_TRUE(plugins.load(selftest_plugin("honest/same_uuid")).ok());
  EXPECT_EQ(selectors(plugins), (Names{"first", "first:1", "twin"}));
}

TEST_F(RegistryTest, AFailedOpenCarriesThePluginsWords) {
  Registry plugins = registry();
  EXPECT_TRUE(plugins.load(first_).ok());
  const auto device = plugins.open("first", {{"com.acme.power", "high"}});
  EXPECT_EQ(device.status().code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(device.status().text(), "org.backplane.selftest.first: device_open: an unknown option");
}

TEST_F(RegistryTest, ADeviceOutlivesItsRegistry) {
  std::unique_ptr<Device> device;
  {
    Registry plugins = registry();
    EXPECT_TRUE(plugins.load(first_).ok());
    device = plugins.open("first", {}).take();
  }
  bp_buffer_t* buffer = nullptr;
  ASSERT_EQ(device->memory().buffer_create(device->handle(), BP_MEMORY_DEVICE, 64, &buffer), BP_OK);
  device->memory().buffer_destroy(buffer);
}

TEST_F(RegistryTest, TheEnvironmentSwitchesCheckingOn) {
  setenv("BACKPLANE_CHECK", "1", 1);
  Registry plugins = registry();
  ASSERT_TRUE(plugins.load(first_).ok());
  const auto device = plugins.open("first", {});
  ASSERT_TRUE(device.ok()) << device.status().text();
  bp_buffer_t* buffer = nullptr;
  ASSERT_EQ((*device)->memory().buffer_create((*device)->handle(), BP_MEMORY_DEVICE, 64, &buffer),
            BP_OK);
  (*device)->memory().buffer_destroy(buffer);
  EXPECT_FALSE(recorded_.has("error check")) << "an honest plugin";
  // Destroyed twice: only a layer between can say so.
  (*device)->memory().buffer_destroy(buffer);
  EXPECT_EQ(recorded_.count("error check: BP-"), 1u);
}

TEST_F(RegistryTest, TheEnvironmentSwitchesTimesOn) {
  for (const char* value : {"0", "1", "2"}) {
    setenv("BACKPLANE_CHECK", value, 1);
    Registry plugins = registry();
    ASSERT_TRUE(plugins.load(first_).ok());
    EXPECT_TRUE(plugins.open("first", {}).ok());
    EXPECT_FALSE(recorded_.has("info check: ")) << "before its end, or with " << value;
  }
  EXPECT_EQ(recorded_.count("first: time in its functions"), 1u);
  EXPECT_EQ(recorded_.count("info check: device_open  1 call  "), 1u);
  EXPECT_EQ(recorded_.count("info check: device_close  1 call  "), 1u);
}

TEST_F(RegistryTest, AnUnknownCheckingIsIgnoredInWords) {
  setenv("BACKPLANE_CHECK", "yes", 1);
  registry();
  EXPECT_EQ(recorded_.count("warning loader: BACKPLANE_CHECK is \"yes\", and not 0 (nothing), 1 "
                            "(rules) or 2 (rules and times); it is ignored"),
            1u);
  setenv("BACKPLANE_CHECK", "", 1);
  registry();
  EXPECT_EQ(recorded_.count("BACKPLANE_CHECK"), 1u) << "empty is as not set";
}

}  // namespace
}  // namespace backplane
