#include "loader/device_info.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace backplane {
namespace {

bp_device_info_t good_info() {
  bp_device_info_t info = {};
  info.struct_size = sizeof(info);
  info.name = info.architecture = info.driver_version = info.uuid = info.bus_address = "";
  info.max_buffer_size = 1;
  info.buffer_alignment = info.offset_alignment = info.preferred_alignment = 1;
  info.stream_depth = 64;
  info.capture_size = 65536;
  return info;
}

std::string refusal(const std::function<void(bp_device_info_t&)>& change, bool has_streams = true) {
  bp_device_info_t info = good_info();
  change(info);
  const Status status = check_device_info(info, has_streams);
  EXPECT_EQ(status.code(), status.ok() ? BP_OK : BP_STATUS_INTERNAL);
  return status.text();
}

TEST(DeviceInfo, AGoodOneIsTaken) {
  EXPECT_EQ(refusal([](bp_device_info_t&) {}), "");
  EXPECT_EQ(refusal([](bp_device_info_t& info) { info.struct_size += 8; }), "");
}

TEST(DeviceInfo, EachFieldThatCannotBeTrueIsNamed) {
  using Info = bp_device_info_t;
  EXPECT_EQ(refusal([](Info& info) { info.struct_size = 40; }),
            "bp_device_info_t::struct_size is 40, and that of ABI 0.2 is 136");
  EXPECT_EQ(refusal([](Info& info) { info.uuid = nullptr; }), "uuid is NULL; it must be a text");
  EXPECT_EQ(refusal([](Info& info) { info.name = nullptr; }), "name is NULL; it must be a text");
  EXPECT_EQ(refusal([](Info& info) { info.max_buffer_size = 0; }),
            "max_buffer_size is 0: no tensor would fit");
  EXPECT_EQ(refusal([](Info& info) { info.buffer_alignment = 0; }),
            "buffer_alignment is 0, which is no power of two");
  EXPECT_EQ(refusal([](Info& info) { info.offset_alignment = 3; }),
            "offset_alignment is 3, which is no power of two");
  EXPECT_EQ(refusal([](Info& info) { info.stream_depth = 63; }),
            "stream_depth is 63; a device with streams takes at least 64");
  EXPECT_EQ(refusal([](Info& info) { info.capture_size = 65535; }),
            "capture_size is 65535; a device with streams takes at least 65536");
}

TEST(DeviceInfo, ASynchronousDeviceNeedsNoStreams) {
  EXPECT_EQ(refusal([](bp_device_info_t&) {}, false),
            "it is not SYNCHRONOUS, and the plugin has no stream table");
  const auto synchronous = [](bp_device_info_t& info) {
    info.flags = BP_DEVICE_FLAG_SYNCHRONOUS;
    info.stream_depth = 0;
    info.capture_size = 0;
  };
  EXPECT_EQ(refusal(synchronous, false), "");
}

TEST(DeviceInfo, KindsHaveNames) {
  EXPECT_STREQ(device_kind_name(BP_DEVICE_GPU), "GPU");
  EXPECT_STREQ(device_kind_name(77), "other");
}

}  // namespace
}  // namespace backplane
