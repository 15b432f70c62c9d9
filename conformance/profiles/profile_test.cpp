#include "profiles/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "problems/node.hpp"

namespace backplane::conformance {
namespace {

TEST(ProfileTest, HasAsManyOperatorsAsItIsKnownFor) {
  const std::pair<const char*, size_t> known[] = {
      {"starter", 23}, {"inference", 59}, {"transformer", 72}, {"vision", 77}};
  for (const auto& [name, count] : known) {
    const Result<Profile> profile = find_profile(name);
    ASSERT_TRUE(profile.ok()) << profile.status().text();
    EXPECT_EQ(profile->operators().size(), count) << name;
  }
  EXPECT_EQ(profile_names().size(), 4u);
}

TEST(ProfileTest, HasAsManyOperatorsAndTypesAsItIsKnownFor) {
  const std::pair<const char*, size_t> known[] = {
      {"starter", 23}, {"inference", 66}, {"transformer", 104}, {"vision", 85}};
  for (const auto& [name, count] : known)
    EXPECT_EQ(profile_cases(*find_profile(name)).size(), count) << name;
}

TEST(ProfileTest, EveryNodeIsOneThatTheHostKnowsAndNoCaseComesTwice) {
  for (const std::string& name : profile_names()) {
    std::set<std::string> ids;
    for (const Case& one : profile_cases(*find_profile(name))) {
      EXPECT_TRUE(ids.insert(one.id).second) << one.id;
      EXPECT_TRUE(is_valid_id(one.id)) << one.id;
      const auto node = node_of_line(one.problem);
      ASSERT_TRUE(node.ok()) << one.problem << ": " << node.status().text();
      EXPECT_EQ((*node)->node().op, one.operators.at(0));
    }
  }
}

// A line of which T is forgotten would ask for one type under the name of another.
TEST(ProfileTest, EveryNodeHasItsTypeAmongItsInputs) {
  for (const std::string& name : profile_names()) {
    for (const Case& one : profile_cases(*find_profile(name))) {
      const auto node = node_of_line(one.problem);
      ASSERT_TRUE(node.ok()) << node.status().text();
      const bp_node_t& asked = (*node)->node();
      const std::string type = one.id.substr(one.id.rfind('/') + 1);
      const auto is_of_type = [&type](const bp_tensor_type_t& input) {
        return type == dtype_brief(input.dtype);
      };
      EXPECT_TRUE(std::any_of(asked.inputs, asked.inputs + asked.input_count, is_of_type))
          << one.id;
    }
  }
}

TEST(ProfileTest, DefaultsAreFilledInAndOutputsInferred) {
  const auto made = node_of_line("Conv : f32[1,3,8,8] f32[4,3,3,3] kernel_shape=[3,3]");
  ASSERT_TRUE(made.ok()) << made.status().text();
  const bp_node_t& node = (*made)->node();
  EXPECT_EQ(node.attribute_count, 6u);
  EXPECT_EQ(node.outputs[0].shape[1], 4);
  EXPECT_EQ(node.outputs[0].shape[2], 6);
}

TEST(ProfileTest, AConstantHasItsValuesAsLongAsTheNodeIsThere) {
  const auto made = node_of_line("Reshape : f32[2,6] =i64[2](3,4)");
  ASSERT_TRUE(made.ok()) << made.status().text();
  const bp_node_t& node = (*made)->node();
  EXPECT_EQ(node.outputs[0].shape[0], 3);
  const std::vector<ops::ConstantPtr> others(100, ops::make_int64_constant({7, 8}));
  ASSERT_NE(node.constants[1], nullptr);
  const auto* sizes = static_cast<const int64_t*>(node.constants[1]->data);
  EXPECT_EQ(std::vector<int64_t>(sizes, sizes + 2), (std::vector<int64_t>{3, 4}));
}

TEST(ProfileTest, WhatCannotBeReadIsNamed) {
  EXPECT_NE(node_of_line("Relu : f31[2,3]").status().text().find("no input: f31[2,3]"),
            std::string::npos);
  EXPECT_NE(node_of_line("Reshape : f32[2,6] =i64[3](3,4)").status().text().find("as many values"),
            std::string::npos);
  EXPECT_FALSE(node_of_line("Nothing : f32[2,6]").ok());
  EXPECT_EQ(find_profile("nothing").status().text(), "there is no profile nothing");
}

}  // namespace
}  // namespace backplane::conformance
