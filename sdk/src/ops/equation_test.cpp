// Equations as the definition's examples and numpy.einsum read them.
#include "ops/equation.hpp"

#include <gtest/gtest.h>

namespace backplane::ops {
namespace {

std::string text_of(const Term& term) {
  std::string text;
  for (const Label label : term)
    text += label < kEllipsis ? std::string(1, static_cast<char>(label))
                              : std::to_string(label - kEllipsis);
  return text;
}

// "01ij,01jk->01ik": axes of an ellipsis as digits; or what is wrong.
std::string read(const std::string& text, const std::vector<size_t>& ranks) {
  const Result<Equation> equation = parse_equation(text, ranks);
  if (!equation.ok()) return equation.status().text();
  std::string result;
  for (const Term& term : equation->inputs) result += text_of(term) + ",";
  result.pop_back();
  return result + "->" + text_of(equation->output);
}

TEST(Equation, SaysAnAxisForEachLetter) {
  EXPECT_EQ(read("ij,jk->ik", {2, 2}), "ij,jk->ik");
  EXPECT_EQ(read(" i j -> j i ", {2}), "ij->ji");
  EXPECT_EQ(read("ii->", {2}), "ii->");
  EXPECT_EQ(read(",a->a", {0, 1}), ",a->a");
  EXPECT_EQ(read("", {0}), "->");
}

TEST(Equation, WithoutAnArrowKeepsTheLettersThatOccurOnceInOrder) {
  EXPECT_EQ(read("ba", {2}), "ba->ab");
  EXPECT_EQ(read("ik,kj", {2, 2}), "ik,kj->ij");
  EXPECT_EQ(read("ii", {2}), "ii->");
  EXPECT_EQ(read("b...a", {4}), "b01a->01ab");
  EXPECT_EQ(read("i,i", {1, 1}), "i,i->");
}

TEST(Equation, AnEllipsisIsAsManyAxesEverywhere) {
  EXPECT_EQ(read("...ij,...jk->...ik", {4, 4}), "01ij,01jk->01ik");
  EXPECT_EQ(read("i...,...->...i", {1, 0}), "i,->i");
  EXPECT_EQ(read("...ii->...i", {3}), "0ii->0i");
  EXPECT_EQ(read("...i,...i", {3, 2}), "... is 2 axes, and 1");
  EXPECT_EQ(read("...->", {2}), "01->");
}

TEST(Equation, WhatIsNoneIsRefused) {
  EXPECT_EQ(read("ij", {3}), "\"ij\" does not go with an input of 3 axes");
  EXPECT_EQ(read("ij...", {1}), "\"ij...\" does not go with an input of 1 axes");
  EXPECT_EQ(read("i,j", {1}), "2 terms for 1 inputs");
  EXPECT_EQ(read("i->j", {1}), "the output has an axis that no input has");
  EXPECT_EQ(read("i->ii", {1}), "the output has an axis twice");
  EXPECT_EQ(read("i1", {2}), "\"i1\" is no letters with at most one ...");
  EXPECT_EQ(read("..i", {2}), "\"..i\" is no letters with at most one ...");
  EXPECT_EQ(read("......", {2}), "\"......\" is no letters with at most one ...");
  EXPECT_EQ(read("i->j->k", {1}), "\"j->k\" is no letters with at most one ...");
}

}  // namespace
}  // namespace backplane::ops
