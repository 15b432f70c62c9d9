// The plugin's own Conv, Gemm and MatMul against the operators of ai.onnx that they stand for, one
// after the other; on whole numbers, whose sums are exact, bit for bit.
#include "fused.hpp"

#include <limits>

#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Tensor run_alone(TestNode node) {
  const OpenDevice device(kSynchronousDevice);
  const TestKernel kernel(device, node);
  EXPECT_EQ(kernel.status(), BP_OK) << kernel.reason();
  return kernel.run();
}

Tensor transposed(const Tensor& from, const Shape& perm) {
  Shape shape;
  for (const int64_t axis : perm) shape.push_back(from.type.shape[axis]);
  TestNode node("Transpose", 13, {from}, {wanted(BP_DTYPE_FLOAT32, shape)});
  node.add("perm", perm);
  return run_alone(node);
}
Tensor to_last(const Tensor& from) { return transposed(from, {0, 2, 3, 1}); }
Tensor to_first(const Tensor& from) { return transposed(from, {0, 3, 1, 2}); }

// One step by the separate kernel.
Tensor after(const std::string& text, const Tensor& x, const Tensor& residual) {
  EpilogueStep step = {};
  EXPECT_TRUE(parse_step(text, &step)) << text;
  const auto number = [](float value) { return tensor<float>({}, {value}); };
  const Tensor result = {x.type, {}};
  if (step.kind == EpilogueKind::kAdd) return run_alone({"Add", 14, {x, residual}, {result}});
  if (step.kind == EpilogueKind::kRelu) return run_alone({"Relu", 14, {x}, {result}});
  if (step.kind == EpilogueKind::kClip)
    return run_alone({"Clip", 13, {x, number(step.first), number(step.second)}, {result}});
  TestNode node("LeakyRelu", 16, {x}, {result});
  node.add("alpha", step.first);
  return run_alone(node);
}

using Texts = std::vector<const char*>;
const Texts kEpilogues[] = {{},
                            {"relu"},
                            {"clip:0,6"},
                            {"clip:-3,inf"},
                            {"clip:5,2"},
                            {"leaky-relu:0.5"},
                            {"leaky-relu:0"},
                            {"add"},
                            {"add", "relu"},
                            {"relu", "add"},
                            {"add", "relu", "add", "clip:-1,40"},
                            {"leaky-relu:-2", "add", "add"}};

struct Product {
  std::string op;
  std::vector<Tensor> inputs;  // the bias is third, dtype 0 without one
  Shape output;
  std::vector<std::pair<const char*, Shape>> attributes = {};
  std::vector<std::pair<const char*, int64_t>> numbers = {};
};

void add_attributes(const Product& product, TestNode& node) {
  for (const auto& [name, values] : product.attributes) node.add(name, values);
  for (const auto& [name, value] : product.numbers) node.add(name, value);
}

Tensor separately(const Product& product, const Texts& epilogue,
                  const std::vector<Tensor>& residuals) {
  const bool is_matmul = product.op == "MatMul";
  std::vector<Tensor> inputs = product.inputs;
  if (is_matmul) inputs.pop_back();
  TestNode node(product.op, base_since(product.op), inputs,
                {wanted(BP_DTYPE_FLOAT32, product.output)});
  add_attributes(product, node);
  Tensor value = run_alone(node);
  if (is_matmul && product.inputs[2].type.dtype != 0)
    value = run_alone({"Add", 14, {value, product.inputs[2]}, {{value.type, {}}}});
  size_t added = 0;
  for (const char* text : epilogue) {
    const bool is_add = std::string(text) == "add";
    value = after(text, value, is_add ? residuals[added++] : Tensor{});
  }
  return value;
}

TestNode fused_node(const Product& product, const Texts& epilogue,
                    const std::vector<Tensor>& residuals, bool is_constant,
                    bool is_channels_last = false) {
  std::vector<Tensor> inputs = product.inputs;
  Shape output = product.output;
  if (is_channels_last) {
    inputs[0] = to_last(inputs[0]);
    std::rotate(output.begin() + 1, output.begin() + 2, output.end());
  }
  size_t added = 0;
  for (const char* text : epilogue)
    if (std::string(text) == "add")
      inputs.push_back(is_channels_last ? to_last(residuals[added++]) : residuals[added++]);
  TestNode node(product.op, kFusedSince, inputs, {wanted(BP_DTYPE_FLOAT32, output)});
  node.domain = kDomain;
  node.constant[1] = is_constant;
  add_attributes(product, node);
  node.add(kEpilogueAttribute, epilogue);
  node.add(kChannelsLastAttribute, is_channels_last ? 1 : 0);
  return node;
}

void expect_same(const Tensor& found, const Tensor& expected, double bound = 0) {
  ASSERT_EQ(count_of(found), count_of(expected));
  for (int64_t i = 0; i < count_of(found); ++i)
    ASSERT_TRUE(is_within(element(found, i), element(expected, i), bound)) << "element " << i;
}

void expect_all_forms(const Product& product, const Texts& epilogue, double bound = 0) {
  const std::vector<Tensor> residuals = {whole<float>(product.output, 7),
                                         whole<float>(product.output, 8)};
  const Tensor expected = separately(product, epilogue, residuals);
  for (const bool is_constant : {false, true})
    expect_same(run_alone(fused_node(product, epilogue, residuals, is_constant)), expected, bound);
  if (product.op != "Conv") return;
  expect_same(to_first(run_alone(fused_node(product, epilogue, residuals, true, true))), expected,
              bound);
}

// `fill` is whole<float> or noisy<float>.
template <class Fill>
std::vector<Product> products(const Fill& fill) {
  const Tensor none = {};
  return {
      {"Conv",
       {fill({2, 16, 9, 10}, 1), fill({32, 16, 3, 3}, 2), fill({32}, 3)},
       {2, 32, 9, 10},
       {{"pads", {1, 1, 1, 1}}}},
      {"Conv", {fill({1, 17, 9, 10}, 1), fill({19, 17, 1, 1}, 2), none}, {1, 19, 9, 10}},
      {"Conv",
       {fill({1, 3, 40, 41}, 1), fill({16, 3, 7, 7}, 2), fill({16}, 3)},
       {1, 16, 20, 21},
       {{"strides", {2, 2}}, {"pads", {3, 3, 3, 3}}}},
      {"Conv",
       {fill({1, 16, 12, 9}, 1), fill({16, 1, 3, 3}, 2), fill({16}, 3)},
       {1, 16, 12, 9},
       {{"pads", {1, 1, 1, 1}}},
       {{"group", 16}}},
      {"Gemm", {fill({9, 40}, 1), fill({40, 33}, 2), fill({33}, 3)}, {9, 33}},
      {"Gemm",
       {fill({40, 9}, 1), fill({33, 40}, 2), none},
       {9, 33},
       {},
       {{"transA", 1}, {"transB", 1}}},
      {"Gemm", {fill({9, 40}, 1), fill({40, 33}, 2), fill({9, 1}, 3)}, {9, 33}},
      {"Gemm", {fill({2, 3}, 1), fill({3, 4}, 2), fill({4}, 3)}, {2, 4}},
      {"MatMul", {fill({9, 40}, 1), fill({40, 33}, 2), fill({33}, 3)}, {9, 33}},
      {"MatMul", {fill({3, 5, 40}, 1), fill({40, 33}, 2), none}, {3, 5, 33}},
      {"MatMul", {fill({2, 3, 5, 40}, 1), fill({3, 40, 33}, 2), fill({33}, 3)}, {2, 3, 5, 33}},
      {"MatMul", {fill({40}, 1), fill({40, 33}, 2), fill({33}, 3)}, {33}},
      {"MatMul", {fill({2, 3}, 1), fill({3, 4}, 2), fill({4}, 3)}, {2, 4}},
  };
}

TEST(Fused, IsWhatTheSeparateOperatorsGive) {
  const std::vector<Product> all = products(whole<float>);
  for_cases(all.size(), [&](size_t i) {
    for (const Texts& epilogue : kEpilogues) expect_all_forms(all[i], epilogue);
  });
}

TEST(Fused, IsWithinTheBoundOfBothSums) {
  const std::vector<Product> all = products(noisy<float>);
  for_cases(all.size(), [&](size_t i) {
    const Tensor& weights = all[i].inputs[1];
    const double terms = all[i].op == "Conv" ? static_cast<double>(count_of(weights)) /
                                                   static_cast<double>(weights.type.shape[0])
                                             : 40;
    const double bound = 2 * terms * 0x1p-24 * (terms + 10);
    expect_all_forms(all[i], {"relu"}, bound);
    expect_all_forms(all[i], {"add", "leaky-relu:0.25"}, bound);
  });
}

TEST(Fused, KeepsWhatIsNoFiniteNumber) {
  const float specials[] = {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity, 3e38F};
  for (const float special : specials) {
    for (size_t input : {size_t{0}, size_t{2}}) {
      std::vector<Product> all = products(whole<float>);
      for_cases(all.size(), [&](size_t i) {
        if (all[i].inputs[input].type.dtype == 0) return;
        at<float>(all[i].inputs[input], 1) = special;
        for (const Texts& epilogue : kEpilogues) expect_all_forms(all[i], epilogue);
      });
    }
  }
}

TEST(Fused, ANaNOfOneRunLeavesTheNextAsItWas) {
  const Product product = products(whole<float>)[0];
  TestNode node = fused_node(product, {"relu"}, {}, true, true);
  const OpenDevice device(kSynchronousDevice);
  const TestKernel kernel(device, node);
  const Tensor before = kernel.run();
  std::vector<Tensor> inputs = node.inputs;
  at<float>(inputs[0], 5) = std::numeric_limits<float>::quiet_NaN();
  const Tensor with_nan = kernel.run(inputs, node.outputs)[0];
  EXPECT_TRUE(std::isnan(element(with_nan, 0)));
  EXPECT_TRUE(kernel.run().bytes == before.bytes);
}

TEST(Fused, RunsOnFourThreadsAtOnce) {
  TestNode node = fused_node(products(whole<float>)[0], {"relu"}, {}, true, true);
  expect_same_bytes_from_four_threads(node);
}

TEST(Fused, RefusesWhatItCannotBe) {
  const Product conv = products(whole<float>)[0];
  const Product gemm = products(whole<float>)[4];
  const std::vector<Tensor> residuals = {whole<float>(conv.output, 7)};
  EXPECT_NE(refusal(fused_node(conv, {"swish"}, {}, true)).find("swish"), std::string::npos);
  EXPECT_NE(refusal(fused_node(conv, {"clip:1"}, {}, true)), "");
  EXPECT_NE(refusal(fused_node(conv, {"relu:1"}, {}, true)), "");
  EXPECT_NE(refusal(fused_node(conv, {"relu"}, {}, false, true)), "");  // weights not constant
  TestNode missing = fused_node(conv, {"add"}, residuals, true);
  missing.inputs.pop_back();
  missing.constant.pop_back();
  EXPECT_NE(refusal(missing), "");
  TestNode unequal = fused_node(conv, {"add"}, residuals, true);
  unequal.inputs[3] = whole<float>({2, 32, 10, 9}, 7);
  EXPECT_NE(refusal(unequal), "");
  TestNode other_type = fused_node(gemm, {"relu"}, {}, true);
  other_type.inputs[0] = whole<double>({9, 40}, 1);
  EXPECT_NE(refusal(other_type), "");
  EXPECT_EQ(refusal(fused_node(conv, {"add"}, residuals, true)), "");
}

TEST(Epilogue, TextsAreExact) {
  for (const EpilogueStep step :
       {EpilogueStep{EpilogueKind::kClip, 0.1F, kInfinity},
        EpilogueStep{EpilogueKind::kLeakyRelu, 1.1754944e-38F}, EpilogueStep{EpilogueKind::kAdd}}) {
    EpilogueStep read = {};
    ASSERT_TRUE(parse_step(to_text(step), &read)) << to_text(step);
    EXPECT_TRUE(read.kind == step.kind && read.first == step.first && read.second == step.second);
  }
}

}  // namespace
}  // namespace backplane::cpu::testing
