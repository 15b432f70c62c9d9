// Test only: models as few words as possible, written with the format's own classes.
#pragma once

#include <string>
#include <vector>

#include "onnx/proto.hpp"
#include "onnx/reader.hpp"

namespace backplane::onnx {

constexpr int kFloat = format::TensorProto::FLOAT;
constexpr int kInt64 = format::TensorProto::INT64;
constexpr int kBool = format::TensorProto::BOOL;

class ModelBuilder {
 public:
  ModelBuilder() {
    proto.set_ir_version(8);
    proto.add_opset_import()->set_version(17);
    proto.mutable_graph()->set_name("test");
  }

  format::ValueInfoProto& input(const std::string& name, const std::vector<int64_t>& dims,
                                int dtype = kFloat) {
    return describe(graph().add_input(), name, dims, dtype);
  }
  format::ValueInfoProto& input(const std::string& name) {
    graph().add_input()->set_name(name);
    return *graph().mutable_input(graph().input_size() - 1);
  }
  format::ValueInfoProto& output(const std::string& name, const std::vector<int64_t>& dims,
                                 int dtype = kFloat) {
    return describe(graph().add_output(), name, dims, dtype);
  }
  format::ValueInfoProto& output(const std::string& name) {
    graph().add_output()->set_name(name);
    return *graph().mutable_output(graph().output_size() - 1);
  }
  format::ValueInfoProto& value(const std::string& name, const std::vector<int64_t>& dims,
                                int dtype = kFloat) {
    return describe(graph().add_value_info(), name, dims, dtype);
  }

  format::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs, const std::string& name = "") {
    format::NodeProto& result = *graph().add_node();
    result.set_op_type(op);
    if (!name.empty()) result.set_name(name);
    for (const std::string& input : inputs) result.add_input(input);
    for (const std::string& output : outputs) result.add_output(output);
    return result;
  }

  format::TensorProto& floats(const std::string& name, const std::vector<int64_t>& dims,
                              const std::vector<float>& values) {
    format::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(kFloat);
    for (const int64_t size : dims) tensor.add_dims(size);
    for (const float each : values) tensor.add_float_data(each);
    return tensor;
  }
  format::TensorProto& integers(const std::string& name, const std::vector<int64_t>& values) {
    format::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(kInt64);
    tensor.add_dims(static_cast<int64_t>(values.size()));
    for (const int64_t each : values) tensor.add_int64_data(each);
    return tensor;
  }

  // A model that reads: y = Relu(x).
  static ModelBuilder relu() {
    ModelBuilder model;
    model.input("x", {2, 3});
    model.output("y", {2, 3});
    model.node("Relu", {"x"}, {"y"}, "r");
    return model;
  }

  format::GraphProto& graph() { return *proto.mutable_graph(); }
  Result<graph::Graph> read(const ReadOptions& options = {}) const {
    const std::string bytes = proto.SerializeAsString();
    return read_model(bytes.data(), bytes.size(), options);
  }
  // "CORRUPT: the model has no graph", or "OK".
  std::string failure(const ReadOptions& options = {}) const {
    const Result<graph::Graph> result = read(options);
    if (result.ok()) return "OK";
    return std::string(status_name(result.status().code())) + ": " + result.status().text();
  }

  format::ModelProto proto;

 private:
  static format::ValueInfoProto& describe(format::ValueInfoProto* info, const std::string& name,
                                          const std::vector<int64_t>& dims, int dtype) {
    info->set_name(name);
    format::TypeProto::Tensor& tensor = *info->mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(dtype);
    tensor.mutable_shape();
    for (const int64_t size : dims) tensor.mutable_shape()->add_dim()->set_dim_value(size);
    return *info;
  }
};

inline format::AttributeProto& add_attribute(format::NodeProto& node, const std::string& name,
                                             format::AttributeProto::AttributeType type) {
  format::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

// `body` is a model for its graph's sake.
inline void add_body(format::NodeProto& node, const std::string& name, const ModelBuilder& body) {
  *add_attribute(node, name, format::AttributeProto::GRAPH).mutable_g() = body.proto.graph();
}

}  // namespace backplane::onnx
