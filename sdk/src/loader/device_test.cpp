// Devices over a table in this file, so that each answer of the plugin's can be chosen.
#include "loader/device.hpp"

#include <gtest/gtest.h>

#include "loader/test_support.hpp"

namespace backplane {
namespace {

// What the plugin of these tests does next, and what it saw.
struct Script {
  bp_device_info_t info = {};
  bp_status_t open_status = BP_OK;
  bp_device_t* open_result = nullptr;
  const char* explanation = nullptr;
  std::vector<std::string> options;
  uint32_t closed = 0;
};
Script script;  // NOLINT: a table's functions have no other way to it

bp_device_t* some_device() { return reinterpret_cast<bp_device_t*>(&script); }

const bp_device_info_t* device_info(const bp_host_t*, uint32_t index) {
  return index == 0 ? &script.info : nullptr;
}

bp_status_t device_open(const bp_host_t* host, uint32_t, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  for (uint32_t i = 0; i < option_count; ++i)
    script.options.push_back(std::string(options[i].key) + "=" + options[i].value);
  if (script.explanation != nullptr) host->explain(host->self, script.explanation);
  *out_device = script.open_result;
  return script.open_status;
}

void device_close(bp_device_t*) { ++script.closed; }

class DeviceTest : public testing::Test {
 protected:
  DeviceTest() {
    script = Script();
    script.info.struct_size = sizeof(script.info);
    script.info.flags = BP_DEVICE_FLAG_SYNCHRONOUS;
    script.info.name = script.info.architecture = script.info.driver_version = "";
    script.info.uuid = script.info.bus_address = "";
    script.info.max_buffer_size = 1;
    script.info.buffer_alignment = script.info.offset_alignment = 1;
    script.info.preferred_alignment = 1;
    script.open_result = some_device();
    const Result<std::shared_ptr<Plugin>> honest =
        Plugin::load(selftest_plugin("honest/second"), LoadOptions(), recorded_.log());
    EXPECT_TRUE(honest.ok()) << honest.status().text();
    table_ = (*honest)->table();
    table_.device_info = device_info;
    table_.device_open = device_open;
    table_.device_close = device_close;
    plugin_ = Plugin::around(&table_, LoadOptions(), recorded_.log()).take();
  }
  std::string refusal(bp_status_t code, uint32_t index = 0) {
    const Result<std::unique_ptr<Device>> device = Device::open(plugin_, index, {});
    EXPECT_EQ(device.status().code(), code);
    return device.status().text();
  }

  RecordedLog recorded_;
  bp_plugin_t table_ = {};
  std::shared_ptr<Plugin> plugin_;
};

TEST_F(DeviceTest, ItIsOpenedWithItsOptionsAndClosedOnce) {
  {
    const Result<std::unique_ptr<Device>> device =
        Device::open(plugin_, 0, {{"bp.threads", "2"}, {"com.acme.power", "low"}});
    ASSERT_TRUE(device.ok()) << device.status().text();
    EXPECT_EQ((*device)->handle(), some_device());
    EXPECT_EQ(&(*device)->info(), &script.info);
    EXPECT_EQ(script.closed, 0u);
  }
  EXPECT_EQ(script.options, (std::vector<std::string>{"bp.threads=2", "com.acme.power=low"}));
  EXPECT_EQ(script.closed, 1u);
}

TEST_F(DeviceTest, AFailureCarriesTheWordsOfThisCallAndClosesNothing) {
  plugin_->host()->explain(plugin_->host()->self, "words of an earlier call");
  script.open_status = BP_STATUS_NOT_READY;
  EXPECT_EQ(refusal(BP_STATUS_NOT_READY),
            "com.example.second: device_open: not now; the same call may succeed later (the plugin "
            "gave no reason)");
  script.explanation = "in exclusive use by process 7";
  EXPECT_EQ(refusal(BP_STATUS_NOT_READY),
            "com.example.second: device_open: in exclusive use by process 7");
  EXPECT_EQ(script.closed, 0u) << "whatever out_device holds, it is no device";
}

TEST_F(DeviceTest, SuccessWithoutADeviceIsInternal) {
  script.open_result = nullptr;
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL),
            "com.example.second: device_open: returned BP_OK and no device");
}

TEST_F(DeviceTest, ADeviceThatIsNotThereIsNotOpened) {
  EXPECT_EQ(refusal(BP_STATUS_INVALID_ARGUMENT, 3), "com.example.second: device 3: there is none");
}

TEST_F(DeviceTest, ADeviceThatCannotBeTrueIsNotOpened) {
  script.info.offset_alignment = 12;
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL),
            "com.example.second: device 0: offset_alignment is 12, which is no power of two");
}

TEST_F(DeviceTest, ASynchronousDeviceHasNoStreamsWhateverItsPluginHas) {
  const bp_stream_api_t streams = {};
  const Result<std::unique_ptr<Device>> device = Device::open(plugin_, 0, {});
  ASSERT_TRUE(device.ok()) << device.status().text();
  table_.stream = &streams;
  EXPECT_EQ((*device)->stream(), nullptr);
  script.info.flags = 0;
  EXPECT_EQ((*device)->stream(), &streams);
}

}  // namespace
}  // namespace backplane
