#include "loader/host_services.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

namespace backplane {
namespace {

struct Line {
  bp_log_level_t level;
  std::string source;
  std::string text;
};

class HostServicesTest : public testing::Test {
 protected:
  std::vector<Line> lines_;
  const Log log_{BP_LOG_DEBUG,
                 [this](bp_log_level_t level, const char* source, const std::string& text) {
                   lines_.push_back({level, source, text});
                 }};
  HostServices services_{log_, "org.example.chip"};
  const bp_host_t* const host_ = services_.table();
};

TEST_F(HostServicesTest, NoFunctionOfTheTableIsNull) {
  EXPECT_EQ(host_->struct_size, sizeof(bp_host_t));
  EXPECT_EQ(host_->abi.major, BP_ABI_MAJOR);
  EXPECT_EQ(host_->abi.minor, BP_ABI_MINOR);
  for (const bool is_there :
       {host_->explain != nullptr, host_->log != nullptr, host_->allocate != nullptr,
        host_->deallocate != nullptr, host_->get_extension != nullptr})
    EXPECT_TRUE(is_there);
  EXPECT_EQ(host_->get_extension(host_->self, "bp.cache/1"), nullptr);
}

TEST_F(HostServicesTest, TheLastExplanationCountsAndIsCopied) {
  char text[] = "second";
  host_->explain(host_->self, "first");
  host_->explain(host_->self, text);
  std::memset(text, 'x', 6);
  EXPECT_EQ(explanation(), "second");
  clear_explanation();
  EXPECT_EQ(explanation(), "");
  host_->explain(host_->self, nullptr);
  EXPECT_EQ(explanation(), "");
}

TEST_F(HostServicesTest, AnExplanationBelongsToItsThread) {
  clear_explanation();
  std::thread([this] { host_->explain(host_->self, "elsewhere"); }).join();
  EXPECT_EQ(explanation(), "");
}

TEST_F(HostServicesTest, LogLinesCarryThePluginsName) {
  host_->log(host_->self, BP_LOG_INFO, "driver 535.104");
  host_->log(host_->self, 99, nullptr);
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[0].source, "org.example.chip");
  EXPECT_EQ(lines_[0].text, "driver 535.104");
  EXPECT_EQ(lines_[0].level, BP_LOG_INFO);
  EXPECT_EQ(lines_[1].level, BP_LOG_ERROR) << "a level past the list counts as the worst";
}

TEST_F(HostServicesTest, AThrowingSinkDoesNotReachThePlugin) {
  const Log throwing(BP_LOG_DEBUG, [](bp_log_level_t, const char*, const std::string&) {
    throw std::runtime_error("full");
  });
  const HostServices services(throwing, "x");
  EXPECT_NO_THROW(services.table()->log(services.table()->self, BP_LOG_ERROR, "text"));
}

TEST_F(HostServicesTest, BlocksAreAlignedWritableAndCounted) {
  std::vector<void*> blocks;
  uint64_t bytes = 0;
  for (uint64_t alignment = 1; alignment <= 1u << 16; alignment *= 2) {
    void* const block = host_->allocate(host_->self, alignment + 3, alignment);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    std::memset(block, 0xff, alignment + 3);
    bytes += alignment + 3;
    blocks.push_back(block);
  }
  EXPECT_EQ(services_.allocated_bytes(), bytes);
  EXPECT_EQ(services_.allocated_blocks(), blocks.size());
  for (void* block : blocks) host_->deallocate(host_->self, block);
  host_->deallocate(host_->self, nullptr);
  EXPECT_EQ(services_.allocated_bytes(), 0u);
  EXPECT_EQ(services_.allocated_blocks(), 0u);
}

TEST_F(HostServicesTest, WhatCannotBeAllocatedIsNullAndNotCounted) {
  const uint64_t huge = UINT64_MAX;
  EXPECT_EQ(host_->allocate(host_->self, 0, 64), nullptr);
  EXPECT_EQ(host_->allocate(host_->self, 64, 0), nullptr);
  EXPECT_EQ(host_->allocate(host_->self, 64, 48), nullptr);
  EXPECT_EQ(host_->allocate(host_->self, huge, 64), nullptr);
  EXPECT_EQ(host_->allocate(host_->self, huge - 200, 64), nullptr);
  EXPECT_EQ(host_->allocate(host_->self, 64, huge / 2 + 1), nullptr);
  EXPECT_EQ(host_->allocate(host_->self, uint64_t{1} << 62, 64), nullptr);
  EXPECT_EQ(services_.allocated_blocks(), 0u);
}

}  // namespace
}  // namespace backplane
