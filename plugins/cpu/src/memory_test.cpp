// Buffers and the calls that touch their bytes, on the synchronous device.
#include "memory.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "chip.hpp"
#include "test_host.hpp"

namespace backplane::cpu::testing {
namespace {

const bp_memory_api_t& api() { return kMemoryApi; }

class Memory : public ::testing::Test {
 protected:
  void SetUp() override {
    buffer_ = device_.buffer(100);
    std::iota(bytes_of(buffer_), bytes_of(buffer_) + 100, 0);
  }
  void TearDown() override { api().buffer_destroy(buffer_); }

  std::string contents() const { return {bytes_of(buffer_), 100}; }
  void expect_refused(bp_status_t status) const {
    EXPECT_EQ(status, BP_STATUS_INVALID_ARGUMENT);
    EXPECT_NE(TestHost::take_text(), "");
  }

  OpenDevice device_{kSynchronousDevice};
  bp_buffer_t* buffer_ = nullptr;
};

TEST(Inside, IsSaidOfRangesThatEndInTheBufferAndNeverOverflow) {
  const Buffer buffer = {nullptr, BP_MEMORY_DEVICE, nullptr, 100, false};
  EXPECT_TRUE(inside(buffer, 0, 100));
  EXPECT_TRUE(inside(buffer, 100, 0));
  EXPECT_FALSE(inside(buffer, 101, 0));
  EXPECT_FALSE(inside(buffer, 1, 100));
  EXPECT_FALSE(inside(buffer, UINT64_MAX, 2));
  EXPECT_FALSE(inside(buffer, 2, UINT64_MAX));
}

// proves BP-MEM-11
TEST_F(Memory, BeginsAtAMultipleOfTheAlignment) {
  for (const uint64_t size : {1, 63, 65, 4097}) {
    bp_buffer_t* buffer = device_.buffer(size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes_of(buffer)) % kBufferAlignment, 0u);
    api().buffer_destroy(buffer);
  }
}

// proves BP-MEM-2
TEST_F(Memory, HasNoBuffersOfNothingOrOfMoreThanThereIs) {
  bp_buffer_t* made = nullptr;
  expect_refused(api().buffer_create(device_.get(), BP_MEMORY_DEVICE, 0, &made));
  expect_refused(
      api().buffer_create(device_.get(), BP_MEMORY_DEVICE, physical_memory() + 1, &made));
  expect_refused(api().buffer_create(device_.get(), BP_MEMORY_DEVICE, UINT64_MAX, &made));
  EXPECT_EQ(made, nullptr);
}

// proves BP-MEM-10
TEST_F(Memory, HasNoOtherKinds) {
  bp_buffer_t* made = nullptr;
  EXPECT_EQ(api().buffer_create(device_.get(), 2, 8, &made), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(made, nullptr);
}

// proves BP-MEM-12
TEST_F(Memory, WritesAndReadsAnyOffsetAndSize) {
  for (uint64_t offset = 0; offset < 70; offset += 7)
    for (uint64_t size = 0; size + offset <= 100; size += 13) {
      std::string expected = contents();
      const std::string source(size, static_cast<char>('a' + offset));
      expected.replace(offset, size, source);
      ASSERT_EQ(api().write(nullptr, buffer_, offset, source.data(), size), BP_OK);
      EXPECT_EQ(contents(), expected);
      std::string target(size + 2, '.');
      ASSERT_EQ(api().read(nullptr, buffer_, offset, target.data() + 1, size), BP_OK);
      EXPECT_EQ(target, "." + source + ".");
    }
}

// proves BP-MEM-4
TEST_F(Memory, RefusesRangesOutsideAndChangesNothing) {
  const std::string before = contents();
  std::string host(200, 'x');
  bp_buffer_t* other = device_.buffer(100);
  const uint64_t ranges[][2] = {{0, 101}, {100, 1}, {101, 0}, {1, UINT64_MAX}, {UINT64_MAX, 1}};
  for (const auto& [offset, size] : ranges) {
    expect_refused(api().write(nullptr, buffer_, offset, host.data(), size));
    expect_refused(api().read(nullptr, buffer_, offset, host.data(), size));
    expect_refused(api().copy(nullptr, buffer_, offset, other, 0, size));
    expect_refused(api().copy(nullptr, other, 0, buffer_, offset, size));
    expect_refused(api().fill(nullptr, buffer_, offset, size, "x", 1));
  }
  EXPECT_EQ(contents(), before);
  EXPECT_EQ(host, std::string(200, 'x'));
  api().buffer_destroy(other);
}

// proves BP-MEM-6
TEST_F(Memory, CopiesBetweenPlacesThatShareNoByte) {
  std::string expected = contents();
  expected.replace(50, 30, expected.substr(20, 30));
  ASSERT_EQ(api().copy(nullptr, buffer_, 50, buffer_, 20, 30), BP_OK);
  EXPECT_EQ(contents(), expected);
  expect_refused(api().copy(nullptr, buffer_, 49, buffer_, 20, 30));
  expect_refused(api().copy(nullptr, buffer_, 0, buffer_, 29, 30));
  expect_refused(api().copy(nullptr, buffer_, 7, buffer_, 7, 1));
  EXPECT_EQ(api().copy(nullptr, buffer_, 7, buffer_, 7, 0), BP_OK);
  EXPECT_EQ(contents(), expected);
}

TEST_F(Memory, SeesOverlapThroughAnotherNameOfTheSameBytes) {
  const auto address = reinterpret_cast<uint64_t>(bytes_of(buffer_));
  expect_refused(
      api().copy(nullptr, api().host_space(device_.get()), address + 10, buffer_, 0, 11));
  EXPECT_EQ(api().copy(nullptr, api().host_space(device_.get()), address + 10, buffer_, 0, 10),
            BP_OK);
}

// proves BP-MEM-7
TEST_F(Memory, FillsWithPatternsOfOneToEightBytes) {
  const std::string pattern = "12345678";
  for (const uint32_t size : {1u, 2u, 4u, 8u}) {
    std::string expected = contents();
    for (uint64_t at = 16; at < 16 + 9 * size; at += size)
      expected.replace(at, size, pattern.substr(0, size));
    ASSERT_EQ(api().fill(nullptr, buffer_, 16, uint64_t{9} * size, pattern.data(), size), BP_OK);
    EXPECT_EQ(contents(), expected);
  }
  EXPECT_EQ(api().fill(nullptr, buffer_, 16, 0, pattern.data(), 4), BP_OK);
}

// proves BP-MEM-15
TEST_F(Memory, RefusesOtherPatternsAndOddPlaces) {
  const std::string before = contents();
  const std::string pattern = "1234567890123456";
  for (const uint32_t size : {0u, 3u, 5u, 16u})
    expect_refused(api().fill(nullptr, buffer_, 0, 48, pattern.data(), size));
  expect_refused(api().fill(nullptr, buffer_, 2, 8, pattern.data(), 4));
  expect_refused(api().fill(nullptr, buffer_, 8, 12, pattern.data(), 8));
  EXPECT_EQ(contents(), before);
}

TEST_F(Memory, KeepsStagingForMapCopyAndDestroy) {
  bp_buffer_t* staging = device_.buffer(8, BP_MEMORY_STAGING);
  std::memcpy(bytes_of(staging), "abcdefgh", 8);
  EXPECT_EQ(api().copy(nullptr, buffer_, 0, staging, 0, 8), BP_OK);
  EXPECT_EQ(contents().substr(0, 8), "abcdefgh");
  char byte = 0;
  uint64_t handle = 0;
  expect_refused(api().write(nullptr, staging, 0, &byte, 1));
  expect_refused(api().read(nullptr, staging, 0, &byte, 1));
  expect_refused(api().fill(nullptr, staging, 0, 8, &byte, 1));
  expect_refused(api().buffer_export(staging, BP_HANDLE_HOST_POINTER, &handle));
  api().buffer_destroy(staging);
}

// proves BP-MEM-9
TEST_F(Memory, ImportsHostMemoryWithoutACopy) {
  alignas(8) char mine[16] = "before";
  bp_buffer_t* imported = nullptr;
  ASSERT_EQ(api().buffer_import(device_.get(), BP_HANDLE_HOST_POINTER,
                                reinterpret_cast<uint64_t>(mine), sizeof mine, &imported),
            BP_OK);
  EXPECT_EQ(bytes_of(imported), mine);
  ASSERT_EQ(api().write(nullptr, imported, 0, "after", 6), BP_OK);
  EXPECT_STREQ(mine, "after");
  uint64_t handle = 0;
  EXPECT_EQ(api().buffer_export(imported, BP_HANDLE_HOST_POINTER, &handle), BP_OK);
  EXPECT_EQ(handle, reinterpret_cast<uint64_t>(mine));
  api().buffer_destroy(imported);
  EXPECT_STREQ(mine, "after");
}

TEST_F(Memory, ImportsNothingThatIsNoMemory) {
  bp_buffer_t* made = nullptr;
  const auto import = [&](bp_handle_kind_t kind, uint64_t handle, uint64_t size) {
    return api().buffer_import(device_.get(), kind, handle, size, &made);
  };
  expect_refused(import(BP_HANDLE_HOST_POINTER, 0, 8));
  expect_refused(import(BP_HANDLE_HOST_POINTER, 64, 0));
  expect_refused(import(BP_HANDLE_HOST_POINTER, 64, UINT64_MAX));
  EXPECT_EQ(import(BP_HANDLE_HOST_POINTER, 67, 8), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(import(BP_HANDLE_NATIVE, 64, 8), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(import(BP_HANDLE_FD, 64, 8), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(import(99, 64, 8), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(made, nullptr);
}

// proves BP-MEM-16
TEST_F(Memory, TakesAddressesAsOffsetsInHostSpace) {
  bp_buffer_t* space = api().host_space(device_.get());
  char mine[8] = "1234567";
  ASSERT_EQ(api().write(nullptr, space, reinterpret_cast<uint64_t>(mine) + 2, "xy", 2), BP_OK);
  EXPECT_STREQ(mine, "12xy567");
  void* pointer = nullptr;
  expect_refused(api().map(space, &pointer));
}

// proves BP-MEM-13
// proves BP-MEM-17
TEST(MemoryLimit, IsKeptAndCountedAndTheDeviceWorksOn) {
  const OpenDevice device(kSynchronousDevice, {{"bp.memory-limit", "1000"}});
  uint64_t free = 0;
  uint64_t total = 0;
  bp_buffer_t* first = device.buffer(600);
  ASSERT_EQ(api().usage(device.get(), &free, &total), BP_OK);
  EXPECT_EQ(free, 400u);
  EXPECT_EQ(total, 1000u);
  bp_buffer_t* second = nullptr;
  EXPECT_EQ(api().buffer_create(device.get(), BP_MEMORY_DEVICE, 401, &second),
            BP_STATUS_OUT_OF_MEMORY);
  EXPECT_NE(TestHost::take_text().find("limit of 1000"), std::string::npos);
  EXPECT_EQ(second, nullptr);
  api().buffer_destroy(first);
  second = device.buffer(1000);
  EXPECT_NE(second, nullptr);
  api().buffer_destroy(second);
}

// proves BP-MEM-14
TEST(MemoryOfTheHost, IsWhereBuffersComeFromAndItsRefusalIsOutOfMemory) {
  OpenDevice device(kSynchronousDevice);
  bp_buffer_t* first = device.buffer(64);
  EXPECT_EQ(device.host.live_blocks(), 1);
  device.host.fail_allocation(0);
  bp_buffer_t* second = nullptr;
  EXPECT_EQ(api().buffer_create(device.get(), BP_MEMORY_DEVICE, 64, &second),
            BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(second, nullptr);
  second = device.buffer(64);
  api().buffer_destroy(second);
  api().buffer_destroy(first);
  EXPECT_EQ(device.host.live_blocks(), 0);
}

TEST(MemoryOfTheMachine, IsNeverMoreFreeThanThereIs) {
  const OpenDevice device(kSynchronousDevice);
  uint64_t free = 0;
  uint64_t total = 0;
  ASSERT_EQ(api().usage(device.get(), &free, &total), BP_OK);
  EXPECT_GT(free, 0u);
  EXPECT_LE(free, total);
}

}  // namespace
}  // namespace backplane::cpu::testing
