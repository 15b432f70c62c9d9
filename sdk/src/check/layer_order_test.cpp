// Orders of work on the fake's streams, right and wrong, through the layer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class LayerOrder : public ::testing::Test {
 public:  // for functions that a stream calls
  void SetUp() override {
    checked_.start();
    device_ = checked_.device(fake::kAsynchronous);
    first_ = checked_.make_stream(device_);
    second_ = checked_.make_stream(device_);
    buffer_ = checked_.make_buffer(device_);
    event_ = checked_.make_event(device_);
    gate_ = checked_.make_event(device_, BP_EVENT_FLAG_HOST_SIGNALED);
  }
  void TearDown() override {
    streams().event_signal(gate_, BP_OK);
    for (bp_stream_t* stream : {first_, second_}) streams().stream_destroy(stream);
    for (bp_event_t* event : {event_, gate_}) streams().event_destroy(event);
    checked_.memory().buffer_destroy(buffer_);
  }
  const bp_stream_api_t& streams() { return checked_.stream(); }
  void write(bp_stream_t* stream) {
    EXPECT_EQ(checked_.memory().write(stream, buffer_, 0, bytes_, 64), BP_OK);
  }
  void read(bp_stream_t* stream) {
    EXPECT_EQ(checked_.memory().read(stream, buffer_, 0, bytes_, 64), BP_OK);
  }
  void synchronize(bp_stream_t* stream) {
    EXPECT_EQ(streams().stream_synchronize(stream, UINT64_MAX), BP_OK);
  }

  Checked checked_;
  bp_device_t* device_ = nullptr;
  bp_stream_t* first_ = nullptr;
  bp_stream_t* second_ = nullptr;
  bp_buffer_t* buffer_ = nullptr;
  bp_event_t* event_ = nullptr;
  bp_event_t* gate_ = nullptr;
  char bytes_[64] = {};
};

// proves BP-HOST-15
TEST_F(LayerOrder, AMissingWaitIsNamed) {
  bp_kernel_t* kernel = checked_.make_kernel(device_);
  write(first_);
  const bp_tensor_t inputs[] = {fake::tensor(buffer_, 0, 8), fake::tensor(buffer_, 64, 8)};
  const bp_tensor_t output = fake::tensor(buffer_, 128, 8);
  EXPECT_EQ(checked_.kernel().launch(kernel, second_, inputs, &output, nullptr), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre(MatchesRegex(
                  "BP-HOST-15 launch: of Add on stream [0-9]+ reads buffer [0-9]+, which write on "
                  "stream [0-9]+ writes; no event_wait, and nothing that the host has waited for, "
                  "orders them")));
  synchronize(second_);
  checked_.kernel().kernel_destroy(kernel);
}

TEST_F(LayerOrder, AnEventOrders) {
  write(first_);
  EXPECT_EQ(streams().event_record(event_, first_), BP_OK);
  EXPECT_EQ(streams().event_wait(event_, second_), BP_OK);
  read(second_);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(LayerOrder, TheHostOrdersByWaitingForAStream) {
  write(first_);
  synchronize(first_);
  write(second_);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(LayerOrder, TheHostOrdersByWaitingForAnEvent) {
  write(first_);
  EXPECT_EQ(streams().event_record(event_, first_), BP_OK);
  EXPECT_EQ(streams().event_synchronize(event_, UINT64_MAX), BP_OK);
  read(second_);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(LayerOrder, AnAnswerThatItIsNotYetSoOrdersNothing) {
  EXPECT_EQ(streams().event_wait(gate_, first_), BP_OK);
  write(second_);
  EXPECT_EQ(streams().event_record(event_, first_), BP_OK);
  EXPECT_EQ(streams().event_query(event_), BP_STATUS_NOT_READY);
  EXPECT_EQ(streams().event_signal(gate_, BP_OK), BP_OK);
  bp_stream_t* third = checked_.make_stream(device_);
  read(third);
  EXPECT_EQ(checked_.take_violations().size(), 1u);
  streams().stream_destroy(third);
}

TEST_F(LayerOrder, AGateIsTheHostsOwnOrder) {
  EXPECT_EQ(streams().event_wait(gate_, second_), BP_OK);
  read(second_);
  write(first_);
  synchronize(first_);
  EXPECT_EQ(streams().event_signal(gate_, BP_OK), BP_OK);
  synchronize(second_);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(LayerOrder, AHostCallTellsTheHostThatEarlierWorkIsDone) {
  write(first_);
  EXPECT_EQ(streams().host_call(
                first_,
                [](void* of_test, bp_status_t) {
                  auto& test = *static_cast<LayerOrder*>(of_test);
                  EXPECT_EQ(test.streams().event_signal(test.gate_, BP_OK), BP_OK);
                },
                this),
            BP_OK);
  EXPECT_EQ(streams().event_synchronize(gate_, UINT64_MAX), BP_OK);
  write(second_);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(LayerOrder, AStreamThatIsDestroyedHasFinished) {
  bp_stream_t* third = checked_.make_stream(device_);
  write(third);
  streams().stream_destroy(third);
  write(first_);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(LayerOrder, ACallThatFailedGaveNoWork) {
  char byte = 0;
  EXPECT_NE(checked_.memory().write(first_, buffer_, 300, &byte, 1), BP_OK);
  EXPECT_EQ(checked_.memory().write(first_, buffer_, 0, &byte, 0), BP_OK);
  write(second_);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

// One memory under two handles.
TEST_F(LayerOrder, ImportedMemoryIsOneByItsAddress) {
  alignas(64) static char memory[64];
  bp_buffer_t* imported[2] = {};
  for (bp_buffer_t*& buffer : imported)
    ASSERT_EQ(checked_.memory().buffer_import(device_, BP_HANDLE_HOST_POINTER,
                                              reinterpret_cast<uintptr_t>(memory), 64, &buffer),
              BP_OK);
  EXPECT_EQ(checked_.memory().write(first_, imported[0], 0, bytes_, 64), BP_OK);
  synchronize(second_);
  EXPECT_EQ(checked_.memory().read(second_, imported[1], 8, bytes_, 8), BP_OK);
  EXPECT_EQ(checked_.take_violations().size(), 1u);
  synchronize(first_);
  synchronize(second_);
  for (bp_buffer_t* buffer : imported) checked_.memory().buffer_destroy(buffer);
}

}  // namespace
}  // namespace backplane::check
