// Problem lines: what they say, what they stand for, and that the suite's own are right.
#include "problems/problem.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <set>

#include "compare/element.hpp"
#include "problems/patterns.hpp"
#include "problems/plan.hpp"
#include "run/case.hpp"

namespace backplane::conformance {
namespace {

TEST(Expand, StandsForEveryCombination) {
  const Result<std::vector<std::string>> lines =
      expand("MatMul T={f32|f16} K={1|77} : T[3,K] T[K,5]");
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(*lines, (std::vector<std::string>{
                        "MatMul : f32[3,1] f32[1,5]", "MatMul : f32[3,77] f32[77,5]",
                        "MatMul : f16[3,1] f16[1,5]", "MatMul : f16[3,77] f16[77,5]"}));
}

TEST(Expand, BracesWithoutANameAreAlternativesToo) {
  const Result<std::vector<std::string>> lines = expand("Softmax : f32[{3|4,5}] axis={0|-1}");
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(lines->size(), 4u);
  EXPECT_EQ(lines->at(2), "Softmax : f32[4,5] axis=0");
}

TEST(Expand, OnlyWholeWordsAreVariables) {
  const Result<std::vector<std::string>> lines = expand("Add T={f32} : T[2] T[2] TT=T");
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(lines->at(0), "Add : f32[2] f32[2] TT=f32");
}

TEST(Parse, SaysWhatTheLineSays) {
  const Result<Problem> problem =
      parse_problem("Pad : f32[2,3] =i64[4](0,-1,2,3) - mode=edge alpha=0.5 axis=-1 pads=[1,2]");
  ASSERT_TRUE(problem.ok()) << problem.status().text();
  ASSERT_EQ(problem->inputs.size(), 3u);
  EXPECT_EQ(problem->inputs[0].type.rank, 2);
  EXPECT_TRUE(problem->inputs[1].is_constant);
  EXPECT_EQ(problem->inputs[1].values, (std::vector<double>{0, -1, 2, 3}));
  EXPECT_EQ(problem->inputs[2].type.dtype, 0u);
  EXPECT_EQ(problem->settings[0].second.text, "edge");
  EXPECT_EQ(problem->settings[1].second.numbers, std::vector<double>{0.5});
  EXPECT_EQ(problem->settings[2].second.integers, std::vector<int64_t>{-1});
  EXPECT_TRUE(problem->settings[3].second.is_list);
}

TEST(Parse, RefusesWhatIsNoProblem) {
  for (const char* line : {"Add f32[2]", "Add :", "Add : q32[2]", "Add : f32[2", "Add : f32[2](1)",
                           "Add : f32[1,1,1,1,1,1,1,1,1]", "Add : f32[2]@1"})
    EXPECT_FALSE(parse_problem(line).ok()) << line;
}

TEST(Parse, AListWithoutNumbersIsOneOfTexts) {
  const Result<Problem> problem = parse_problem("LSTM : f32[2] activations=[Tanh,Relu]");
  ASSERT_TRUE(problem.ok()) << problem.status().text();
  const Setting& setting = problem->settings[0].second;
  EXPECT_TRUE(setting.is_list);
  EXPECT_EQ(setting.texts, (std::vector<std::string>{"Tanh", "Relu"}));
}

TEST(Parse, ASettingMayBeATensor) {
  const Result<Problem> problem = parse_problem("ConstantOfShape : =i64[1](3) value=f16[1](-2.5)");
  ASSERT_TRUE(problem.ok()) << problem.status().text();
  const TensorData& tensor = problem->settings[0].second.tensor;
  EXPECT_EQ(tensor.type.dtype, bp_dtype_t{BP_DTYPE_FLOAT16});
  EXPECT_EQ(sizes_of(tensor.type), Sizes{1});
  EXPECT_EQ(tensor.bytes, std::string("\x00\xc1", 2));
  EXPECT_EQ(problem->id, "operators/constantofshape/int64/c1_is3_valuefloat16-1_is-2p5");
  for (const char* value : {"f16[2](1)", "q16[1](1)", "f16[1](x)"})
    EXPECT_FALSE(parse_problem("ConstantOfShape : =i64[1](3) value=" + std::string(value)).ok());
}

TEST(Parse, EveryPatternIsATensorOfItsTypesSize) {
  const std::map<std::string, std::pair<int64_t, std::string>> wanted = {
      {"i8", {256, "every"}},         {"u8", {256, "every"}},    {"f16", {65536, "every"}},
      {"bf16", {65536, "every"}},     {"u16", {65536, "every"}}, {"f32", {65536, "every_65536"}},
      {"i32", {65536, "every_65536"}}};
  for (const auto& [type, size] : wanted) {
    const Result<Problem> problem = parse_problem("Abs : " + type + "[every]");
    ASSERT_TRUE(problem.ok()) << problem.status().text();
    EXPECT_TRUE(problem->inputs[0].is_every);
    EXPECT_EQ(problem->inputs[0].type.rank, 1);
    EXPECT_EQ(problem->inputs[0].type.shape[0], size.first) << type;
    EXPECT_EQ(problem->id.substr(problem->id.rfind('/') + 1), size.second) << type;
  }
  EXPECT_EQ(parse_problem("Exp : f16[every]")->id, "operators/exp/float16/every");
}

TEST(Parse, RefusesEveryPatternWhereThereIsNoSuchTensor) {
  for (const char* line :
       {"Exp : f64[every]", "Not : bool[every]", "Exp : =f16[every]", "Exp : f16[every](1)",
        "Exp : f16[every]@0..1", "Exp : f16[2,every]", "Exp : f16[every] unknown"})
    EXPECT_FALSE(parse_problem(line).ok()) << line;
}

TEST(Problems, HaveIdsOfTheirOwn) {
  std::set<std::string> ids;
  for (const Problem& problem : all_problems()) {
    EXPECT_TRUE(is_valid_id(problem.id)) << problem.id;
    EXPECT_TRUE(ids.insert(problem.id).second) << problem.id;
    EXPECT_EQ(parse_problem(problem.text)->id, problem.id);
  }
}

// The vendor's suite is no operator's alone: at most one case in twenty is of one operator and
// type.
TEST(Problems, AreOfManyOperatorsAndTypes) {
  std::map<std::string, size_t> counts;
  for (const Problem& problem : all_problems())
    ++counts[problem.op + dtype_name(leading_dtype(problem))];
  for (const auto& [name, count] : counts) EXPECT_LE(count, 1000u) << name;
}

TEST(Fill, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const Problem problem = *parse_problem("Add : f32[40] f32[40]");
  const Reference& reference = *find_reference("Add");
  const Request one = request_of(problem, reference, Fill::kReal, 1);
  EXPECT_EQ(one.inputs[0].bytes, request_of(problem, reference, Fill::kReal, 1).inputs[0].bytes);
  EXPECT_NE(one.inputs[0].bytes, request_of(problem, reference, Fill::kReal, 2).inputs[0].bytes);
  EXPECT_NE(one.inputs[0].bytes, one.inputs[1].bytes);
}

// Element i of a tensor of patterns, as bits.
uint64_t bits_at(const TensorData& data, uint64_t index) {
  const uint64_t size = element_bytes(data.type.dtype);
  uint64_t bits = 0;
  std::memcpy(&bits, data.bytes.data() + index * size, size);
  return bits;
}

std::set<uint64_t> all_bits(const TensorData& data) {
  std::set<uint64_t> all;
  for (uint64_t i = 0; i < element_count_of(data.type); ++i) all.insert(bits_at(data, i));
  return all;
}

TEST(Patterns, OccurOnceEachWhateverTheSeed) {
  for (const char* line : {"Exp : f16[every]", "Exp : bf16[every]", "Abs : i16[every]",
                           "Abs : u16[every]", "Abs : i8[every]", "Abs : u8[every]"})
    for (uint64_t seed : {0, 1, 77}) {
      const Problem problem = *parse_problem(line);
      const Reference& reference = *find_reference(problem.op);
      const TensorData data = request_of(problem, reference, Fill::kPatterns, seed).inputs[0];
      const uint64_t count = uint64_t{1} << 8 * element_bytes(data.type.dtype);
      ASSERT_EQ(element_count_of(data.type), count) << line;
      EXPECT_EQ(all_bits(data).size(), count) << line;
    }
}

// Blocks of equal lower halves, one for each of 65,536 seeds, each with every upper half.
TEST(Patterns, OfThirtyTwoBitsAreCoveredByTheBlocksOfConsecutiveSeeds) {
  const Problem problem = *parse_problem("Exp : f32[every]");
  const Reference& reference = *find_reference("Exp");
  for (uint64_t seed : {0, 1, 65535, 65536}) {
    const TensorData data = request_of(problem, reference, Fill::kPatterns, seed).inputs[0];
    const std::set<uint64_t> all = all_bits(data);
    EXPECT_EQ(all.size(), 65536u);
    for (uint64_t bits : all) ASSERT_EQ(bits & 0xffffu, block_of(seed)) << seed;
  }
  for (uint64_t first : {uint64_t{0}, uint64_t{12345}, UINT64_MAX - 9}) {
    std::set<uint64_t> blocks;
    for (uint64_t seed = 0; seed < kPatternBlocks; ++seed) blocks.insert(block_of(first + seed));
    EXPECT_EQ(blocks.size(), kPatternBlocks);
    EXPECT_LT(*blocks.rbegin(), kPatternBlocks);
  }
}

TEST(Plan, OfEveryPatternHasThatFillAlone) {
  const Problem problem = *parse_problem("Exp : f16[every]");
  const std::vector<Step> plan = plan_of(problem, *find_reference("Exp"));
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_EQ(plan[0].fill, Fill::kPatterns);
}

TEST(Plan, OfUnknownSizesHasEightLaunches) {
  const Problem problem = *parse_problem("MatMul : f32[3,7] f32[7,5] unknown");
  EXPECT_EQ(plan_of(problem, *find_reference("MatMul")).size(), 8u);
}

}  // namespace
}  // namespace backplane::conformance
