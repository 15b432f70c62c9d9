#include "graph/abi_view.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

namespace backplane::graph {
namespace {

const bp_tensor_type_t kSmallType = tensor_type(BP_DTYPE_FLOAT32, {2});

ops::Operator named(const char* op, const char* name) {
  ops::Operator result;
  result.op = op;
  result.name = name;
  result.since = 14;
  return result;
}

class AbiView : public testing::Test {
 protected:
  AbiView() {
    const float weights[2] = {3, 4};
    const ValueId x = object_.graph.add_input("x", kSmallType);
    const ValueId w = object_.graph.add_constant("w", ops::make_constant(kSmallType, weights));
    ops::Operator relu = named("Relu", "r");
    relu.attributes = {ops::int_attribute("axis", 7)};
    EXPECT_TRUE(object_.graph.add_node(named("Add", "a"), {x, w, BP_NONE}, {"y"}).ok());
    EXPECT_TRUE(object_.graph.add_node(relu, {find("y")}, {"z", ""}).ok());
    object_.graph.set_type(find("y"), kSmallType);
    EXPECT_TRUE(object_.graph.add_output(find("z"), "z").ok());
  }

  ValueId find(const char* name) const { return object_.graph.find(name); }

  bp_graph object_;
  const bp_graph_view_t* view_ = abi_view();
};

TEST_F(AbiView, WalksTheGraph) {
  ASSERT_EQ(view_->node_count(&object_), 2u);
  EXPECT_EQ(view_->get_node_id(&object_, 1), 1u);
  EXPECT_EQ(view_->get_input(&object_, 0, 1), find("w"));
  EXPECT_EQ(view_->get_output(&object_, 1, 0), find("z"));
  EXPECT_EQ(view_->get_consumer(&object_, find("y"), 0), 1u);
  EXPECT_EQ(view_->get_graph_input(&object_, 0), find("x"));
  EXPECT_EQ(view_->get_graph_output(&object_, 0), find("z"));
  EXPECT_EQ(view_->get_outer(&object_, find("x")), BP_NONE);
}

TEST_F(AbiView, ANodeHasItsTypesAttributesAndConstants) {
  const bp_node_t* add = view_->get_node(&object_, 0);
  ASSERT_NE(add, nullptr);
  EXPECT_STREQ(add->op, "Add");
  EXPECT_STREQ(add->name, "a");
  EXPECT_EQ(add->since, 14u);
  ASSERT_EQ(add->input_count, 3u);
  EXPECT_TRUE(same_type(add->inputs[0], kSmallType));
  EXPECT_EQ(add->inputs[2].dtype, 0u) << "absent";
  ASSERT_NE(add->constants, nullptr);
  EXPECT_EQ(add->constants[0], nullptr);
  ASSERT_NE(add->constants[1], nullptr);
  const auto* values = static_cast<const float*>(add->constants[1]->data);
  EXPECT_EQ(values[0], 3);
  EXPECT_EQ(values[1], 4);
  const bp_node_t* relu = view_->get_node(&object_, 1);
  ASSERT_EQ(relu->attribute_count, 1u);
  EXPECT_STREQ(relu->attributes[0].name, "axis");
  EXPECT_EQ(*static_cast<const int64_t*>(relu->attributes[0].data), 7);
  ASSERT_EQ(relu->output_count, 2u);
  EXPECT_EQ(relu->outputs[1].dtype, 0u);
}

TEST_F(AbiView, AValueSaysWhatIsKnownOfIt) {
  const bp_value_info_t* w = view_->get_value(&object_, find("w"));
  ASSERT_NE(w, nullptr);
  EXPECT_EQ(w->struct_size, sizeof(bp_value_info_t));
  EXPECT_STREQ(w->name, "w");
  EXPECT_TRUE(same_type(*w->type, kSmallType));
  ASSERT_NE(w->constant, nullptr);
  EXPECT_NE(w->constant->data, nullptr);
  EXPECT_EQ(w->producer, BP_NONE);
  const bp_value_info_t* z = view_->get_value(&object_, find("z"));
  EXPECT_EQ(z->constant, nullptr);
  EXPECT_EQ(z->producer, 1u);
  EXPECT_EQ(z->consumer_count, 0u);
  EXPECT_EQ(z->is_graph_output, 1u);
}

TEST_F(AbiView, NothingIsThereOutOfRange) {
  for (const uint32_t id : {99u, BP_NONE}) {
    EXPECT_EQ(view_->get_node_id(&object_, id), BP_NONE);
    EXPECT_EQ(view_->get_node(&object_, id), nullptr);
    EXPECT_EQ(view_->get_value(&object_, id), nullptr);
    EXPECT_EQ(view_->get_input(&object_, id, 0), BP_NONE);
    EXPECT_EQ(view_->get_input(&object_, 0, id), BP_NONE);
    EXPECT_EQ(view_->get_output(&object_, id, 0), BP_NONE);
    EXPECT_EQ(view_->get_output(&object_, 0, id), BP_NONE);
    EXPECT_EQ(view_->get_consumer(&object_, id, 0), BP_NONE);
    EXPECT_EQ(view_->get_consumer(&object_, 0, id), BP_NONE);
    EXPECT_EQ(view_->get_graph_input(&object_, id), BP_NONE);
    EXPECT_EQ(view_->get_graph_output(&object_, id), BP_NONE);
  }
}

TEST_F(AbiView, ListsEndRightAfterTheirLast) {
  EXPECT_EQ(view_->get_node_id(&object_, 2), BP_NONE);
  EXPECT_EQ(view_->get_input(&object_, 1, 1), BP_NONE);
  EXPECT_EQ(view_->get_output(&object_, 0, 1), BP_NONE);
  EXPECT_EQ(view_->get_consumer(&object_, find("x"), 1), BP_NONE);
  EXPECT_EQ(view_->get_graph_input(&object_, 1), BP_NONE);
  EXPECT_EQ(view_->get_graph_output(&object_, 1), BP_NONE);
}

TEST_F(AbiView, WhatWasReadStaysValidWhileTheGraphGrows) {
  const bp_node_t* add = view_->get_node(&object_, 0);
  const bp_value_info_t* x = view_->get_value(&object_, find("x"));
  for (int count = 0; count < 1000; ++count)
    ASSERT_TRUE(
        object_.graph.add_node(named("Relu", "more"), {0}, {"m" + std::to_string(count)}).ok());
  EXPECT_STREQ(add->op, "Add");
  EXPECT_STREQ(add->name, "a");
  EXPECT_STREQ(x->name, "x");
  EXPECT_EQ(x->consumer_count, 1u);
  EXPECT_EQ(view_->get_value(&object_, find("x"))->consumer_count, 1001u) << "asked anew";
}

TEST_F(AbiView, ATypeThatBecomesKnownIsSeen) {
  EXPECT_EQ(view_->get_node(&object_, 1)->outputs[0].dtype, 0u);
  object_.graph.set_type(find("z"), kSmallType);
  EXPECT_TRUE(same_type(view_->get_node(&object_, 1)->outputs[0], kSmallType));
  EXPECT_TRUE(same_type(*view_->get_value(&object_, find("z"))->type, kSmallType));
}

TEST_F(AbiView, AskingTwiceGivesTheSameObject) {
  EXPECT_EQ(view_->get_node(&object_, 0), view_->get_node(&object_, 0));
  EXPECT_EQ(view_->get_value(&object_, 0), view_->get_value(&object_, 0));
}

TEST_F(AbiView, SeveralThreadsMayRead) {
  const bp_node_t* seen[2] = {};
  std::thread first([&] { seen[0] = view_->get_node(&object_, 1); });
  std::thread second([&] { seen[1] = view_->get_node(&object_, 1); });
  first.join();
  second.join();
  EXPECT_EQ(seen[0], seen[1]);
}

TEST_F(AbiView, EditingIsUnsupportedAndDoesNothing) {
  bp_node_id_t node = 42;
  bp_value_id_t value = 42;
  const bp_constant_t constant = *view_->get_value(&object_, find("w"))->constant;
  EXPECT_EQ(view_->add_node(&object_, view_->get_node(&object_, 0), &value, &node),
            BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(view_->add_constant(&object_, &constant, &value), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(view_->replace_value(&object_, find("y"), find("x")), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(view_->remove_node(&object_, 1), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(node, 42u);
  EXPECT_EQ(value, 42u);
  EXPECT_EQ(view_->node_count(&object_), 2u);
}

TEST_F(AbiView, NoFunctionIsNull) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(view_);
  for (size_t at = offsetof(bp_graph_view_t, node_count); at < view_->struct_size;
       at += sizeof(void*)) {
    void* function = nullptr;
    std::memcpy(&function, bytes + at, sizeof(function));
    EXPECT_NE(function, nullptr) << "at offset " << at;
  }
}

}  // namespace
}  // namespace backplane::graph
