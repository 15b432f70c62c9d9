#include "memory/block_map.hpp"

#include <gtest/gtest.h>

#include "memory/fake_device.hpp"

namespace backplane {
namespace {

constexpr uint64_t kGrain = 16;

std::unique_ptr<Slab> slab_of(uint64_t size) {
  auto slab = std::make_unique<Slab>();
  slab->size = size;
  return slab;
}

TEST(BlockMap, GivesTheSmallestBlockThatFits) {
  BlockMap map;
  map.add(slab_of(4096));
  map.add(slab_of(512));
  map.add(slab_of(1024));
  const Block* block = map.take(nullptr, 600, 16, kGrain);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->slab->size, 1024u);
  EXPECT_EQ(map.take(nullptr, 512, 16, kGrain)->slab->size, 512u);
}

TEST(BlockMap, CutsABlockAndJoinsItAgain) {
  BlockMap map;
  map.add(slab_of(1024));
  Block* first = map.take(nullptr, 100, 16, kGrain);
  Block* second = map.take(nullptr, 100, 16, kGrain);
  Block* third = map.take(nullptr, 100, 16, kGrain);
  EXPECT_EQ(first->size, 112u);
  EXPECT_EQ(second->offset, 112u);
  EXPECT_EQ(map.largest_free(), 1024u - 3 * 112);
  map.give(first);
  map.give(third);
  EXPECT_EQ(map.largest_free(), 1024u - 2 * 112);
  EXPECT_TRUE(map.remove_idle().empty());
  map.give(second);
  EXPECT_EQ(map.largest_free(), 1024u);
  EXPECT_EQ(map.remove_idle().size(), 1u);
  EXPECT_EQ(map.largest_free(), 0u);
}

TEST(BlockMap, ALargeAlignmentLeavesThePartBeforeItFree) {
  BlockMap map;
  map.add(slab_of(8192));
  Block* small = map.take(nullptr, 16, 16, kGrain);
  Block* aligned = map.take(nullptr, 100, 4096, kGrain);
  EXPECT_EQ(small->offset, 0u);
  EXPECT_EQ(aligned->offset, 4096u);
  Block* between = map.take(nullptr, 4000, 16, kGrain);
  EXPECT_EQ(between->offset % 16, 0u);
  map.give(small);
  map.give(aligned);
  map.give(between);
  EXPECT_EQ(map.remove_idle().size(), 1u);
}

TEST(BlockMap, NothingFitsWhereNothingIsLeft) {
  BlockMap map;
  EXPECT_EQ(map.take(nullptr, 1, 1, kGrain), nullptr);
  map.add(slab_of(64));
  EXPECT_EQ(map.take(nullptr, 65, 1, kGrain), nullptr);
  EXPECT_NE(map.take(nullptr, 64, 64, kGrain), nullptr);
  EXPECT_EQ(map.take(nullptr, 1, 1, kGrain), nullptr);
}

class MarkedBlocks : public testing::Test {
 protected:
  MarkedBlocks()
      : chip_([] {
          fake::Config config;
          config.work = fake::Work::kByHand;
          return config;
        }()) {
    device_ = chip_.open();
    for (auto& stream : streams_) stream = *Stream::create(device_, 0);
  }
  Mark mark(int stream, uint64_t sequence) { return {streams_[stream], event_, sequence}; }

  fake::Chip chip_;
  std::shared_ptr<Device> device_;
  std::shared_ptr<Stream> streams_[2];
  std::shared_ptr<bp_event_t> event_{reinterpret_cast<bp_event_t*>(&chip_), [](bp_event_t*) {}};
};

TEST_F(MarkedBlocks, ABlockWithOneMarkIsFreeForThatStreamAlone) {
  BlockMap map;
  map.add(slab_of(256));
  Block* block = map.take(nullptr, 256, 16, kGrain);
  block->marks = {mark(0, 1)};
  map.give(block);
  EXPECT_EQ(map.take(nullptr, 16, 16, kGrain), nullptr);
  EXPECT_EQ(map.take(streams_[1].get(), 16, 16, kGrain), nullptr);
  EXPECT_NE(map.take(streams_[0].get(), 16, 16, kGrain), nullptr);
}

TEST_F(MarkedBlocks, ABlockThatTwoStreamsMarkedIsFreeForNobody) {
  BlockMap map;
  map.add(slab_of(256));
  Block* block = map.take(nullptr, 256, 16, kGrain);
  block->marks = {mark(0, 1), mark(1, 2)};
  map.give(block);
  EXPECT_EQ(map.take(streams_[0].get(), 16, 16, kGrain), nullptr);
  ASSERT_EQ(map.waiting().size(), 1u);
  map.remark(map.waiting()[0], {mark(1, 2)});
  EXPECT_NE(map.take(streams_[1].get(), 16, 16, kGrain), nullptr);
}

TEST_F(MarkedBlocks, NeighboursOfOneStreamJoinUnderTheLaterMark) {
  BlockMap map;
  map.add(slab_of(256));
  Block* first = map.take(nullptr, 128, 16, kGrain);
  Block* second = map.take(nullptr, 128, 16, kGrain);
  second->marks = {mark(0, 9)};
  first->marks = {mark(0, 7)};
  map.give(second);
  map.give(first);
  ASSERT_EQ(map.waiting().size(), 1u);
  EXPECT_EQ(map.waiting()[0]->size, 256u);
  EXPECT_EQ(map.waiting()[0]->marks[0].sequence, 9u);
}

TEST_F(MarkedBlocks, AMarkThatIsNotRecordedYetCountsAsTheLatest) {
  std::vector<Mark> marks = {mark(0, 9)};
  merge_marks(marks, {Mark{streams_[0], nullptr, 0}});
  EXPECT_EQ(marks[0].event, nullptr);
  merge_marks(marks, {mark(0, 10), mark(1, 3)});
  EXPECT_EQ(marks[0].event, nullptr);
  EXPECT_EQ(marks.size(), 2u);
}

}  // namespace
}  // namespace backplane
