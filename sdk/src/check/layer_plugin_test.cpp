// The plugin's faults that any function can have, one at a time; each is named with its function.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>
#include <stdexcept>

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

class PluginFaults : public ::testing::Test {
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

TEST_F(PluginFaults, AnOutParameterIsWrittenThoughTheCallFailed) {
  start([](bp_device_t* device, bp_memory_kind_t, uint64_t, bp_buffer_t** out_buffer) {
    *out_buffer = nullptr;
    return fake::explained(device, BP_STATUS_OUT_OF_MEMORY, "none left");
  });
  EXPECT_EQ(create(), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-2 buffer_create: returned OUT_OF_MEMORY and wrote out_buffer"));
}

TEST_F(PluginFaults, AnOutParameterIsNotWrittenThoughTheCallSucceeded) {
  start([](bp_device_t*, bp_memory_kind_t, uint64_t, bp_buffer_t**) { return BP_OK; });
  EXPECT_EQ(create(), BP_STATUS_INTERNAL);
  EXPECT_EQ(buffer_, nullptr);
  EXPECT_EQ(checked_.host().last_explanation(),
            "buffer_create: BP-BASE-2: returned OK and did not write out_buffer");
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-2 buffer_create: returned OK and did not write out_buffer"));
}

TEST_F(PluginFaults, AHandleIsNullThoughTheCallSucceeded) {
  start([](bp_device_t*, bp_memory_kind_t, uint64_t, bp_buffer_t** out_buffer) {
    *out_buffer = nullptr;
    return BP_OK;
  });
  EXPECT_EQ(create(), BP_STATUS_INTERNAL);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-7 buffer_create: returned OK and NULL in out_buffer"));
}

TEST_F(PluginFaults, ANumberIsWrittenThoughTheCallFailed) {
  checked_.plugin().memory.usage = [](bp_device_t* device, uint64_t* out_free, uint64_t*) {
    *out_free = 1;
    return fake::explained(device, BP_STATUS_UNSUPPORTED, "not here");
  };
  checked_.start();
  uint64_t free = 7;
  uint64_t total = 7;
  EXPECT_EQ(checked_.memory().usage(checked_.device(), &free, &total), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(free, 7u);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-2 usage: returned UNSUPPORTED and wrote out_free"));
}

TEST_F(PluginFaults, MoreIsFreeThanThereIs) {
  checked_.plugin().memory.usage = [](bp_device_t*, uint64_t* out_free, uint64_t* out_total) {
    *out_free = 2;
    *out_total = 1;
    return BP_OK;
  };
  checked_.start();
  uint64_t free = 0;
  uint64_t total = 0;
  EXPECT_EQ(checked_.memory().usage(checked_.device(), &free, &total), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-MEM-17 usage: says that more is free than there is"));
}

TEST_F(PluginFaults, AnExceptionLeavesTheCall) {
  start([](bp_device_t*, bp_memory_kind_t, uint64_t, bp_buffer_t**) -> bp_status_t {
    throw std::runtime_error("out of luck");
  });
  EXPECT_EQ(create(), BP_STATUS_INTERNAL);
  EXPECT_EQ(checked_.host().last_explanation(),
            "buffer_create: BP-BASE-4: an exception left it: out of luck");
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-4 buffer_create: an exception left it: out of luck"));
}

TEST_F(PluginFaults, AnExceptionLeavesACallWithoutAStatus) {
  checked_.plugin().memory.host_space = [](bp_device_t*) -> bp_buffer_t* { throw 1; };
  checked_.plugin().kernel.kernel_destroy = [](bp_kernel_t*) { throw 1; };
  checked_.start();
  EXPECT_EQ(checked_.memory().host_space(checked_.device()), nullptr);
  checked_.kernel().kernel_destroy(nullptr);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-4 host_space: an exception left it: no std::exception",
                          "BP-BASE-4 kernel_destroy: an exception left it: no std::exception"));
}

TEST_F(PluginFaults, AFailureIsNotExplained) {
  start([](bp_device_t*, bp_memory_kind_t, uint64_t, bp_buffer_t**) {
    return bp_status_t{BP_STATUS_OUT_OF_MEMORY};
  });
  EXPECT_EQ(create(), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(
      checked_.take_violations(),
      ElementsAre("BP-BASE-5 buffer_create: returned OUT_OF_MEMORY and did not explain it"));
}

TEST_F(PluginFaults, AFailureIsExplainedWithNothing) {
  start([](bp_device_t* device, bp_memory_kind_t, uint64_t, bp_buffer_t**) {
    device->host->explain(device->host->self, nullptr);
    return fake::explained(device, BP_STATUS_OUT_OF_MEMORY, "");
  });
  EXPECT_EQ(create(), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(
      checked_.take_violations(),
      ElementsAre("BP-BASE-5 explain: was given NULL for a text",
                  "BP-BASE-5 buffer_create: returned OUT_OF_MEMORY and did not explain it"));
}

TEST_F(PluginFaults, AnExplanationOfOneCallDoesNotServeTheNext) {
  start([](bp_device_t* device, bp_memory_kind_t, uint64_t, bp_buffer_t**) {
    static int calls = 0;
    if (calls++ == 0) fake::explained(device, BP_OK, "too early");
    return bp_status_t{BP_STATUS_OUT_OF_MEMORY};
  });
  create();
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
  create();
  EXPECT_EQ(checked_.take_violations().size(), 1u);
}

TEST_F(PluginFaults, AStatusThatTheFunctionDoesNotHave) {
  start([](bp_device_t* device, bp_memory_kind_t, uint64_t, bp_buffer_t**) {
    return fake::explained(device, BP_STATUS_NOT_READY, "later");
  });
  EXPECT_EQ(create(), BP_STATUS_NOT_READY);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-6 buffer_create: returned NOT_READY, which is none of OK, "
                          "INVALID_ARGUMENT, UNSUPPORTED, OUT_OF_MEMORY, DEVICE_LOST, INTERNAL"));
}

TEST_F(PluginFaults, AStatusThatIsNone) {
  checked_.plugin().memory.write = [](bp_stream_t*, bp_buffer_t* target, uint64_t, const void*,
                                      uint64_t) {
    return fake::explained(target->device, 77, "no idea");
  };
  start(honest_create);
  EXPECT_EQ(create(), BP_OK);
  EXPECT_EQ(checked_.memory().write(nullptr, buffer_, 0, "", 1), 77);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-6 write: returned status 77, which is none of OK, "
                          "INVALID_ARGUMENT, OUT_OF_MEMORY, DEVICE_LOST, INTERNAL"));
  destroy();
}

// The same handle every time.
bp_status_t create_the_only(bp_device_t* device, bp_memory_kind_t, uint64_t size,
                            bp_buffer_t** out_buffer) {
  static bp_buffer_t only;
  only = {device, nullptr, size, false};
  *out_buffer = &only;
  return BP_OK;
}

TEST_F(PluginFaults, AHandleEqualsThatOfALiveObject) {
  checked_.plugin().memory.buffer_destroy = [](bp_buffer_t*) {};
  start(create_the_only);
  EXPECT_EQ(create(), BP_OK);
  bp_buffer_t* first = buffer_;
  EXPECT_EQ(create(), BP_OK);
  EXPECT_NE(first, buffer_);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-7 buffer_create: gave a handle that equals that of another "
                          "live buffer"));
  destroy();
  checked_.memory().buffer_destroy(first);
  EXPECT_EQ(create(), BP_OK);  // the handle of one that is gone may come again
  destroy();
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

// ---- arguments

TEST_F(PluginFaults, TheHostsOptionsAreChanged) {
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

TEST_F(PluginFaults, TheHostsPatternIsChanged) {
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

TEST_F(PluginFaults, TheHostOfDeviceInfoIsUsedAfterTheCall) {
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

TEST_F(PluginFaults, TheHostOfADeviceIsUsedAfterItWasClosed) {
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

TEST_F(PluginFaults, MemoryIsGivenBackThatWasNeverTaken) {
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

TEST_F(PluginFaults, MemoryIsKeptBeyondTheLastDevice) {
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

TEST_F(PluginFaults, TheRoundingModeIsChangedInAHotCall) {
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

TEST_F(PluginFaults, ASignalHandlerIsInstalled) {
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

TEST_F(PluginFaults, ATableIsChanged) {
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
                                       "than the [0-9]+ of ABI 0.1")));
}

}  // namespace
}  // namespace backplane::check
