#include "check/order.hpp"

#include <gtest/gtest.h>

namespace backplane::check {
namespace {

// Two streams, two buffers, and work between them.
class Orders : public ::testing::Test {
 protected:
  Orders() {
    order_.begin(a_, 1);
    order_.begin(b_, 2);
  }
  // Work that touches [begin, end) of a buffer; says whether something is missing.
  bool is_unordered(Order::Lane& lane, bool is_write, uint64_t begin = 0, uint64_t end = 64) {
    const Order::Access access = {&history_, begin, end, is_write, 5};
    missing_ = order_.give(lane, {is_write ? "write" : "read", ""}, &access, 1).value_or("");
    return !missing_.empty();
  }
  bool write_races(Order::Lane& lane, uint64_t begin = 0, uint64_t end = 64) {
    return is_unordered(lane, true, begin, end);
  }
  bool read_races(Order::Lane& lane, uint64_t begin = 0, uint64_t end = 64) {
    return is_unordered(lane, false, begin, end);
  }
  void order(Order::Lane& first, Order::Lane& second) {
    Order::Mark mark;
    order_.record(mark, first);
    order_.wait(second, mark);
  }

  Order order_;
  Order::Lane a_, b_;
  Order::History history_;
  std::string missing_;
};

TEST_F(Orders, OneStreamIsInOrder) {
  EXPECT_FALSE(write_races(a_));
  EXPECT_FALSE(read_races(a_));
  EXPECT_FALSE(write_races(a_));
}

TEST_F(Orders, TheMissingWaitIsNamed) {
  EXPECT_FALSE(write_races(a_));
  EXPECT_TRUE(read_races(b_));
  EXPECT_EQ(missing_,
            "on stream 2 reads buffer 5, which write on stream 1 writes; no event_wait, and "
            "nothing that the host has waited for, orders them");
}

TEST_F(Orders, AWriteAfterAReadAndAWriteAfterAWriteAreMissedToo) {
  EXPECT_FALSE(read_races(a_));
  EXPECT_TRUE(write_races(b_));
  Order::Lane c;
  order_.begin(c, 3);
  order(a_, c);
  EXPECT_TRUE(write_races(c));
}

TEST_F(Orders, ReadsNeedNoOrder) {
  EXPECT_FALSE(write_races(a_));
  order(a_, b_);
  EXPECT_FALSE(read_races(a_));
  EXPECT_FALSE(read_races(b_));
}

TEST_F(Orders, BytesBesideEachOtherNeedNoOrder) {
  EXPECT_FALSE(write_races(a_, 0, 32));
  EXPECT_FALSE(write_races(b_, 32, 64));
  EXPECT_TRUE(read_races(b_, 31, 33));
}

TEST_F(Orders, AnEventOrders) {
  EXPECT_FALSE(write_races(a_));
  order(a_, b_);
  EXPECT_FALSE(read_races(b_));
  EXPECT_FALSE(write_races(b_));
  EXPECT_TRUE(read_races(a_));  // and not the other way round
}

TEST_F(Orders, AnEventOrdersWhatCameBeforeItAndNoMore) {
  Order::Mark mark;
  EXPECT_FALSE(write_races(a_, 0, 32));
  order_.record(mark, a_);
  EXPECT_FALSE(write_races(a_, 32, 64));
  order_.wait(b_, mark);
  EXPECT_FALSE(read_races(b_, 0, 32));
  EXPECT_TRUE(read_races(b_, 32, 64));
}

TEST_F(Orders, AWaitTakesTheMarkThatStandsThen) {
  Order::Mark mark;
  order_.record(mark, a_);
  order_.wait(b_, mark);
  EXPECT_FALSE(write_races(a_));
  order_.record(mark, a_);  // moves it, but not for b
  EXPECT_TRUE(read_races(b_));
  Order::Lane c;
  order_.begin(c, 3);
  order_.wait(c, mark);
  EXPECT_FALSE(read_races(c));
}

TEST_F(Orders, OrderIsPassedOn) {
  Order::Lane c;
  order_.begin(c, 3);
  EXPECT_FALSE(write_races(a_));
  order(a_, b_);
  order(b_, c);
  EXPECT_FALSE(write_races(c));
}

TEST_F(Orders, TheHostOrdersByWaiting) {
  EXPECT_FALSE(write_races(a_));
  order_.finish(a_);
  EXPECT_FALSE(write_races(b_));
  Order::Mark mark;
  order_.record(mark, b_);
  EXPECT_FALSE(read_races(b_));
  order_.finish(mark);
  EXPECT_FALSE(read_races(a_));
  EXPECT_TRUE(write_races(a_));  // the read of b came after the mark
}

TEST_F(Orders, AStreamThatIsGoneHasFinished) {
  EXPECT_FALSE(write_races(a_));
  order_.end(a_);
  EXPECT_FALSE(write_races(b_));
  Order::Lane c;  // where a was
  order_.begin(c, 3);
  EXPECT_TRUE(read_races(c));
  EXPECT_FALSE(write_races(b_, 64, 128));
}

TEST_F(Orders, BehindAHostEventOnlyTheHostKnows) {
  order_.hold(b_);
  EXPECT_FALSE(read_races(b_));
  EXPECT_FALSE(write_races(a_));  // the host may wait for it before it signals
  EXPECT_FALSE(read_races(b_));
  Order::Lane c;
  order_.begin(c, 3);
  order(b_, c);
  EXPECT_FALSE(write_races(c));
  order_.finish(b_);
  order_.finish(a_);
  order_.finish(c);
  EXPECT_FALSE(write_races(b_));
  EXPECT_TRUE(read_races(a_));  // b is held no longer
}

TEST_F(Orders, MemoryThatIsGivenBackIsForgotten) {
  EXPECT_FALSE(write_races(a_, 0, 32));
  EXPECT_FALSE(write_races(a_, 100, 132));
  order_.forget(history_, 0, 64);
  EXPECT_FALSE(write_races(b_, 0, 64));
  EXPECT_TRUE(write_races(b_, 100, 132));
}

TEST_F(Orders, HistoryStaysShort) {
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_FALSE(write_races(a_, i * 8, i * 8 + 8));
  EXPECT_EQ(history_.size(), Order::kLongest);
  EXPECT_TRUE(read_races(b_, 7992, 8000));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(write_races(a_, 8000, 8064));
  EXPECT_EQ(history_.size(), Order::kLongest);
}

}  // namespace
}  // namespace backplane::check
