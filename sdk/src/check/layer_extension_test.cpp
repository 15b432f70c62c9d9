// Extensions behind the layer: hidden, but for "bp.test/1" and "bp.graph-pass/1".
#include <backplane/ext/draft/test.h>
#include <backplane/graph.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LayerExtension, IsHiddenAndTheHostIsToldSo) {
  Checked checked;
  checked.start();
  EXPECT_EQ(checked.table().get_extension("com.example.one/1"), nullptr);
  EXPECT_EQ(checked.table().get_extension("com.example.two/1"), nullptr);
  checked.device();
  EXPECT_THAT(checked.host().log(),
              ElementsAre("not available while every call is checked: com.example.one/1"));
  EXPECT_THAT(checked.take_violations(), IsEmpty());
}

// What the plugin's own "bp.test/1" was called with.
bp_device_t* called_with = nullptr;

bp_status_t fail_next(bp_device_t* device, bp_test_function_t function, uint32_t, bp_status_t) {
  called_with = device;
  return function == BP_TEST_WRITE
             ? BP_OK
             : fake::explained(device, BP_STATUS_INVALID_ARGUMENT, "none such");
}
bp_status_t fail_work(bp_device_t*, bp_test_function_t, uint32_t, bp_status_t) { return BP_OK; }
bp_status_t counters(bp_device_t* device, bp_test_counters_t* out_counters) {
  *out_counters = {1, 2, 3, 4, 5, 6, 7, device->index};
  return BP_OK;
}
bp_status_t lose(bp_device_t* device) {
  called_with = device;
  return BP_OK;
}

bp_test_api_t test_api = {};

class TestExtension : public ::testing::Test {
 protected:
  TestExtension() {
    test_api = {sizeof test_api, 0, fail_next, fail_work, counters, lose};
    called_with = nullptr;
    checked_.plugin().plugin.get_extension = [](const char* id) -> const void* {
      return std::strcmp(id, BP_EXT_TEST) == 0 ? &test_api : nullptr;
    };
  }
  const bp_test_api_t* table() {
    return static_cast<const bp_test_api_t*>(checked_.table().get_extension(BP_EXT_TEST));
  }

  Checked checked_;
};

TEST_F(TestExtension, GetsThePluginsOwnDevice) {
  checked_.start();
  const bp_test_api_t* test = table();
  ASSERT_NE(test, nullptr);
  bp_device_t* device = checked_.device(fake::kAsynchronous);
  EXPECT_EQ(test->fail_next(device, BP_TEST_WRITE, 1, BP_STATUS_INTERNAL), BP_OK);
  ASSERT_NE(called_with, nullptr);
  EXPECT_NE(called_with, device);
  EXPECT_EQ(called_with->index, fake::kAsynchronous);
  bp_test_counters_t counted = {};
  EXPECT_EQ(test->counters(device, &counted), BP_OK);
  EXPECT_EQ(counted.buffers, 1u);
  EXPECT_EQ(counted.compiles, fake::kAsynchronous);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(TestExtension, IsCheckedLikeEveryOtherTable) {
  checked_.start();
  const bp_test_api_t* test = table();
  bp_device_t* device = checked_.device();
  bp_buffer_t* buffer = checked_.make_buffer(device);
  EXPECT_EQ(test->lose(reinterpret_cast<bp_device_t*>(buffer)), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(called_with, nullptr);
  EXPECT_THAT(checked_.take_violations(), ElementsAre(::testing::StartsWith("BP-HOST-3 lose:")));
  EXPECT_EQ(test->fail_next(device, 99, 1, BP_STATUS_INTERNAL), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(test->counters(device, nullptr), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
  checked_.memory().buffer_destroy(buffer);
}

TEST_F(TestExtension, ThatWritesCountsAndFailsIsBlamed) {
  test_api.counters = [](bp_device_t* device, bp_test_counters_t* out_counters) {
    out_counters->events = 1;
    return fake::explained(device, BP_STATUS_INTERNAL, "no");
  };
  checked_.start();
  bp_test_counters_t counted = {};
  EXPECT_EQ(table()->counters(checked_.device(), &counted), BP_STATUS_INTERNAL);
  EXPECT_EQ(counted.events, 0u);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-BASE-2 counters: returned INTERNAL and wrote out_counters"));
}

TEST_F(TestExtension, WithAFunctionThatIsNullIsNotGivenOut) {
  test_api.lose = nullptr;
  checked_.start();
  EXPECT_EQ(table(), nullptr);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-PLUGIN-7 get_extension: gave a table of bp.test/1 with a function "
                          "that is NULL"));
}

// What the plugin's own pass was called with.
bp_device_t* passed_on = nullptr;
const bp_pass_info_t kPassInfo = {sizeof kPassInfo, "one", "", BP_PASS_BEFORE_PARTITION, 0};

bp_status_t run_pass(uint32_t index, bp_device_t* device, bp_graph_t*, const bp_graph_view_t*) {
  passed_on = device;
  return index == 0   ? BP_OK
         : index == 1 ? BP_STATUS_TIMEOUT
                      : fake::explained(device, BP_STATUS_UNSUPPORTED, "no");
}

bp_graph_pass_api_t pass_api = {};

class GraphPassExtension : public ::testing::Test {
 protected:
  GraphPassExtension() {
    pass_api = {sizeof pass_api, [] { return 1u; },
                [](uint32_t index) { return index == 0 ? &kPassInfo : nullptr; }, run_pass};
    passed_on = nullptr;
    checked_.plugin().plugin.get_extension = [](const char* id) -> const void* {
      return std::strcmp(id, BP_EXT_GRAPH_PASS) == 0 ? &pass_api : nullptr;
    };
  }
  const bp_graph_pass_api_t* table() {
    return static_cast<const bp_graph_pass_api_t*>(
        checked_.table().get_extension(BP_EXT_GRAPH_PASS));
  }
  bp_status_t run(uint32_t index, bp_device_t* device) {
    const auto graph = reinterpret_cast<bp_graph_t*>(this);
    return table()->pass_run(index, device, graph, &view_);
  }

  Checked checked_;
  bp_graph_view_t view_ = {};
};

TEST_F(GraphPassExtension, GetsThePluginsOwnDevice) {
  checked_.start();
  bp_device_t* device = checked_.device();
  EXPECT_EQ(table()->pass_count(), 1u);
  EXPECT_EQ(table()->pass_info(0), &kPassInfo);
  EXPECT_EQ(table()->pass_info(1), nullptr);
  EXPECT_EQ(run(0, device), BP_OK);
  ASSERT_NE(passed_on, nullptr);
  EXPECT_NE(passed_on, device);
  EXPECT_EQ(run(2, device), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(GraphPassExtension, IsCheckedLikeEveryOtherTable) {
  checked_.start();
  bp_device_t* device = checked_.device();
  bp_buffer_t* buffer = checked_.make_buffer(device);
  EXPECT_EQ(run(0, reinterpret_cast<bp_device_t*>(buffer)), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(passed_on, nullptr);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre(::testing::StartsWith("BP-HOST-3 pass_run:")));
  run(1, device);
  EXPECT_THAT(checked_.take_violations(),
              ::testing::Contains(::testing::HasSubstr("pass_run: returned TIMEOUT")));
  checked_.memory().buffer_destroy(buffer);
}

}  // namespace
}  // namespace backplane::check
