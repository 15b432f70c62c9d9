#include "support/status.hpp"

#include <gtest/gtest.h>

namespace backplane {
namespace {

TEST(Status, DefaultIsOk) {
  Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), BP_OK);
  EXPECT_TRUE(status.in("somewhere").ok());
}

TEST(Status, ContextStandsBeforeTheText) {
  const Status status = unsupported("only float32").in("/layer1/MatMul").in("model.onnx");
  EXPECT_EQ(status.code(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(status.text(), "model.onnx: /layer1/MatMul: only float32");
}

TEST(Status, NamesComeFromTheHeader) {
  EXPECT_STREQ(status_name(BP_STATUS_OUT_OF_MEMORY), "OUT_OF_MEMORY");
  EXPECT_STREQ(status_text(BP_STATUS_TIMEOUT), "waited as long as asked; the work goes on");
}

// proves BP-HOST-6
TEST(Status, AValueOutsideTheListIsTakenAsInternal) {
  for (bp_status_t unknown : {-1, 10, 1 << 30}) {
    EXPECT_STREQ(status_name(unknown), "INTERNAL");
    EXPECT_FALSE(is_known_status(unknown));
  }
  EXPECT_TRUE(is_known_status(BP_STATUS_CANCELLED));
}

TEST(Result, HoldsAValueOrAFailure) {
  Result<std::string> good = std::string("x");
  Result<std::string> bad = corrupt("cut short");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good, "x");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.status().code(), BP_STATUS_CORRUPT);
}

}  // namespace
}  // namespace backplane
