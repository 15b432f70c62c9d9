// Fused nodes against the separate kernels of the same functions, bit for bit.
#include "fused.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstring>
#include <random>

#include "expression.hpp"
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

Shape broadcast(const Shape& a, const Shape& b) {
  Shape wide = a.size() < b.size() ? b : a;
  const Shape& narrow = a.size() < b.size() ? a : b;
  for (size_t back = 1; back <= narrow.size(); ++back) {
    int64_t& size = wide[wide.size() - back];
    if (size == 1) size = narrow[narrow.size() - back];
  }
  return wide;
}

Shape shape_of(const Tensor& tensor) {
  return {tensor.type.shape, tensor.type.shape + tensor.type.rank};
}

template <class T>
bool is_same(T a, T b) {
  const bool are_nan = std::isnan(value_of(a)) && std::isnan(value_of(b));
  std::array<unsigned char, sizeof(T)> bytes_of_a, bytes_of_b;
  std::memcpy(bytes_of_a.data(), &a, sizeof a);
  std::memcpy(bytes_of_b.data(), &b, sizeof b);
  return are_nan || bytes_of_a == bytes_of_b;
}

// Numbers of every size, with all that is special among them.
template <class T>
std::vector<T> all_kinds(size_t count, uint32_t seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> exponents(-14, 14);
  std::vector<float> special = {0.0f,      -0.0f, 1.0f,     -1.0f, INFINITY,
                                -INFINITY, NAN,   65504.0f, 1e-7f};
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i) {
    const float size = std::exp2(exponents(engine));
    const float value = engine() % 8 == 0   ? special[engine() % special.size()]
                        : engine() % 2 != 0 ? size
                                            : -size;
    if constexpr (std::is_same_v<T, float>)
      values[i] = value;
    else
      values[i] = {static_cast<uint16_t>(engine())};
  }
  return values;
}

class Fused : public KernelTest {
 protected:
  TestNode fused(const std::string& program, std::vector<Tensor> inputs, Tensor output) {
    TestNode node("Elementwise", 1, std::move(inputs), {std::move(output)});
    node.domain = kPluginId;
    node.add(kProgramAttribute, program);
    return node;
  }

  // One function by the operator's own kernel.
  template <class T>
  Tensor alone(const Step& step, std::vector<Tensor> operands) {
    Shape shape = shape_of(operands[0]);
    for (const Tensor& operand : operands) shape = broadcast(shape, shape_of(operand));
    const std::string name = step.function->name;
    const bool is_clip = name == "raise" || name == "hold";
    if (name == "hold") operands.insert(operands.begin() + 1, Tensor{});
    const char* op = is_clip ? "Clip" : step.function->op;
    for (const uint32_t since : {13u, 14u, 22u, 16u, 12u, 9u}) {
      TestNode node(op, since, operands, {wanted<T>(shape)});
      for (size_t i = 0; i < step.parameters.size(); ++i) {
        float value = 0;
        std::memcpy(&value, &step.parameters[i], sizeof value);
        node.add(step.function->parameters[i].name, value);
      }
      if (!reason_against(node).empty()) continue;
      run(node);
      return node.outputs[0];
    }
    ADD_FAILURE() << "no version of " << op;
    return wanted<T>(shape);
  }

  template <class T>
  Tensor one_by_one(const std::string& program, const std::vector<Tensor>& inputs) {
    const auto count = static_cast<uint32_t>(inputs.size());
    std::vector<Tensor> operands;
    for (const Step& step : parse_expression(program, count)) {
      if (step.function == nullptr) {
        operands.push_back(inputs[step.input]);
        continue;
      }
      const auto first = operands.end() - step.function->operands;
      Tensor made = alone<T>(step, {first, operands.end()});
      operands.erase(first, operands.end());
      operands.push_back(std::move(made));
    }
    return operands.back();
  }

  template <class T>
  void expect_same(const std::string& program, const std::vector<Tensor>& inputs,
                   int in_place = -1) {
    SCOPED_TRACE(program);
    const Tensor expected = one_by_one<T>(program, inputs);
    TestNode node = fused(program, inputs, wanted<T>(shape_of(expected)));
    node.outputs[0].offset = 3;
    ASSERT_NO_FATAL_FAILURE(run(node, in_place));
    const std::vector<T> got = node.outputs[0].as<T>();
    const std::vector<T> separate = expected.as<T>();
    ASSERT_EQ(got.size(), separate.size());
    for (size_t i = 0; i < got.size(); ++i)
      ASSERT_TRUE(is_same(got[i], separate[i]))
          << "element " << i << ": " << value_of(got[i]) << ", not " << value_of(separate[i]);
  }

  template <class T>
  Tensor kinds(const Shape& shape, uint32_t seed) {
    return tensor(shape, all_kinds<T>(count_of(shape), seed));
  }

  // Everything in one, with parameters.
  template <class T>
  void expect_same_functions() {
    for (const char* program :
         {"in0 in1 add in2 multiply positive_part in1 subtract in2 divide",
          "in0 in1 multiply in2 add", "in0 in1 multiply in2 subtract in0 in1 multiply add",
          "in0 in1 greater in2 lesser magnitude", "in0 in2 raise in2 hold in1 multiply",
          "in0 negative signum in1 multiply in2 rounded_down add",
          "in0 rounded in1 rounded_up add in2 multiply",
          "in0 reciprocal in1 square_root add in2 softsign multiply",
          "in0 exponential in1 logarithm add in2 multiply",
          "in0 error_function in1 multiply in2 add", "in0 sigmoid in0 multiply in1 add in2 add",
          "in0 hyperbolic_tangent in1 softplus multiply in2 add",
          "in0 hard_swish in1 hard_sigmoid:3e4ccccd:3f000000 multiply in2 add",
          "in0 leaky_relu:3c23d70a in1 thresholded_relu:3f800000 add in2 add",
          "in0 elu:3f99999a in1 celu:3f99999a multiply in2 selu:3fd62d7d:3f867d5f add"})
      expect_same<T>(program, {kinds<T>({1027}, 1), kinds<T>({1027}, 2),
                               std::string(program).find("hold") != std::string::npos ||
                                       std::string(program).find("raise") != std::string::npos
                                   ? kinds<T>({}, 3)
                                   : kinds<T>({1027}, 3)});
  }
};

TEST_F(Fused, EverySizeAroundVectors) {
  for (const int64_t count : {0, 1, 3, 15, 16, 17, 63, 64, 65, 4099}) {
    const std::vector<Tensor> inputs = {kinds<float>({count}, 1), kinds<float>({count}, 2)};
    for (const int in_place : {-1, 0, 1})
      expect_same<float>("in0 in1 add in0 multiply", inputs, in_place);
  }
}

TEST_F(Fused, Broadcasts) {
  const char* program = "in0 in1 add in2 multiply in3 subtract";
  const std::vector<std::vector<Shape>> tried = {{{7, 65}, {65}, {}, {7, 1}},
                                                 {{1}, {300}, {1, 1}, {300}},
                                                 {{2, 5, 9, 15}, {5, 1, 1}, {15}, {9, 15}},
                                                 {{70, 2, 3}, {1, 3}, {2, 1}, {70, 1, 1}},
                                                 {{5, 4, 16, 3}, {4, 1, 1}, {16, 1}, {5, 1, 1, 1}},
                                                 {{3, 0, 4}, {4}, {1}, {3, 0, 1}},
                                                 {{64, 64}, {64}, {64, 1}, {1, 64}}};
  for (const std::vector<Shape>& shapes : tried) {
    std::vector<Tensor> inputs;
    for (const Shape& shape : shapes) {
      inputs.push_back(kinds<float>(shape, static_cast<uint32_t>(inputs.size()) + 1));
      inputs.back().offset = inputs.size() - 1;
    }
    expect_same<float>(program, inputs);
  }
}

TEST_F(Fused, ChoosesByABool) {
  for (const Shape& shape : std::vector<Shape>{{5, 70}, {70}, {5, 1}, {}}) {
    std::vector<uint8_t> condition(count_of(shape));
    for (size_t i = 0; i < condition.size(); ++i) condition[i] = i % 3 == 1 ? 1 : 0;
    Tensor bools = tensor(shape, condition);
    bools.type.dtype = BP_DTYPE_BOOL;
    expect_same<float>("in0 in1 in2 choose in1 add",
                       {bools, kinds<float>({5, 70}, 1), kinds<float>({5, 70}, 2)});
  }
}

TEST_F(Fused, SixteenInputsAndSixtyFourOperations) {
  std::vector<Tensor> inputs;
  std::string program = "in0";
  for (uint32_t i = 0; i < 16; ++i) {
    inputs.push_back(kinds<float>(i % 2 != 0 ? Shape{150} : Shape{3, 150}, i + 1));
    if (i != 0) program += " in" + std::to_string(i) + (i % 2 != 0 ? " add" : " multiply");
  }
  for (int i = 0; i < 49; ++i) program += i % 2 != 0 ? " magnitude" : " positive_part";
  expect_same<float>(program, inputs);
}

TEST_F(Fused, ResultsThatGoPastTheCacheAreThere) {
  const auto count = static_cast<int64_t>(facts().cache_size / sizeof(float) + 77);
  Tensor x = tensor({count}, floats(static_cast<size_t>(count), 1));
  expect_same<float>("in0 in1 add in0 multiply positive_part", {x, tensor({1}, floats(1, 2))});
}

TEST_F(Fused, RefusesInWords) {
  const Tensor x = tensor({4}, floats(4));
  const auto reason = [&](const std::string& program, std::vector<Tensor> inputs) {
    TestNode node = fused(program, std::move(inputs), wanted<float>({4}));
    return reason_against(node);
  };
  using ::testing::HasSubstr;
  EXPECT_EQ(reason("in0 in0 add", {x}), "");
  EXPECT_THAT(reason("", {x}), HasSubstr("leaves 0 results"));
  EXPECT_THAT(reason("in0 in0", {x}), HasSubstr("leaves 2 results"));
  EXPECT_THAT(reason("in0 add", {x}), HasSubstr("too few operands"));
  EXPECT_THAT(reason("in1 negative", {x}), HasSubstr("\"in1\" is not one of the 1 inputs"));
  EXPECT_THAT(reason("in0 frobnicate", {x}), HasSubstr("\"frobnicate\" is no function"));
  EXPECT_THAT(reason("in0 leaky_relu", {x}), HasSubstr("parameters"));
  EXPECT_THAT(reason("in0 leaky_relu:xyz", {x}), HasSubstr("cannot be read"));
  EXPECT_THAT(reason("in0 negative", {x, x}), HasSubstr("\"in1\" is not used"));
  EXPECT_THAT(reason("in0 in0 in0 choose", {x}), HasSubstr("a condition and a number"));
  EXPECT_THAT(reason("in0 in1 in1 choose", {x, x}), HasSubstr("element type"));
  EXPECT_THAT(reason("in0 negative in0 in0 choose", {x}), HasSubstr("computed"));
  EXPECT_THAT(reason("in0 negative", {tensor<int32_t>({4}, {1, 2, 3, 4})}),
              HasSubstr("element type"));
  EXPECT_THAT(reason("in0 in1 add", {x, tensor({3}, floats(3))}), HasSubstr("not repeated"));
  std::string deep = "in0";
  for (int i = 0; i < 65; ++i) deep += " negative";
  EXPECT_THAT(reason(deep, {x}), HasSubstr("64 operations"));
  std::string wide = "in0";
  for (int i = 1; i < 17; ++i) wide += " in" + std::to_string(i) + " add";
  EXPECT_THAT(reason(wide, std::vector<Tensor>(17, x)), HasSubstr("16 inputs"));
}

TEST_F(Fused, HasTheBitsOfTheSeparateKernels) { expect_same_functions<float>(); }
TEST_F(Fused, HasTheBitsOfTheSeparateKernelsInFloat16) { expect_same_functions<Half>(); }

}  // namespace
}  // namespace backplane::opencl::testing
