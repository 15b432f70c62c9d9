// TfIdfVectorizer against counts by hand, and what is no pool refused.
#include "test_kernel.hpp"
#include "test_run.hpp"

namespace backplane::cpu::testing {
namespace {

TestNode counting(const Tensor& tokens, const char* mode, int64_t skipped, const Shape& to) {
  TestNode node("TfIdfVectorizer", 9, {tokens}, {wanted(BP_DTYPE_FLOAT32, to)});
  node.add("mode", mode);
  node.add("min_gram_length", int64_t{1});
  node.add("max_gram_length", int64_t{2});
  node.add("max_skip_count", skipped);
  return node;
}

// The pool: 7, 8; 7 8, 8 8. Places 3, 0, 1, 2.
void add_pool(TestNode& node) {
  node.add("ngram_counts", std::vector<int64_t>{0, 2});
  node.add("ngram_indexes", std::vector<int64_t>{3, 0, 1, 2});
  node.add("pool_int64s", std::vector<int64_t>{7, 8, 7, 8, 8, 8});
}

TEST(TfIdf, CountsTokensAndPairsNearAndFar) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor tokens = tensor<int64_t>({2, 5}, {7, 8, 8, 9, 8, 7, 7, 7, 7, 7});
  TestNode near = counting(tokens, "TF", 0, {2, 4});
  add_pool(near);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, near));
  EXPECT_EQ(near.outputs[0].as<float>(), (std::vector<float>{3, 1, 1, 1, 0, 0, 0, 5}));
  // Apart by 2: 7 8, 8 8; by 3: 8 8; by 4: 7 8. As many skipped as there are no more changes
  // nothing.
  for (const int64_t skipped : {int64_t{3}, INT64_MAX}) {
    TestNode far = counting(tokens, "TF", skipped, {2, 4});
    add_pool(far);
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, far));
    EXPECT_EQ(far.outputs[0].as<float>(), (std::vector<float>{3, 3, 3, 1, 0, 0, 0, 5}));
  }
  TestNode once = counting(tokens, "IDF", 3, {2, 4});
  add_pool(once);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, once));
  EXPECT_EQ(once.outputs[0].as<float>(), (std::vector<float>{1, 1, 1, 1, 0, 0, 0, 1}));
}

TEST(TfIdf, WhatIsNoPoolIsRefused) {
  const Tensor tokens = tensor<int32_t>({3}, {7, 8, 8});
  TestNode node = counting(tokens, "BM25", 0, {4});
  add_pool(node);
  EXPECT_EQ(refusal(node), "TfIdfVectorizer: mode \"BM25\" is none that ONNX defines");
  TestNode odd = counting(tokens, "TF", 0, {4});
  odd.add("ngram_counts", std::vector<int64_t>{0, 3});
  odd.add("pool_int64s", std::vector<int64_t>{7, 8, 9, 7, 8, 8});
  EXPECT_EQ(refusal(odd), "TfIdfVectorizer: no n-grams of 2 tokens in the pool's part of them");
  TestNode few = counting(tokens, "TF", 0, {4});
  few.add("ngram_counts", std::vector<int64_t>{0, 2});
  few.add("pool_int64s", std::vector<int64_t>{7, 8, 8, 8});
  EXPECT_EQ(refusal(few), "TfIdfVectorizer: 0 places for 3 n-grams");
  EXPECT_EQ(refusal(counting(noisy<float>({3}, 1), "TF", 0, {4})),
            "TfIdfVectorizer: tokens are int32 or int64, not float32");
}

}  // namespace
}  // namespace backplane::cpu::testing
