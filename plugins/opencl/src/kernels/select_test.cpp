// Where against a plain loop.
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Select : public KernelTest {
 protected:
  struct Operand {
    Shape shape;
    Shape strides = {};  // empty: dense
  };

  // Element i of the first is 2 i, of the second 2 i + 1: any place that is wrong shows.
  template <class T>
  void expect_chosen(const Operand& condition, const Operand& yes, const Operand& no,
                     const Shape& output, int in_place = -1, uint64_t offset = 3) {
    const Operand operands[] = {condition, yes, no};
    std::vector<uint8_t> conditions(reach_of(condition));
    for (size_t i = 0; i < conditions.size(); ++i) conditions[i] = eighths(i, 1) > 0;
    TestNode node("Where", 16,
                  {tensor(condition.shape, conditions, condition.strides),
                   tensor(yes.shape, counted<T>(reach_of(yes), 0), yes.strides),
                   tensor(no.shape, counted<T>(reach_of(no), 1), no.strides)},
                  {wanted<T>(output)});
    node.inputs[0].type.dtype = BP_DTYPE_BOOL;
    node.inputs[1].offset = offset;
    ASSERT_NO_FATAL_FAILURE(run(node, in_place));
    const auto chosen = node.outputs[0].as<T>();
    for (size_t i = 0; i < chosen.size(); ++i) {
      size_t at[3];
      for (size_t which = 0; which < 3; ++which)
        at[which] = index_of(strides_over(output, operands[which]), place_of(output, i));
      const size_t expected = conditions[at[0]] != 0 ? 2 * at[1] : 2 * at[2] + 1;
      ASSERT_EQ(chosen[i], static_cast<T>(expected)) << "element " << i;
    }
  }

 private:
  template <class T>
  static std::vector<T> counted(size_t count, size_t first) {
    std::vector<T> values(count);
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<T>(2 * i + first);
    return values;
  }
  static size_t reach_of(const Operand& operand) {
    if (operand.strides.empty()) return count_of(operand.shape);
    size_t reach = 1;
    for (size_t axis = 0; axis < operand.shape.size(); ++axis)
      reach += static_cast<size_t>((operand.shape[axis] - 1) * operand.strides[axis]);
    return reach;
  }
  static Shape strides_over(const Shape& output, const Operand& operand) {
    return operand.strides.empty() ? broadcast_strides(output, operand.shape) : operand.strides;
  }
};

TEST_F(Select, EverySizeAroundVectorsOfEveryElementSize) {
  for (const int64_t count : {0, 1, 15, 16, 17, 63, 64, 65, 100003}) {
    const Operand dense = {{count}};
    for (const int in_place : {-1, 1, 2}) {
      expect_chosen<float>(dense, dense, dense, {count}, in_place);
      expect_chosen<uint8_t>(dense, dense, dense, {count}, in_place);
    }
    expect_chosen<int16_t>(dense, dense, dense, {count});
    expect_chosen<int64_t>(dense, dense, dense, {count});
  }
}

TEST_F(Select, InPlaceOfItsConditionWhereElementsAreAsSmall) {
  const Operand dense = {{1003}};
  expect_chosen<uint8_t>(dense, dense, dense, {1003}, 0);
}

TEST_F(Select, BroadcastsAll) {
  expect_chosen<float>({{7, 65}}, {{}}, {{7, 65}}, {7, 65});
  expect_chosen<float>({{65}}, {{7, 65}}, {{1}}, {7, 65});
  expect_chosen<float>({{7, 1}}, {{65}}, {{7, 65}}, {7, 65});
  expect_chosen<int32_t>({{2, 1, 1, 67}}, {{2, 3, 5, 67}}, {{3, 1, 67}}, {2, 3, 5, 67});
  expect_chosen<double>({{3, 1, 1}}, {{1, 4, 1}}, {{1, 1, 20}}, {3, 4, 20});
}

TEST_F(Select, TakesStrides) {
  const Operand dense = {{35, 70}};
  for (const Shape& strides : {Shape{1, 35}, {100, 1}, {2, 72}, {0, 1}, {1, 0}, {0, 0}}) {
    const Operand view = {{35, 70}, strides};
    expect_chosen<float>(view, dense, dense, {35, 70});
    expect_chosen<float>(dense, view, dense, {35, 70});
    expect_chosen<float>(dense, view, view, {35, 70});
  }
}

TEST_F(Select, ResultsThatGoPastTheCacheAreThere) {
  const auto count = static_cast<int64_t>(facts().cache_size / sizeof(float) + 77);
  expect_chosen<float>({{count}}, {{count}}, {{1}}, {count}, -1, 0);
}

TEST_F(Select, RefusesTypesThatDiffer) {
  TestNode node("Where", 16,
                {tensor<uint8_t>({1}, {1}), tensor<float>({1}, {1}), tensor<float>({1}, {1})},
                {wanted<float>({1})});
  EXPECT_NE(reason_against(node).find("bool"), std::string::npos);
  node.inputs[0].type.dtype = BP_DTYPE_BOOL;
  EXPECT_EQ(reason_against(node), "");
  node.outputs[0].type.dtype = BP_DTYPE_INT32;
  EXPECT_NE(reason_against(node).find("one element type"), std::string::npos);
}

}  // namespace
}  // namespace backplane::opencl::testing
