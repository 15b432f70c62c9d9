// Scan of hand-made models on the cpu plugin, against a sum that is written out here.
#include <gmock/gmock.h>

#include "runtime/model_run.hpp"

namespace backplane::runtime {
namespace {

using onnx::add_attribute;
using onnx::add_body;
using onnx::ModelBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

// sum += x[t], and every sum.
ModelBuilder sum_body() {
  ModelBuilder body;
  body.input("sum_in");
  body.input("next");
  body.node("Add", {"sum_in", "next"}, {"sum_out"});
  body.node("Identity", {"sum_out"}, {"kept"});
  body.output("sum_out");
  body.output("kept");
  return body;
}

void set_list(format::NodeProto& node, const std::string& name, int64_t value) {
  add_attribute(node, name, format::AttributeProto::INTS).add_ints(value);
}

format::NodeProto& add_scan(ModelBuilder& model, const std::vector<std::string>& inputs) {
  format::NodeProto& node = model.node("Scan", inputs, {"y", "z"}, "s");
  add_body(node, "body", sum_body());
  add_attribute(node, "num_scan_inputs", format::AttributeProto::INT).set_i(1);
  return node;
}

std::vector<float> counted(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i * i) - 3;
  return values;
}

struct Way {
  int64_t axis;
  int64_t output_axis;
  bool backwards;
  bool output_backwards;
};

// x is [2,3]: its sums along `axis`, stacked along the other's place.
TEST(Scan, GoesAlongAnyAxisBothWays) {
  const Bench bench;
  const std::vector<float> x = counted(6);
  for (const Way& way : {Way{0, 0, false, false}, Way{1, 1, false, false}, Way{1, 0, true, false},
                         Way{0, -1, true, true}, Way{-1, -2, false, true}}) {
    const bool along_rows = way.axis != 0;
    const int trips = along_rows ? 3 : 2;
    const int width = along_rows ? 2 : 3;
    std::vector<float> sum(width, 1);
    std::vector<float> sums(6);
    const bool stacked_last = way.output_axis == 1 || way.output_axis == -1;
    for (int trip = 0; trip < trips; ++trip) {
      const int at = way.backwards ? trips - 1 - trip : trip;
      const int to = way.output_backwards ? trips - 1 - trip : trip;
      for (int i = 0; i < width; ++i) {
        sum[i] += along_rows ? x[i * 3 + at] : x[at * 3 + i];
        sums[stacked_last ? i * trips + to : to * width + i] = sum[i];
      }
    }
    ModelBuilder model;
    model.input("initial", {width});
    model.input("x", {2, 3});
    format::NodeProto& node = add_scan(model, {"initial", "x"});
    set_list(node, "scan_input_axes", way.axis);
    set_list(node, "scan_output_axes", way.output_axis);
    set_list(node, "scan_input_directions", way.backwards ? 1 : 0);
    set_list(node, "scan_output_directions", way.output_backwards ? 1 : 0);
    model.output("y", {width});
    model.output("z");
    ModelRun run(bench, model);
    const std::vector<Array> results =
        run.run({floats({width}, std::vector<float>(width, 1)), floats({2, 3}, x)});
    ASSERT_EQ(results.size(), 2u) << run.said.text;
    EXPECT_EQ(results[0].as<float>(), sum) << way.axis;
    EXPECT_EQ(results[1].as<float>(), sums) << way.axis << ' ' << way.output_axis;
  }
}

TEST(Scan, OfNothingGivesNothingAndTheInitialState) {
  const Bench bench;
  ModelBuilder model;
  model.input("initial", {2});
  model.input("x", {0, 2});
  add_scan(model, {"initial", "x"});
  model.output("y", {2});
  model.output("z");
  ModelRun run(bench, model);
  const std::vector<Array> results = run.run({floats({2}, {5, 6}), floats({0, 2}, {})});
  ASSERT_EQ(results.size(), 2u) << run.said.text;
  EXPECT_THAT(results[0].as<float>(), ElementsAre(5, 6));
  EXPECT_EQ(results[1].type_text(), "float32[0,2]");
}

// Its first version: a batch in front of everything.
TEST(Scan, OfVersionEightDoesEveryBatchByItself) {
  const Bench bench;
  ModelBuilder model;
  model.proto.mutable_opset_import(0)->set_version(8);
  model.input("initial", {2, 1});
  model.input("x", {2, 3, 1});
  set_list(add_scan(model, {"", "initial", "x"}), "directions", 1);
  model.output("y", {2, 1});
  model.output("z", {2, 3, 1});
  ModelRun run(bench, model);
  const std::vector<Array> results =
      run.run({floats({2, 1}, {0, 1000}), floats({2, 3, 1}, {1, 10, 100, 2, 20, 200})});
  ASSERT_EQ(results.size(), 2u) << run.said.text;
  EXPECT_THAT(results[0].as<float>(), ElementsAre(111, 1222));
  EXPECT_THAT(results[1].as<float>(), ElementsAre(100, 110, 111, 1200, 1220, 1222));
}

TEST(Scan, OfAnUnknownLengthMakesAPlanForEach) {
  const Bench bench;
  ModelBuilder model;
  model.input("initial", {1});
  auto& type = *model.input("x", {}).mutable_type()->mutable_tensor_type();
  type.mutable_shape()->add_dim()->set_dim_param("length");
  type.mutable_shape()->add_dim()->set_dim_value(1);
  add_scan(model, {"initial", "x"});
  model.output("y", {1});
  model.output("z");
  ModelRun run(bench, model);
  for (const int64_t length : {1, 4, 2}) {
    const std::vector<float> x = counted(static_cast<size_t>(length));
    float want = 0.5;
    for (const float each : x) want += each;
    const std::vector<Array> results = run.run({floats({1}, {0.5}), floats({length, 1}, x)});
    ASSERT_EQ(results.size(), 2u) << run.said.text;
    EXPECT_THAT(results[0].as<float>(), ElementsAre(want));
    EXPECT_EQ(results[1].type_text(), "float32[" + std::to_string(length) + ",1]");
  }
}

std::string failure(const std::vector<int64_t>& shape, const std::string& list, int64_t value) {
  const Bench bench;
  ModelBuilder model;
  model.input("initial", {2});
  model.input("x", shape);
  format::NodeProto& node = add_scan(model, {"initial", "x"});
  if (!list.empty()) set_list(node, list, value);
  model.output("y", {2});
  model.output("z");
  return ModelRun(bench, model).said.text;
}

TEST(Scan, WhatDoesNotFitIsSaid) {
  EXPECT_THAT(failure({3, 2}, "scan_input_axes", 2), HasSubstr("axis 2 of something of rank 2"));
  EXPECT_THAT(failure({3, 2}, "scan_output_axes", -3), HasSubstr("axis -3 of something of rank 2"));
  EXPECT_THAT(failure({}, "", 0), HasSubstr("axis 0 of something of rank 0"));
  EXPECT_THAT(failure({3, 3}, "", 0), HasSubstr("Add"));
  EXPECT_THAT(failure({20000, 2}, "", 0), HasSubstr("more than 10000 trips (Scan \"s\")"));
}

}  // namespace
}  // namespace backplane::runtime
