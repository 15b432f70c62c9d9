#include <gtest/gtest.h>

#include "../test_numbers.hpp"
#include "../test_run.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  const char* op;
  uint32_t since;
  Shape output;
  std::vector<int64_t> second;  // the second input, if not empty
};

const Case kCases[] = {
    {"Reshape", 14, {4, 3}, {4, -1}}, {"Reshape", 5, {12}, {-1}},
    {"Flatten", 13, {2, 6}, {}},      {"Squeeze", 13, {2, 6}, {0, 2}},
    {"Squeeze", 11, {2, 6}, {}},      {"Unsqueeze", 13, {1, 2, 1, 6}, {0, 2}},
    {"Identity", 16, {2, 1, 6}, {}},
};

TEST(ShapeOnly, KeepsTheBytesOfEveryType) {
  const OpenDevice device(kSynchronousDevice);
  Random random(3);
  for (const Case& tried : kCases)
    for (const bp_dtype_t dtype :
         {BP_DTYPE_FLOAT32, BP_DTYPE_BOOL, BP_DTYPE_FLOAT16, BP_DTYPE_INT64, BP_DTYPE_FLOAT8E4M3FN,
          BP_DTYPE_INT4, BP_DTYPE_BFLOAT16})
      for (const bool is_constant : {false, true}) {
        const bp_tensor_type_t type = type_of(dtype, {2, 1, 6});
        TestNode node(tried.op, tried.since,
                      {{type, random_numbers<char>(random, byte_size(type))}},
                      {wanted(dtype, tried.output)});
        if (!tried.second.empty())
          node.add_input(tensor({static_cast<int64_t>(tried.second.size())}, tried.second),
                         is_constant);
        ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
        EXPECT_EQ(node.outputs[0].bytes, node.inputs[0].bytes) << tried.op << to_text(type);
      }
}

TEST(ShapeOnly, DoesNothingInPlace) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Identity", 13, {tensor<float>({3}, {1, 2, 3})}, {wanted(BP_DTYPE_FLOAT32, {3})});
  Launch launch(device, node, 0x5a);
  ASSERT_EQ(launch.info().in_place_count, 1u);
  launch.outputs()[0] = launch.inputs()[0];
  EXPECT_EQ(launch.run(), BP_OK);
  launch.collect();
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{1, 2, 3}));
}

TEST(ShapeOnly, RefusesAnotherNumberOfElements) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Reshape", 14, {tensor<float>({3}, {1, 2, 3}), tensor<int64_t>({1}, {4})},
                {wanted(BP_DTYPE_FLOAT32, {4})});
  EXPECT_EQ(reason_against(device, node),
            "Reshape: float32[3] has not as many elements as float32[4]");
}

TEST(ShapeOnly, CopiesMoreThanOneThreadsShare) {
  const OpenDevice device(kSynchronousDevice);
  Random random(4);
  TestNode node("Flatten", 13, {tensor<float>({700, 1001}, random_numbers<float>(random, 700700))},
                {wanted(BP_DTYPE_FLOAT32, {700, 1001})});
  ASSERT_EQ(run(device, node), BP_OK);
  EXPECT_EQ(node.outputs[0].bytes, node.inputs[0].bytes);
}

}  // namespace
}  // namespace backplane::cpu::testing
