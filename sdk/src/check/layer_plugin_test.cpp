// The plugin's faults that any function can have, one at a time; each is named with its function.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

int calls = 0;

TEST_F(PluginFaults, AnExplanationOfOneCallDoesNotServeTheNext) {
  calls = 0;
  start([](bp_device_t* device, bp_memory_kind_t, uint64_t, bp_buffer_t**) {
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

}  // namespace
}  // namespace backplane::check
