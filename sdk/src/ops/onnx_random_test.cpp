// Random nodes of every operator: our types against those of libonnx's own inference function.
#include <gtest/gtest.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <map>

#include "ops/testing.hpp"
#include "ops/testing_onnx.hpp"
#include "ops/testing_random.hpp"

namespace backplane::ops {
namespace {

using testing::RandomNode;
using testing::text;

onnx::TypeProto proto_of(const bp_tensor_type_t& type) {
  onnx::TypeProto proto;
  proto.mutable_tensor_type()->set_elem_type(static_cast<int>(type.dtype));
  auto* const shape = proto.mutable_tensor_type()->mutable_shape();
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    shape->add_dim()->set_dim_value(type.shape[axis]);
  return proto;
}

onnx::TensorProto proto_of(const Constant& constant) {
  onnx::TensorProto proto;
  proto.set_data_type(static_cast<int>(constant.type.dtype));
  for (uint16_t axis = 0; axis < constant.type.rank; ++axis)
    proto.add_dims(constant.type.shape[axis]);
  proto.set_raw_data(constant.bytes(), *byte_size(constant.type));
  return proto;
}

onnx::AttributeProto proto_of(const Attribute& attribute) {
  onnx::AttributeProto proto;
  proto.set_name(attribute.name);
  proto.set_type(static_cast<onnx::AttributeProto::AttributeType>(attribute.kind));
  if (attribute.kind == BP_ATTRIBUTE_INT) proto.set_i(attribute.ints.front());
  if (attribute.kind == BP_ATTRIBUTE_FLOAT) proto.set_f(attribute.floats.front());
  if (attribute.kind == BP_ATTRIBUTE_STRING) proto.set_s(attribute.strings.front());
  if (attribute.kind == BP_ATTRIBUTE_TENSOR) *proto.mutable_t() = proto_of(*attribute.tensor);
  for (const int64_t value : attribute.ints)
    if (attribute.kind == BP_ATTRIBUTE_INTS) proto.add_ints(value);
  for (const float value : attribute.floats)
    if (attribute.kind == BP_ATTRIBUTE_FLOATS) proto.add_floats(value);
  return proto;
}

// A node as libonnx's inference functions want to see it.
struct Theirs {
  explicit Theirs(const RandomNode& node) {
    proto.set_op_type(node.op.op);
    for (const Attribute& attribute : node.op.attributes)
      *proto.add_attribute() = proto_of(attribute);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const std::string name = is_absent(node.inputs[i]) ? "" : "in" + std::to_string(i);
      proto.add_input(name);
      types[name] = proto_of(node.inputs[i]);
      if (node.constants[i] != nullptr) constants[name] = proto_of(*node.constants[i]);
    }
    for (size_t i = 0; i < node.output_count; ++i) proto.add_output("out" + std::to_string(i));
    for (auto& entry : types)
      if (!entry.first.empty()) type_pointers[entry.first] = &entry.second;
    for (auto& entry : constants) constant_pointers[entry.first] = &entry.second;
  }

  // Types of the outputs where it says them, or what it throws.
  std::vector<std::optional<bp_tensor_type_t>> infer(std::string& thrown) {
    const onnx::OpSchema* const schema =
        onnx::OpSchemaRegistry::Schema(proto.op_type(), 17, onnx::ONNX_DOMAIN);
    onnx::shape_inference::InferenceContextImpl context(proto, type_pointers, constant_pointers,
                                                        {});
    std::vector<std::optional<bp_tensor_type_t>> result;
    try {
      schema->GetTypeAndShapeInferenceFunction()(context);
    } catch (const std::exception& error) {
      thrown = error.what();
      return result;
    }
    for (const onnx::TypeProto& output : context.allOutputTypes_)
      result.push_back(testing::type_from(output));
    return result;
  }

  onnx::NodeProto proto;
  std::map<std::string, onnx::TypeProto> types;
  std::map<std::string, onnx::TensorProto> constants;
  std::unordered_map<std::string, onnx::TypeProto*> type_pointers;
  std::unordered_map<std::string, const onnx::TensorProto*> constant_pointers;
};

// libonnx says the first axes alone when output_shape is below the input's.
bool stops_halfway(const RandomNode& node) { return node.op.attribute("output_shape") != nullptr; }

// By its text auto_pad alone says how often a window fits; libonnx rounds up once more.
bool rounds_twice(const RandomNode& node) {
  const Attribute* const ceil_mode = node.op.attribute("ceil_mode");
  const Attribute* const auto_pad = node.op.attribute("auto_pad");
  return ceil_mode != nullptr && ceil_mode->ints[0] == 1 && auto_pad != nullptr &&
         auto_pad->strings[0] != "NOTSET";
}

// By their text pads and auto_pad exclude each other; of both, with pads of 0, libonnx takes pads,
// and auto_pad is what says something.
bool pads_twice(const RandomNode& node) {
  const Attribute* const auto_pad = node.op.attribute("auto_pad");
  return node.op.attribute("pads") != nullptr && auto_pad != nullptr &&
         auto_pad->strings[0] != "NOTSET";
}

// Of an axis without elements auto_pad makes none by its text; libonnx divides -1 by the stride,
// cuts off and says one.
bool pads_nothing(const RandomNode& node) {
  if (node.op.attribute("auto_pad") == nullptr || node.inputs.empty()) return false;
  const bp_tensor_type_t& first = node.inputs[0];
  return std::find(first.shape, first.shape + first.rank, 0) != first.shape + first.rank;
}

// By its schema STFT is onesided unless an attribute says otherwise, which libonnx takes the other
// way round; of a onesided one it works the number of frames out from that of the frequencies.
bool mistakes_frames(const RandomNode& node) {
  const Attribute* const onesided = node.op.attribute("onesided");
  return node.op.op == "STFT" && (onesided == nullptr || onesided->ints[0] != 0);
}

// What they refuse and we take, with reason.
struct Exception {
  const char* op;
  const char* their_text;
  const char* reason;
};

constexpr Exception kTakenHere[] = {
    {"BatchNormalization", "should be 3 when",
     "by the schema each statistic is an optional output"},
    {"ConstantOfShape", "one-dim tensor", "by its text a tensor of one element, a scalar is one"},
    {"Dropout", "must be a scalar", "a vector of one element is taken as well, as for Clip"},
    {"Resize", "Number of elements of input 'sizes'", "without elements it is as good as absent"},
    {"OneHot", "must have rank >= 1", "a scalar is one index"},
};

bool is_taken_here(const std::string& op, const std::string& their_text) {
  for (const Exception& exception : kTakenHere)
    if (op == exception.op && their_text.find(exception.their_text) != std::string::npos)
      return true;
  return false;
}

// Ours, asked with all outputs wanted.
Status infer_ours(const RandomNode& node, std::vector<bp_tensor_type_t>& outputs) {
  outputs.assign(node.output_count, tensor_type(BP_DTYPE_FLOAT32, {}));
  const AbiNode abi(node.op, node.inputs, outputs, node.constants);
  return infer(abi.node(), outputs.data());
}

// How many outputs both of us know. What we refuse it is not asked: on several such nodes it
// divides by zero or reads past an end.
int compare(const RandomNode& node) {
  std::vector<bp_tensor_type_t> ours;
  if (!infer_ours(node, ours).ok()) return 0;
  std::string thrown;
  const std::vector<std::optional<bp_tensor_type_t>> theirs = Theirs(node).infer(thrown);
  if (!thrown.empty()) {
    EXPECT_TRUE(is_taken_here(node.op.op, thrown)) << testing::text(node) << ": " << thrown;
    return 0;
  }
  int compared = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    if (!theirs[i].has_value()) continue;
    ++compared;
    EXPECT_TRUE(testing::says_as_much(ours[i], *theirs[i]))
        << testing::text(node) << ": ours " << text(ours[i]) << ", theirs " << text(*theirs[i]);
  }
  return compared;
}

// libonnx infers no shape for these.
bool is_open_there(const std::string& op) {
  return op == "GreaterOrEqual" || op == "LessOrEqual" || op == "Compress" ||
         op == "MeanVarianceNormalization";
}

TEST(OnnxRandom, NodesThatWeTakeGetTheTypesThatLibonnxInfers) {
  testing::RandomNodes nodes({20220613, false});
  for (const std::string& op : known_operators()) {
    int compared = 0;
    for (int i = 0; i < 2000; ++i) {
      const RandomNode node = nodes.next(op);
      if (!rounds_twice(node) && !pads_twice(node) && !pads_nothing(node) && !stops_halfway(node) &&
          !mistakes_frames(node))
        compared += compare(node);
    }
    EXPECT_TRUE(compared > 30 || is_open_there(op)) << op << ": " << compared;
  }
}

}  // namespace
}  // namespace backplane::ops
