// Our reader against libonnx's own classes, both in one process: the same bytes must give the same
// tensors, initializers and types.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <cstring>
#include <map>

#include "graph/graph.hpp"
#include "onnx/published_data.hpp"
#include "onnx/reader.hpp"

namespace backplane::onnx {
namespace {

class Agreement : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_published_data()) GTEST_SKIP() << "no " << kPublishedFolder << " (libonnx-testdata)";
  }
};

template <class T, class Values>
std::string bytes_of_values(const Values& values) {
  std::string bytes;
  for (const auto value : values) {
    const T element = static_cast<T>(value);
    bytes.append(reinterpret_cast<const char*>(&element), sizeof(element));
  }
  return bytes;
}

// What libonnx's message holds, element by element in its own type.
std::string theirs(const ::onnx::TensorProto& tensor) {
  if (tensor.has_raw_data()) return tensor.raw_data();
  switch (tensor.data_type()) {
    case ::onnx::TensorProto::FLOAT:
      return bytes_of_values<float>(tensor.float_data());
    case ::onnx::TensorProto::DOUBLE:
      return bytes_of_values<double>(tensor.double_data());
    case ::onnx::TensorProto::INT64:
      return bytes_of_values<int64_t>(tensor.int64_data());
    case ::onnx::TensorProto::UINT64:
      return bytes_of_values<uint64_t>(tensor.uint64_data());
    case ::onnx::TensorProto::UINT32:
      return bytes_of_values<uint32_t>(tensor.uint64_data());
    case ::onnx::TensorProto::INT32:
      return bytes_of_values<int32_t>(tensor.int32_data());
    case ::onnx::TensorProto::INT16:
    case ::onnx::TensorProto::UINT16:
    case ::onnx::TensorProto::FLOAT16:
    case ::onnx::TensorProto::BFLOAT16:
      return bytes_of_values<uint16_t>(tensor.int32_data());
    default:
      return bytes_of_values<uint8_t>(tensor.int32_data());
  }
}

void expect_same(const ops::Constant& ours, const ::onnx::TensorProto& tensor,
                 const std::string& where) {
  EXPECT_EQ(ours.type.dtype, static_cast<bp_dtype_t>(tensor.data_type())) << where;
  const Shape shape(tensor.dims().begin(), tensor.dims().end());
  EXPECT_EQ(shape_of(ours.type), shape) << where;
  const std::string wanted = theirs(tensor);
  ASSERT_EQ(*byte_size(ours.type), wanted.size()) << where;
  EXPECT_TRUE(wanted.empty() || std::memcmp(ours.bytes(), wanted.data(), wanted.size()) == 0)
      << where;
}

TEST_F(Agreement, EveryPublishedTensorHasTheSameTypeAndBytes) {
  size_t count = 0;
  for (const std::string& path : published_files([](const std::string& name) {
         return name.size() > 3 && name.substr(name.size() - 3) == ".pb";
       })) {
    const std::string bytes = bytes_of(path);
    const Result<NamedTensor> ours = read_tensor(bytes.data(), bytes.size());
    if (!ours.ok()) continue;  // a string, or no tensor: counted below
    ::onnx::TensorProto tensor;
    ASSERT_TRUE(tensor.ParseFromString(bytes)) << path;
    EXPECT_EQ(ours->name, tensor.name()) << path;
    expect_same(*ours->value, tensor, path);
    ++count;
  }
  EXPECT_GT(count, 3000u);
}

TEST_F(Agreement, EveryInitializerHasTheSameTypeAndBytes) {
  size_t count = 0;
  for (const std::string& path : published_models()) {
    const Result<graph::Graph> graph = read_model_file(path);
    if (!graph.ok()) continue;
    ::onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(bytes_of(path))) << path;
    for (const ::onnx::TensorProto& tensor : model.graph().initializer()) {
      const graph::ValueId id = graph->find(tensor.name());
      ASSERT_NE(id, BP_NONE) << path << ' ' << tensor.name();
      ASSERT_NE(graph->value(id).constant, nullptr) << path << ' ' << tensor.name();
      expect_same(*graph->value(id).constant, tensor, path + ' ' + tensor.name());
      ++count;
    }
  }
  EXPECT_GT(count, 50u);
}

// libonnx's type of every value that it can infer, known sizes only; an unknown one is -1.
std::map<std::string, bp_tensor_type_t> inferred_types(::onnx::ModelProto* model) {
  ::onnx::shape_inference::InferShapes(*model);
  std::map<std::string, bp_tensor_type_t> types;
  const auto add = [&](const ::onnx::ValueInfoProto& info) {
    const auto& tensor = info.type().tensor_type();
    if (!info.type().has_tensor_type() || !tensor.has_shape() ||
        tensor.shape().dim_size() > static_cast<int>(BP_MAX_RANK))
      return;
    Shape shape;
    for (const auto& dim : tensor.shape().dim())
      shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
    types[info.name()] = tensor_type(static_cast<bp_dtype_t>(tensor.elem_type()), shape);
  };
  for (const auto& info : model->graph().value_info()) add(info);
  for (const auto& info : model->graph().output()) add(info);
  return types;
}

bool contradict(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  if (a.dtype != b.dtype || a.rank != b.rank) return true;
  for (uint16_t axis = 0; axis < a.rank; ++axis)
    if (a.shape[axis] >= 0 && b.shape[axis] >= 0 && a.shape[axis] != b.shape[axis]) return true;
  return false;
}

TEST_F(Agreement, NoValuesTypeContradictsTheirInference) {
  size_t count = 0;
  for (const std::string& path : published_models()) {
    const Result<graph::Graph> graph = read_model_file(path);
    if (!graph.ok()) continue;
    ::onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(bytes_of(path))) << path;
    for (const auto& [name, type] : inferred_types(&model)) {
      const graph::ValueId id = graph->find(name);
      if (id == BP_NONE) continue;
      EXPECT_FALSE(contradict(graph->value(id).type, type))
          << path << ' ' << name << ": ours " << to_text(graph->value(id).type) << ", theirs "
          << to_text(type);
      ++count;
    }
  }
  EXPECT_GT(count, 300u);
}

}  // namespace
}  // namespace backplane::onnx
