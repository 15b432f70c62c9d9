// Einsum against the sum that it stands for: over all values of all letters, of the product of one
// element of each input.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds

int64_t count_of(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

// Small integers but 0, so that sums are exact in any order and zeros have one sign.
Numbers numbers(const Shape& shape, int64_t seed) {
  std::vector<double> elements;
  for (int64_t i = 0; i < count_of(shape); ++i)
    elements.push_back(static_cast<double>((i * 14 + seed * 10) % 22 - 11));
  return floats(shape, elements);
}

using Index = std::map<char, int64_t>;

// The element of `x` at its letters' values; an axis of size 1 stretches.
size_t place_of(const Shape& shape, const std::string& letters, const Index& index) {
  int64_t place = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    place = place * shape[axis] + (shape[axis] == 1 ? 0 : index.at(letters[axis]));
  return static_cast<size_t>(place);
}

std::vector<double> summed(const std::vector<Numbers>& inputs,
                           const std::vector<std::string>& terms, const std::string& output) {
  Index sizes;
  for (size_t i = 0; i < terms.size(); ++i)
    for (size_t axis = 0; axis < terms[i].size(); ++axis)
      sizes[terms[i][axis]] = std::max(sizes[terms[i][axis]], inputs[i].shape[axis]);
  Shape shape;
  for (const char letter : output) shape.push_back(sizes[letter]);
  std::vector<double> sums(static_cast<size_t>(count_of(shape)));
  int64_t total = 1;
  for (const auto& entry : sizes) total *= entry.second;
  for (int64_t place = 0; place < total; ++place) {
    Index index;
    int64_t left = place;
    for (const auto& [letter, size] : sizes) {
      index[letter] = left % size;
      left /= size;
    }
    double product = 1;
    for (size_t i = 0; i < terms.size(); ++i)
      product *= inputs[i].elements[place_of(inputs[i].shape, terms[i], index)];
    sums[place_of(shape, output, index)] += product;
  }
  return sums;
}

struct Tried {
  const char* equation;
  std::vector<Shape> shapes;
  std::vector<std::string> terms;  // the same with a letter an axis
  const char* output;
};

Ran run(const char* equation, const std::vector<Numbers>& inputs) {
  return run_parts({"Einsum", inputs, {string_attribute("equation", equation)}});
}

TEST(DecomposedEinsum, IsTheSumOfProducts) {
  const std::vector<Tried> all = {
      {"ij->ji", {{2, 3}}, {"ij"}, "ji"},
      {"ij", {{2, 3}}, {"ij"}, "ij"},
      {"ba", {{2, 3}}, {"ba"}, "ab"},
      {"ij->i", {{2, 3}}, {"ij"}, "i"},
      {"ij->", {{2, 3}}, {"ij"}, ""},
      {"i,i", {{5}, {5}}, {"i", "i"}, ""},
      {"i,j->ji", {{2}, {3}}, {"i", "j"}, "ji"},
      {"ij,ij->ij", {{2, 3}, {2, 3}}, {"ij", "ij"}, "ij"},
      {"ij,jk->ik", {{2, 3}, {3, 4}}, {"ij", "jk"}, "ik"},
      {"ij,jk->ki", {{2, 3}, {3, 4}}, {"ij", "jk"}, "ki"},
      {"bij, bjk -> bik", {{2, 3, 4}, {2, 4, 5}}, {"bij", "bjk"}, "bik"},
      {"jbi,kjb->ibk", {{3, 2, 4}, {5, 3, 2}}, {"jbi", "kjb"}, "ibk"},
      {"ijm,jk->k", {{2, 3, 4}, {3, 4}}, {"ijm", "jk"}, "k"},
      {"bhqd,bhkd->bhqk", {{2, 2, 3, 4}, {2, 2, 5, 4}}, {"bhqd", "bhkd"}, "bhqk"},
      {"ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 2}}, {"ij", "jk", "kl"}, "il"},
      {"i,i,i->i", {{4}, {4}, {4}}, {"i", "i", "i"}, "i"},
      {",ij->ij", {{}, {2, 3}}, {"", "ij"}, "ij"},
      {"ii", {{3, 3}}, {"ii"}, ""},
      {"...ii->...i", {{2, 3, 3}}, {"aii"}, "ai"},
      {"iai->ai", {{3, 2, 3}}, {"iai"}, "ai"},
      {"iii->i", {{3, 3, 3}}, {"iii"}, "i"},
      {"iji,j->i", {{3, 2, 3}, {2}}, {"iji", "j"}, "i"},
      {"...ij,...jk", {{2, 3, 4}, {2, 4, 5}}, {"aij", "ajk"}, "aik"},
      {"...i,...i->...", {{1, 3, 4}, {2, 1, 4}}, {"abi", "abi"}, "ab"},
      {"i...->i", {{2, 3, 2}}, {"iab"}, "i"},
  };
  for (const Tried& tried : all) {
    std::vector<Numbers> inputs;
    for (const Shape& shape : tried.shapes)
      inputs.push_back(numbers(shape, static_cast<int64_t>(inputs.size())));
    std::vector<double> wanted = summed(inputs, tried.terms, tried.output);
    EXPECT_EQ(difference(run(tried.equation, inputs), wanted), "") << tried.equation;
  }
}

TEST(DecomposedEinsum, AProductOfMatricesIsOne) {
  const Ran ran = run("bij,bjk->bik", {numbers({2, 3, 4}, 0), numbers({2, 4, 5}, 1)});
  EXPECT_EQ(std::count(ran.ops.begin(), ran.ops.end(), "MatMul"), 1);
  EXPECT_EQ(std::count(ran.ops.begin(), ran.ops.end(), "Transpose"), 0);
}

TEST(DecomposedEinsum, WhatItCannotSayIsRefused) {
  const std::vector<Numbers> wide = {numbers({1, 1, 1, 1, 1}, 0), numbers({1, 1, 1, 1, 1}, 1)};
  EXPECT_NE(run("abcde,fghij,fghij->abcde", {wide[0], wide[1], wide[1]}).status.find("many axes"),
            std::string::npos);
  EXPECT_NE(run("ij->i", {numbers({2, 0}, 0)}).status.find("no elements"), std::string::npos);
  EXPECT_NE(run("ij,jk->ik", {numbers({2, 3}, 0), numbers({4, 2}, 1)}).status.find("axis 0 of inp"),
            std::string::npos);
  Numbers bytes = numbers({2}, 0);
  bytes.dtype = BP_DTYPE_UINT8;
  EXPECT_NE(run("i->", {bytes}).status.find("uint8"), std::string::npos);
}

}  // namespace
}  // namespace backplane::ops
