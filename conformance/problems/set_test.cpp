// Outputs of which several orders are right: any order of the right pairs passes, no other pair
// does, and what is said names it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "problems/fill.hpp"
#include "problems/power.hpp"

namespace backplane::conformance {
namespace {

struct Members {
  std::vector<float> values;
  std::vector<int64_t> indices;
};

template <class T>
std::string bytes_of(const std::vector<T>& elements) {
  std::string bytes(elements.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), elements.data(), bytes.size());
  return bytes;
}

// Of rows 4 1 3 3 2 and 0 5 5 5 9 the three largest, in no order.
std::string judged(const Members& members) {
  const Reference& reference = *find_reference("TopK");
  Request request;
  request.op = "TopK";
  request.settings["sorted"].integers = {0};
  request.inputs = {
      {tensor_type_of(BP_DTYPE_FLOAT32, {2, 5}), bytes_of<float>({4, 1, 3, 3, 2, 0, 5, 5, 5, 9})},
      {tensor_type_of(BP_DTYPE_INT64, {1}), bytes_of<int64_t>({3})}};
  request.output_count = 2;
  const std::vector<ExpectedOutput> expected = expect(reference, request, {}, Fill::kReal);
  const std::vector<TensorData> came = {
      {tensor_type_of(BP_DTYPE_FLOAT32, {2, 3}), bytes_of(members.values)},
      {tensor_type_of(BP_DTYPE_INT64, {2, 3}), bytes_of(members.indices)}};
  return judge_outputs(expected, settled(reference, request, expected, came)).text;
}

const Members kSorted = {{4, 3, 3, 9, 5, 5}, {0, 2, 3, 4, 1, 2}};

TEST(Set, TakesTheRightPairsInEveryOrder) {
  std::vector<size_t> order = {0, 1, 2};
  do {
    Members members = kSorted;
    for (size_t i = 0; i < 3; ++i) {
      members.values[i] = kSorted.values[order[i]];
      members.indices[i] = kSorted.indices[order[i]];
      members.values[3 + i] = kSorted.values[3 + order[2 - i]];
      members.indices[3 + i] = kSorted.indices[3 + order[2 - i]];
    }
    EXPECT_EQ(judged(members), "");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Set, NamesRowAndPairOfWhatIsNoMember) {
  Members twice = kSorted;
  std::swap(twice.values[0], twice.values[1]);
  std::swap(twice.indices[0], twice.indices[1]);
  twice.values[2] = twice.values[1];
  twice.indices[2] = twice.indices[1];
  EXPECT_NE(judged(twice).find("the pair at [0,1] is (4, 0), not (3, 2)"), std::string::npos)
      << judged(twice);
  Members other = kSorted;
  other.indices[5] = 3;  // 5 as well, and not the first
  EXPECT_NE(judged(other).find("the pair at [1,2] is (5, 3), not (5, 2)"), std::string::npos)
      << judged(other);
}

TEST(Set, KeepsRowsApart) {
  Members swapped = kSorted;
  std::swap(swapped.values[0], swapped.values[3]);
  std::swap(swapped.indices[0], swapped.indices[3]);
  EXPECT_NE(judged(swapped), "");
}

TEST(Set, IsNoReasonToTakeWhatIsToBeSorted) {
  const Problem sorted = *parse_problem("TopK : f32[2,5] =i64[1](3) outputs=2");
  const Problem open = *parse_problem("TopK : f32[2,5] =i64[1](3) sorted=0 outputs=2");
  const Reference& reference = *find_reference("TopK");
  EXPECT_EQ(precision_of(reference, outline_of(sorted)), Precision::kExact);
  EXPECT_EQ(precision_of(reference, outline_of(open)), Precision::kSet);
}

}  // namespace
}  // namespace backplane::conformance
