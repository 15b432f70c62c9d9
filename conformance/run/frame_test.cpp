#include "run/frame.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "run/message.hpp"

namespace backplane::conformance {
namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    close_read();
    close_write();
  }
  void close_read() {
    if (ends[0] >= 0) close(ends[0]);
    ends[0] = -1;
  }
  void close_write() {
    if (ends[1] >= 0) close(ends[1]);
    ends[1] = -1;
  }
};

constexpr uint64_t kSecond = 1'000'000'000;

TEST(Frame, GoesThroughAPipeWhole) {
  Pipe pipe;
  const Frame sent = {"head", {"", std::string(300000, 'x'), std::string("\0\1", 2)}};
  std::thread writer([&] { EXPECT_TRUE(write_frame(pipe.ends[1], sent)); });
  Frame came;
  EXPECT_EQ(read_frame(pipe.ends[0], steady_now_ns() + 20 * kSecond, &came), FrameResult::kDone);
  writer.join();
  EXPECT_EQ(came.head, sent.head);
  EXPECT_EQ(came.blocks, sent.blocks);
}

TEST(Frame, SaysWhenNothingComes) {
  Pipe pipe;
  Frame came;
  const uint64_t begin = steady_now_ns();
  EXPECT_EQ(read_frame(pipe.ends[0], begin + 20'000'000, &came), FrameResult::kTimeout);
  EXPECT_GE(steady_now_ns(), begin + 20'000'000);
  pipe.close_write();
  EXPECT_EQ(read_frame(pipe.ends[0], UINT64_MAX, &came), FrameResult::kClosed);
}

TEST(Frame, TakesNoStrayBytesForAFrame) {
  Pipe pipe;
  const std::string stray = "printf of a plugin into the wrong descriptor, long enough";
  ASSERT_EQ(write(pipe.ends[1], stray.data(), stray.size()), static_cast<ssize_t>(stray.size()));
  Frame came;
  EXPECT_EQ(read_frame(pipe.ends[0], UINT64_MAX, &came), FrameResult::kBroken);
}

TEST(Frame, CutShortIsClosedAndNotAFrame) {
  Pipe pipe;
  const uint64_t begin[3] = {0x31304d5246504250u, 0, 1000};
  ASSERT_EQ(write(pipe.ends[1], begin, sizeof begin), static_cast<ssize_t>(sizeof begin));
  pipe.close_write();
  Frame came;
  EXPECT_EQ(read_frame(pipe.ends[0], UINT64_MAX, &came), FrameResult::kClosed);
}

TEST(Frame, WritingToNobodyFails) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.close_read();
  EXPECT_FALSE(write_frame(pipe.ends[1], {"head", {}}));
}

TEST(Message, AnOutcomeComesBackAsItWas) {
  Outcome sent;
  sent.verdict = Verdict::kUnsupported;
  sent.text = "MatMul: \xff no UTF-8";
  sent.rule = "BP-KERNEL-1";
  sent.function = "supports";
  sent.refused_by = RefusedBy::kHost;
  TensorBytes tensor;
  tensor.type.dtype = BP_DTYPE_INT64;
  tensor.type.rank = 2;
  tensor.type.shape[0] = 3;
  tensor.type.shape[1] = 1;
  tensor.bytes = std::string(24, '\7');
  sent.outputs = {{tensor}, {}};
  sent.repeats = {{3, "launched by two threads at once"}};
  Outcome came;
  ASSERT_TRUE(from_frame(to_frame(sent), &came));
  EXPECT_EQ(came.verdict, sent.verdict);
  EXPECT_EQ(came.rule, sent.rule);
  EXPECT_EQ(came.function, sent.function);
  EXPECT_EQ(came.refused_by, sent.refused_by);
  ASSERT_EQ(came.outputs.size(), 2u);
  EXPECT_EQ(came.outputs[0][0].bytes, tensor.bytes);
  EXPECT_EQ(came.outputs[0][0].type.shape[0], 3);
  EXPECT_EQ(came.outputs[0][0].type.rank, 2);
  ASSERT_EQ(came.repeats.size(), 1u);
  EXPECT_EQ(came.repeats[0].step, 3u);
  EXPECT_EQ(came.repeats[0].how, "launched by two threads at once");
}

TEST(Message, OneKindIsNotTakenForAnother) {
  Task task;
  EXPECT_FALSE(from_frame(to_frame(Assignment{"p", 1, false, "", 0, false}), &task));
  EXPECT_FALSE(from_frame(Frame{"{}", {}}, &task));
  EXPECT_FALSE(from_frame(Frame{"no json", {}}, &task));
}

}  // namespace
}  // namespace backplane::conformance
