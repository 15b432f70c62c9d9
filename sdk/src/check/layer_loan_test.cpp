// The plugin's faults with what is not its own, arguments, the host's table and memory, the
// process, and with its own constant data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cfenv>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

bp_status_t honest_create(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                          bp_buffer_t** out_buffer) {
  return fake::honest_memory().buffer_create(device, kind, size, out_buffer);
}

class LoanFaults : public ::testing::Test {
 protected:
  // With a buffer_create of the test's.
  void start(decltype(bp_memory_api_t::buffer_create) buffer_create) {
    checked_.plugin().memory.buffer_create = buffer_create;
    checked_.start();
  }
  bp_status_t create() {
    buffer_ = nullptr;
    return checked_.memory().buffer_create(checked_.device(), BP_MEMORY_DEVICE, 64, &buffer_);
  }
  void destroy() { checked_.memory().buffer_destroy(buffer_); }

  Checked checked_;
  bp_buffer_t* buffer_ = nullptr;
};

TEST_F(LoanFaults, TheHostsOptionsAreChanged) {
  checked_.plugin().plugin.device_open = [](const bp_host_t* host, uint32_t index,
                                            const bp_option_t* options, uint32_t count,
                                            bp_device_t** out_device) {
    const_cast<bp_option_t*>(options)[0].value = "3";
    return fake::honest_tables()->plugin.device_open(host, index, options, count, out_device);
  };
  checked_.start();
  const bp_option_t option = {"bp.threads", "2"};
  bp_device_t* device = nullptr;
  ASSERT_EQ(checked_.table().device_open(checked_.host().table(), 0, &option, 1, &device), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-8 device_open: changed the host's options"));
  checked_.table().device_close(device);
}

TEST_F(LoanFaults, TheHostsPatternIsChanged) {
  checked_.plugin().memory.fill = [](bp_stream_t*, bp_buffer_t*, uint64_t, uint64_t,
                                     const void* pattern, uint32_t) {
    *static_cast<char*>(const_cast<void*>(pattern)) = 9;
    return BP_OK;
  };
  start(honest_create);
  EXPECT_EQ(create(), BP_OK);
  char pattern = 1;
  EXPECT_EQ(checked_.memory().fill(nullptr, buffer_, 0, 1, &pattern, 1), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-8 fill: changed the host's pattern"));
  destroy();
}

const bp_host_t* kept_host = nullptr;

TEST_F(LoanFaults, TheHostOfDeviceInfoIsUsedAfterTheCall) {
  checked_.plugin().plugin.device_info = [](const bp_host_t* host, uint32_t index) {
    kept_host = host;
    return fake::honest_tables()->plugin.device_info(host, index);
  };
  start([](bp_device_t* device, bp_memory_kind_t kind, uint64_t size, bp_buffer_t** out_buffer) {
    EXPECT_EQ(kept_host->allocate(kept_host->self, 64, 64), nullptr);
    return honest_create(device, kind, size, out_buffer);
  });
  EXPECT_EQ(create(), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-8 allocate: called on the host that device_info was given, "
                          "when its time was over"));
  destroy();
}

TEST_F(LoanFaults, TheHostOfADeviceIsUsedAfterItWasClosed) {
  checked_.plugin().plugin.device_close = [](bp_device_t* device) {
    kept_host = device->host;
    fake::honest_tables()->plugin.device_close(device);
  };
  checked_.plugin().plugin.unload = [] {
    kept_host->log(kept_host->self, BP_LOG_INFO, "good bye");
  };
  checked_.start();
  checked_.table().device_close(checked_.device());
  checked_.forget_devices();
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
  checked_.table().unload();
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-8 log: called on the host that device_open was given, when its "
                          "time was over"));
  EXPECT_THAT(checked_.host().log(), IsEmpty());
}

// ---- the host's memory

TEST_F(LoanFaults, MemoryIsGivenBackThatWasNeverTaken) {
  static char never;
  start([](bp_device_t* device, bp_memory_kind_t kind, uint64_t size, bp_buffer_t** out_buffer) {
    device->host->deallocate(device->host->self, &never);
    device->host->deallocate(device->host->self, nullptr);
    return honest_create(device, kind, size, out_buffer);
  });
  EXPECT_EQ(create(), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-MEM-14 deallocate: was given memory that this host did not "
                          "allocate, or that was given back"));
  destroy();
}

std::vector<bp_device_t*> opened;

bp_status_t open_and_keep(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                          uint32_t count, bp_device_t** out_device) {
  const bp_status_t status =
      fake::honest_tables()->plugin.device_open(host, index, options, count, out_device);
  opened.push_back(*out_device);
  return status;
}

TEST_F(LoanFaults, MemoryIsGivenBackToAnotherHost) {
  opened.clear();
  checked_.plugin().plugin.device_open = open_and_keep;
  start([](bp_device_t* device, bp_memory_kind_t kind, uint64_t size, bp_buffer_t** out_buffer) {
    const bp_host_t* host = device->host;
    void* block = host->allocate(host->self, 64, 64);
    opened[1]->host->deallocate(opened[1]->host->self, block);
    host->deallocate(host->self, block);
    return honest_create(device, kind, size, out_buffer);
  });
  checked_.device();
  const fake::Host other_host;
  bp_device_t* other = nullptr;
  ASSERT_EQ(checked_.table().device_open(other_host.table(), 0, nullptr, 0, &other), BP_OK);
  EXPECT_EQ(create(), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-MEM-14 deallocate: was given memory that this host did not "
                          "allocate, or that was given back"));
  EXPECT_EQ(checked_.host().block_count(), 1u);  // the buffer's
  destroy();
  checked_.table().device_close(other);
}

TEST_F(LoanFaults, TheHostOfADeviceThatDidNotOpenIsUsed) {
  checked_.plugin().plugin.device_open = [](const bp_host_t* host, uint32_t index,
                                            const bp_option_t* options, uint32_t count,
                                            bp_device_t** out_device) {
    if (index == 1) kept_host = host;
    if (index == 0) kept_host->log(kept_host->self, BP_LOG_INFO, "still here");
    return index == 0
               ? fake::honest_tables()->plugin.device_open(host, index, options, count, out_device)
               : (host->explain(host->self, "in use"), bp_status_t{BP_STATUS_NOT_READY});
  };
  checked_.start();
  bp_device_t* device = nullptr;
  EXPECT_EQ(checked_.table().device_open(checked_.host().table(), 1, nullptr, 0, &device),
            BP_STATUS_NOT_READY);
  checked_.device();
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-8 log: called on the host that device_open was given, when its "
                          "time was over"));
}

TEST_F(LoanFaults, MemoryIsKeptBeyondTheLastDevice) {
  checked_.plugin().memory.buffer_destroy = [](bp_buffer_t* buffer) { delete buffer; };
  start(honest_create);
  checked_.device(fake::kAsynchronous);
  EXPECT_EQ(create(), BP_OK);
  destroy();
  checked_.table().device_close(checked_.device());
  EXPECT_THAT(checked_.take_violations(), IsEmpty());  // another device is open
  checked_.table().device_close(checked_.device(fake::kAsynchronous));
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-MEM-14 device_close: closed the last device and kept 64 bytes in 1 "
                          "block of the host's memory"));
  checked_.forget_devices();
  checked_.table().device_close(checked_.device());
  checked_.forget_devices();
  EXPECT_THAT(checked_.take_violations(), IsEmpty());  // each block is reported once
}

// ---- the process

TEST_F(LoanFaults, TheRoundingModeIsChangedInAHotCall) {
  checked_.plugin().memory.write = [](bp_stream_t*, bp_buffer_t*, uint64_t, const void*, uint64_t) {
    std::fesetround(FE_UPWARD);
    return BP_OK;
  };
  start(honest_create);
  EXPECT_EQ(create(), BP_OK);
  EXPECT_EQ(checked_.memory().write(nullptr, buffer_, 0, "", 1), BP_OK);
  std::fesetround(FE_TONEAREST);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-9 write: the rounding mode is changed"));
  destroy();
}

TEST_F(LoanFaults, ASignalHandlerIsInstalled) {
  start([](bp_device_t* device, bp_memory_kind_t kind, uint64_t size, bp_buffer_t** out_buffer) {
    signal(SIGPIPE, [](int) {});
    return honest_create(device, kind, size, out_buffer);
  });
  EXPECT_EQ(create(), BP_OK);
  signal(SIGPIPE, SIG_DFL);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-9 buffer_create: the handler of SIGPIPE is changed"));
  destroy();
}

// ---- constant data

TEST_F(LoanFaults, ATableIsChanged) {
  start(honest_create);
  EXPECT_EQ(create(), BP_OK);
  checked_.plugin().memory.map = nullptr;
  destroy();
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-PLUGIN-1 buffer_destroy: the plugin's tables are not as they were"));
  EXPECT_EQ(create(), BP_OK);
  destroy();
  EXPECT_THAT(checked_.take_violations(), IsEmpty());  // each change is reported once
}

bp_device_info_t changing_info;

const bp_device_info_t* give_changing_info(const bp_host_t*, uint32_t index) {
  return index == 0 && changing_info.struct_size != 0 ? &changing_info : nullptr;
}

class InfoFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    changing_info = fake::info_of(0);
    checked_.plugin().plugin.device_info = give_changing_info;
    checked_.start();
  }
  const bp_device_info_t* ask(uint32_t index = 0) {
    return checked_.table().device_info(checked_.host().table(), index);
  }
  Checked checked_;
};

TEST_F(InfoFaults, ADeviceIsDescribedOtherwiseThanBefore) {
  EXPECT_NE(ask(), nullptr);
  changing_info.memory_size = 5;
  EXPECT_NE(ask(), nullptr);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-PLUGIN-2 device_info: the description of device 0 is not as it was"));
}

TEST_F(InfoFaults, ADeviceIsDescribedInOtherWords) {
  char name[] = "X100";
  changing_info.name = name;
  EXPECT_NE(ask(), nullptr);
  name[0] = 'Y';
  checked_.table().unload();
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-PLUGIN-2 unload: the description of device 0 is not as it was"));
}

TEST_F(InfoFaults, ADeviceGoesAway) {
  EXPECT_NE(ask(), nullptr);
  EXPECT_EQ(ask(1), nullptr);
  checked_.take_violations();
  changing_info.struct_size = 0;
  EXPECT_EQ(ask(), nullptr);
  EXPECT_THAT(checked_.take_violations(),
              ::testing::Contains("BP-PLUGIN-2 device_info: device 0 is not there any more"));
}

TEST_F(InfoFaults, ADeviceIsOpenedThatIsNotThere) {
  bp_device_t* device = nullptr;
  EXPECT_EQ(checked_.table().device_open(checked_.host().table(), 1, nullptr, 0, &device), BP_OK);
  EXPECT_THAT(
      checked_.take_violations(),
      ElementsAre("BP-PLUGIN-2 device_open: opened device 1, which device_info does not know"));
  checked_.table().device_close(device);
}

TEST_F(InfoFaults, AStructIsSmallerThanThatOfTheFirstVersion) {
  changing_info.struct_size = 16;
  EXPECT_NE(ask(), nullptr);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre(MatchesRegex("BP-BASE-1 device_info: gave a struct_size of 16, less "
                                       "than the [0-9]+ of ABI 0.2")));
}

}  // namespace
}  // namespace backplane::check
