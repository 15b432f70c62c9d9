// The exported symbol, what the devices say of themselves, opening.
#include <backplane/plugin.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "test_host.hpp"

namespace backplane::cpu::testing {
namespace {

// proves BP-PLUGIN-5
TEST(Query, RefusesAnotherVersionNamingBoth) {
  TestHost host;
  const bp_version_t others[] = {{1, 0}, {0, 0}, {7, 1}};
  for (const bp_version_t& other : others) {
    host.table()->abi = other;
    EXPECT_EQ(bp_plugin_query(host.table()), nullptr);
    const std::string text = TestHost::take_text();
    const std::string named = std::to_string(other.major) + "." + std::to_string(other.minor);
    EXPECT_NE(text.find("0.2"), std::string::npos) << text;
    EXPECT_NE(text.find(named), std::string::npos) << text;
  }
}

// proves BP-PLUGIN-9
TEST(Query, GivesEveryHostTheSamePlugin) {
  TestHost first;
  TestHost second;
  const bp_plugin_t* plugin = bp_plugin_query(first.table());
  ASSERT_NE(plugin, nullptr);
  EXPECT_EQ(bp_plugin_query(second.table()), plugin);
  EXPECT_STREQ(plugin->id, "org.backplane.cpu");
  EXPECT_STREQ(plugin->version, "0.1.0");
  EXPECT_EQ(plugin->abi.major, BP_ABI_MAJOR);
  EXPECT_EQ(plugin->abi.minor, BP_ABI_MINOR);
}

// proves BP-PLUGIN-2
TEST(DeviceInfo, DescribesTwoDevicesAndStaysTheSame) {
  TestHost host;
  for (uint32_t index = 0; index < 2; ++index) {
    const bp_device_info_t* info = device_info(host.table(), index);
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(device_info(host.table(), index), info);
    EXPECT_EQ(info->kind, bp_device_kind_t{BP_DEVICE_CPU});
    EXPECT_GT(std::strlen(info->name), 0u);
    EXPECT_GT(std::strlen(info->architecture), 0u);
    EXPECT_GT(info->max_buffer_size, uint64_t{1} << 20);
    EXPECT_EQ(info->buffer_alignment, 64u);
  }
  EXPECT_EQ(device_info(host.table(), 2), nullptr);
  EXPECT_STRNE(device_info(host.table(), 0)->uuid, device_info(host.table(), 1)->uuid);
}

TEST(DeviceInfo, CallsOneDeviceSynchronousAndGivesTheOtherLimits) {
  TestHost host;
  EXPECT_NE(device_info(host.table(), 0)->flags & BP_DEVICE_FLAG_SYNCHRONOUS, 0u);
  EXPECT_EQ(device_info(host.table(), 1)->flags & BP_DEVICE_FLAG_SYNCHRONOUS, 0u);
  EXPECT_GE(device_info(host.table(), 1)->stream_depth, 64u);
  EXPECT_GE(device_info(host.table(), 1)->capture_size, 65536u);
}

bp_status_t open(TestHost& host, uint32_t index, const bp_option_t& option) {
  bp_device_t* device = nullptr;
  const bp_status_t status = device_open(host.table(), index, &option, 1, &device);
  EXPECT_EQ(status == BP_OK, device != nullptr);
  device_close(device);
  return status;
}

// proves BP-PLUGIN-11
TEST(DeviceOpen, NamesAnOptionThatItDoesNotKnow) {
  TestHost host;
  EXPECT_EQ(open(host, 0, {"com.acme.power", "1"}), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(TestHost::take_text().find("com.acme.power"), std::string::npos);
}

TEST(DeviceOpen, UnderstandsWholeNumbersForItsOptions) {
  TestHost host;
  EXPECT_EQ(open(host, 0, {"bp.memory-limit", "1048576"}), BP_OK);
  EXPECT_EQ(open(host, 1, {"bp.threads", "2"}), BP_OK);
  for (const char* bad : {"", "x", "-1", "1x", "99999999999999999999999"}) {
    EXPECT_EQ(open(host, 0, {"bp.memory-limit", bad}), BP_STATUS_INVALID_ARGUMENT) << bad;
    EXPECT_NE(TestHost::take_text().find("bp.memory-limit"), std::string::npos);
  }
  EXPECT_EQ(open(host, 0, {"bp.threads", "0"}), BP_STATUS_INVALID_ARGUMENT);
}

TEST(DeviceOpen, HasNoThirdDevice) {
  TestHost host;
  bp_device_t* device = nullptr;
  EXPECT_EQ(device_open(host.table(), 2, nullptr, 0, &device), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(device, nullptr);
}

// proves BP-PLUGIN-10
TEST(DeviceOpen, GivesIndependentDevicesEachTime) {
  const OpenDevice first(kSynchronousDevice, {{"bp.memory-limit", "4096"}});
  const OpenDevice second(kSynchronousDevice);
  EXPECT_NE(first.get(), second.get());
  bp_buffer_t* buffer = second.buffer(8192);
  EXPECT_NE(buffer, nullptr);
  kMemoryApi.buffer_destroy(buffer);
}

}  // namespace
}  // namespace backplane::cpu::testing
