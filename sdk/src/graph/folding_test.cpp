// What the host computes by itself, against formulas written here.
#include "graph/folding.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "graph/typing.hpp"

namespace backplane::graph {
namespace {

using ops::ConstantPtr;
using Integers = std::vector<int64_t>;

template <class T>
ConstantPtr tensor(bp_dtype_t dtype, const Shape& shape, const std::vector<T>& values) {
  return ops::make_constant(tensor_type(dtype, shape), values.data());
}
ConstantPtr vector_of(const Integers& values) { return ops::make_int64_constant(values); }
ConstantPtr number(int64_t value) { return tensor<int64_t>(BP_DTYPE_INT64, {}, {value}); }

// The constant that the host makes of the node, or nullptr; the type comes by inference.
ConstantPtr fold(const char* name, uint32_t since, const std::vector<ConstantPtr>& inputs,
                 const std::vector<ops::Attribute>& attributes = {}) {
  Graph graph;
  std::vector<ValueId> ids;
  for (const ConstantPtr& input : inputs)
    ids.push_back(input == nullptr ? ValueId{BP_NONE} : graph.add_constant("", input));
  ops::Operator op;
  op.op = name;
  op.since = since;
  op.attributes = attributes;
  const Result<NodeId> id = graph.add_node(op, ids, {"y"});
  EXPECT_TRUE(id.ok()) << id.status().text();
  const Result<std::vector<bp_tensor_type_t>> types = infer_outputs(graph, graph.node(*id));
  if (!types.ok()) return nullptr;
  graph.set_type(graph.find("y"), (*types)[0]);
  const ConstantPtr folded = folded_output(graph, graph.node(*id));
  EXPECT_TRUE(folded == nullptr || same_type(folded->type, (*types)[0])) << name;
  return folded;
}

template <class T>
std::vector<T> elements(const ConstantPtr& constant) {
  if (constant == nullptr) return {T(99), T(98), T(97)};
  const T* const values = static_cast<const T*>(constant->bytes());
  return {values, values + *element_count(constant->type)};
}
Integers integers(const ConstantPtr& constant) { return elements<int64_t>(constant); }

const ops::Attribute kAxis = ops::int_attribute("axis", 0);

TEST(Folding, ArithmeticOfVectorsAndScalars) {
  const Integers a = {7, -7, 0, 5};
  const Integers b = {2, 2, 3, -4};
  struct Case {
    const char* op;
    uint32_t since;
    int64_t (*formula)(int64_t, int64_t);
  };
  const Case cases[] = {
      {"Add", 14, [](int64_t x, int64_t y) { return x + y; }},
      {"Sub", 14, [](int64_t x, int64_t y) { return x - y; }},
      {"Mul", 14, [](int64_t x, int64_t y) { return x * y; }},
      {"Div", 14, [](int64_t x, int64_t y) { return x / y; }},
      {"Min", 13, [](int64_t x, int64_t y) { return x < y ? x : y; }},
      {"Max", 13, [](int64_t x, int64_t y) { return x > y ? x : y; }},
  };
  for (const Case& each : cases) {
    Integers of_vectors;
    Integers of_scalar;
    for (size_t i = 0; i < a.size(); ++i) {
      of_vectors.push_back(each.formula(a[i], b[i]));
      of_scalar.push_back(each.formula(a[i], 3));
    }
    EXPECT_EQ(integers(fold(each.op, each.since, {vector_of(a), vector_of(b)})), of_vectors);
    EXPECT_EQ(integers(fold(each.op, each.since, {vector_of(a), number(3)})), of_scalar);
  }
}

TEST(Folding, SignsAndComparisons) {
  EXPECT_EQ(integers(fold("Neg", 13, {vector_of({3, -4, 0})})), (Integers{-3, 4, 0}));
  EXPECT_EQ(integers(fold("Abs", 13, {vector_of({3, -4, 0})})), (Integers{3, 4, 0}));
  const auto compare = [](const char* op, uint32_t since) {
    return elements<uint8_t>(fold(op, since, {vector_of({1, 2, 3}), number(2)}));
  };
  EXPECT_EQ(compare("Equal", 13), (std::vector<uint8_t>{0, 1, 0}));
  EXPECT_EQ(compare("Less", 13), (std::vector<uint8_t>{1, 0, 0}));
  EXPECT_EQ(compare("Greater", 13), (std::vector<uint8_t>{0, 0, 1}));
  const ConstantPtr chosen = tensor<uint8_t>(BP_DTYPE_BOOL, {3}, {1, 0, 1});
  EXPECT_EQ(integers(fold("Where", 16, {chosen, vector_of({1, 2, 3}), number(9)})),
            (Integers{1, 9, 3}));
}

TEST(Folding, WhatOverflowsIsLeftToTheDevice) {
  EXPECT_EQ(fold("Add", 14, {number(INT64_MAX), number(1)}), nullptr);
  EXPECT_EQ(fold("Sub", 14, {number(INT64_MIN), number(1)}), nullptr);
  EXPECT_EQ(fold("Mul", 14, {number(INT64_MAX), number(2)}), nullptr);
  EXPECT_EQ(fold("Div", 14, {number(1), number(0)}), nullptr);
  EXPECT_EQ(fold("Div", 14, {number(INT64_MIN), number(-1)}), nullptr);
  EXPECT_EQ(fold("Neg", 13, {number(INT64_MIN)}), nullptr);
  EXPECT_EQ(fold("Abs", 13, {number(INT64_MIN)}), nullptr);
  const ConstantPtr largest = tensor<int32_t>(BP_DTYPE_INT32, {}, {INT32_MAX});
  EXPECT_EQ(fold("Add", 14, {largest, largest}), nullptr);
  EXPECT_EQ(elements<int32_t>(fold("Sub", 14, {largest, largest})), std::vector<int32_t>{0});
  EXPECT_EQ(fold("ReduceProd", 13, {vector_of({INT64_MAX, 2})}), nullptr);
}

TEST(Folding, PiecesOfVectors) {
  const ConstantPtr sizes = vector_of({2, 3, 5, 7});
  EXPECT_EQ(integers(fold("Gather", 13, {sizes, number(-1)}, {kAxis})), Integers{7});
  EXPECT_EQ(integers(fold("Gather", 13, {sizes, vector_of({1, -4})}, {kAxis})), (Integers{3, 2}));
  EXPECT_EQ(fold("Gather", 13, {sizes, number(4)}, {kAxis}), nullptr);
  EXPECT_EQ(integers(fold("Concat", 13, {sizes, vector_of({}), vector_of({-1})}, {kAxis})),
            (Integers{2, 3, 5, 7, -1}));
}

// Against a walk over the indices themselves.
TEST(Folding, SlicesAtEveryBoundAndStep) {
  const Integers data = {10, 11, 12, 13, 14};
  const auto size = static_cast<int64_t>(data.size());
  for (int64_t start = -7; start <= 7; ++start)
    for (int64_t end = -7; end <= 7; ++end)
      for (const int64_t step : {-3, -1, 1, 2}) {
        Integers want;
        const int64_t from = start < 0 ? start + size : start;
        const int64_t to = end < 0 ? end + size : end;
        for (int64_t k = 0; k < size; ++k) {
          const int64_t begin =
              step > 0 ? std::max<int64_t>(from, 0) : std::clamp<int64_t>(from, 0, size - 1);
          const int64_t i = begin + k * step;
          if (i >= 0 && i < size && (step > 0 ? i < to : i > to))
            want.push_back(data[static_cast<size_t>(i)]);
        }
        const ConstantPtr got = fold("Slice", 13,
                                     {vector_of(data), vector_of({start}), vector_of({end}),
                                      vector_of({0}), vector_of({step})});
        EXPECT_EQ(integers(got), want) << start << " " << end << " " << step;
      }
  EXPECT_EQ(integers(fold("Slice", 13,
                          {vector_of(data), vector_of({INT64_MIN}), vector_of({INT64_MAX})})),
            data);
}

TEST(Folding, ConstantsUnderAnotherShapeShareTheirBytes) {
  const ConstantPtr weights = tensor<float>(BP_DTYPE_FLOAT32, {2, 1, 2}, {1, 2, 3, 4});
  const ConstantPtr flat =
      fold("Reshape", 14, {weights, vector_of({4})}, {ops::int_attribute("allowzero", 0)});
  ASSERT_NE(flat, nullptr);
  EXPECT_EQ(to_text(flat->type), "float32[4]");
  EXPECT_EQ(flat->bytes(), weights->bytes());
  EXPECT_NE(flat->id, weights->id);
  EXPECT_EQ(to_text(fold("Squeeze", 13, {weights, vector_of({1})})->type), "float32[2,2]");
  EXPECT_EQ(to_text(fold("Unsqueeze", 13, {weights, vector_of({0})})->type), "float32[1,2,1,2]");
  EXPECT_EQ(to_text(fold("Identity", 16, {weights})->type), "float32[2,1,2]");
}

TEST(Folding, CastsAsCDoes) {
  const auto to = [](bp_dtype_t dtype) {
    return ops::int_attribute("to", static_cast<int64_t>(dtype));
  };
  const ConstantPtr floats = tensor<float>(BP_DTYPE_FLOAT32, {3}, {2.9f, -2.9f, 0});
  EXPECT_EQ(integers(fold("Cast", 13, {floats}, {to(BP_DTYPE_INT64)})), (Integers{2, -2, 0}));
  EXPECT_EQ(elements<uint8_t>(fold("Cast", 13, {floats}, {to(BP_DTYPE_BOOL)})),
            (std::vector<uint8_t>{1, 1, 0}));
  EXPECT_EQ(elements<float>(fold("Cast", 13, {vector_of({16777217})}, {to(BP_DTYPE_FLOAT32)})),
            std::vector<float>{16777216});
  EXPECT_EQ(elements<int32_t>(fold("Cast", 13, {vector_of({-5})}, {to(BP_DTYPE_INT32)})),
            std::vector<int32_t>{-5});
  EXPECT_EQ(fold("Cast", 13, {vector_of({int64_t{1} << 31})}, {to(BP_DTYPE_INT32)}), nullptr);
  EXPECT_EQ(fold("Cast", 13, {tensor<float>(BP_DTYPE_FLOAT32, {1}, {1e19f})}, {to(BP_DTYPE_INT64)}),
            nullptr);
  EXPECT_EQ(fold("Cast", 13, {tensor<float>(BP_DTYPE_FLOAT32, {1}, {NAN})}, {to(BP_DTYPE_INT64)}),
            nullptr);
}

TEST(Folding, MakesRangesAndFilledTensors) {
  EXPECT_EQ(integers(fold("Range", 11, {number(3), number(10), number(3)})), (Integers{3, 6, 9}));
  EXPECT_EQ(integers(fold("Range", 11, {number(3), number(0), number(-2)})), (Integers{3, 1}));
  EXPECT_EQ(integers(fold("Range", 11, {number(3), number(3), number(1)})), Integers{});
  const ops::Attribute seven =
      ops::tensor_attribute("value", tensor<float>(BP_DTYPE_FLOAT32, {1}, {7}));
  EXPECT_EQ(elements<float>(fold("ConstantOfShape", 9, {vector_of({2, 2})}, {seven})),
            (std::vector<float>{7, 7, 7, 7}));
  EXPECT_EQ(fold("ConstantOfShape", 9, {vector_of({513, 512})}, {seven}), nullptr) << "over 1 MiB";
}

TEST(Folding, Reductions) {
  const ConstantPtr sizes = vector_of({2, -3, 5});
  EXPECT_EQ(integers(fold("ReduceProd", 13, {sizes})), Integers{-30});
  EXPECT_EQ(integers(fold("ReduceSum", 13, {sizes})), Integers{4});
  EXPECT_EQ(integers(fold("ReduceMax", 13, {sizes})), Integers{5});
  EXPECT_EQ(integers(fold("ReduceMin", 13, {sizes})), Integers{-3});
  EXPECT_EQ(fold("ReduceSum", 13, {sizes}, {ops::int_attribute("noop_with_empty_axes", 1)}),
            nullptr);
}

TEST(Folding, ManyElementsAndFloatsAreForTheDevice) {
  const ConstantPtr many = vector_of(Integers(1025, 1));
  EXPECT_EQ(fold("Add", 14, {many, many}), nullptr);
  const ConstantPtr half = tensor<float>(BP_DTYPE_FLOAT32, {}, {0.5f});
  EXPECT_EQ(fold("Add", 14, {half, half}), nullptr);
}

TEST(Folding, SizeNeedsNoValues) {
  Graph graph;
  const ValueId x = graph.add_input("x", tensor_type(BP_DTYPE_FLOAT32, {3, 4}));
  ops::Operator op;
  op.op = "Size";
  ASSERT_TRUE(graph.add_node(op, {x}, {"n"}).ok());
  graph.set_type(graph.find("n"), tensor_type(BP_DTYPE_INT64, {}));
  EXPECT_EQ(integers(folded_output(graph, graph.node(0))), Integers{12});
}

}  // namespace
}  // namespace backplane::graph
