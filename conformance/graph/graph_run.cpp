#include "graph/graph_run.hpp"

#include <algorithm>

#include "compare/element.hpp"
#include "graph/host_graph.hpp"
#include "graph/typing.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

constexpr size_t kMostKernels = 1500;  // kept at once

template <class T>
void put(const T& value, std::string* key) {
  key->append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_type(const bp_tensor_type_t& type, std::string* key) {
  put(type.dtype, key);
  put(type.rank, key);
  for (uint16_t axis = 0; axis < type.rank; ++axis) put(type.shape[axis], key);
}

void put_constant(const ops::ConstantPtr& constant, std::string* key) {
  put(constant != nullptr, key);
  if (constant == nullptr) return;
  put_type(constant->type, key);
  const Result<uint64_t> size = byte_size(constant->type);
  key->append(static_cast<const char*>(constant->bytes()), size.ok() ? *size : 0);
}

void put_attribute(const ops::Attribute& attribute, std::string* key) {
  *key += attribute.name + '=';
  for (float value : attribute.floats) put(value, key);
  for (int64_t value : attribute.ints) put(value, key);
  for (const std::string& value : attribute.strings) *key += value + '\0';
  put_constant(attribute.tensor, key);
}

// Nodes of one key are the same but for their names.
std::string key_of(const ops::Operator& op, const std::vector<bp_tensor_type_t>& inputs,
                   const std::vector<bp_tensor_type_t>& outputs,
                   const std::vector<ops::ConstantPtr>& constants) {
  std::string key = op.domain + ':' + op.op + ':' + std::to_string(op.since) + ':';
  for (const ops::Attribute& attribute : op.attributes) put_attribute(attribute, &key);
  for (const bp_tensor_type_t& type : inputs) put_type(type, &key);
  key += '>';
  for (const bp_tensor_type_t& type : outputs) put_type(type, &key);
  for (const ops::ConstantPtr& constant : constants) put_constant(constant, &key);
  return key;
}

TensorBytes bytes_of(const ops::Constant& constant) {
  const Result<uint64_t> size = byte_size(constant.type);
  return {constant.type, std::string(static_cast<const char*>(constant.bytes()), *size)};
}

// Edges of the graph that no node makes.
std::vector<TensorBytes> given_values(const graph::Graph& graph, const DrawnGraph& drawn) {
  std::vector<TensorBytes> values = constant_values(graph);
  for (size_t input : drawn.inputs) {
    const graph::ValueId id = graph.find(drawn.values[input].name);
    require(id != BP_NONE, "the graph has lost its input " + drawn.values[input].name);
    values[id] = {graph.value(id).type, bytes_of(drawn.values[input])};
  }
  return values;
}

std::vector<float> floats_of(const TensorBytes& tensor) {
  const bp_dtype_t dtype = tensor.type.dtype;
  std::vector<float> values(tensor.bytes.size() / element_bytes(dtype));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(float_element(dtype, tensor.bytes.data(), i));
  return values;
}

}  // namespace

std::vector<TensorBytes> constant_values(const graph::Graph& graph) {
  std::vector<TensorBytes> values(graph.values().size());
  for (graph::ValueId id = 0; id < values.size(); ++id)
    if (const graph::Value& value = graph.value(id); value.constant != nullptr)
      values[id] = bytes_of(*value.constant);
  return values;
}

struct GraphRun::Prepared {
  Prepared(Subject& subject, bp_stream_t* stream, const ops::AbiNode& node)
      : kernel(subject, node.node()),
        strides(kernel.input_count(), nullptr),
        launches(subject, kernel, strides, stream) {}

  MadeKernel kernel;
  std::vector<const int64_t*> strides;
  Launches launches;
};

GraphRun::GraphRun(Subject& subject) : subject_(subject), stream_(subject.stream()) {}
GraphRun::~GraphRun() = default;

GraphRun::Prepared& GraphRun::prepared(const graph::Graph& graph, graph::NodeId id) {
  const graph::Node& node = graph.node(id);
  const std::vector<bp_tensor_type_t> inputs = graph::types_of(graph, node.inputs);
  const std::vector<bp_tensor_type_t> outputs = graph::types_of(graph, node.outputs);
  const std::vector<ops::ConstantPtr> constants = graph::constants_of(graph, node.inputs);
  if (kernels_.size() > kMostKernels) kernels_.clear();
  std::unique_ptr<Prepared>& kept = kernels_[key_of(node.op, inputs, outputs, constants)];
  if (kept != nullptr) return *kept;
  subject_.begin_step(("making the kernel of a graph's " + node.op.op).c_str());
  const ops::AbiNode abi(node.op, inputs, outputs, constants);
  kept = std::make_unique<Prepared>(subject_, stream_.get(), abi);
  const Declared declared = kept->kernel.declared();
  if (precision_class(declared) > precision_class(least_exact_)) least_exact_ = declared;
  return *kept;
}

void GraphRun::run_node(const graph::Graph& graph, graph::NodeId id,
                        std::vector<TensorBytes>* values) {
  const graph::Node& node = graph.node(id);
  Prepared& kernel = prepared(graph, id);
  LaunchData data;
  for (graph::ValueId input : node.inputs)
    data.inputs.push_back(input != BP_NONE ? (*values)[input] : TensorBytes{});
  data.outputs = graph::types_of(graph, node.outputs);
  std::vector<TensorBytes> outputs = kernel.launches.run(data, surroundings(launches_++));
  for (size_t i = 0; i < node.outputs.size(); ++i)
    if (node.outputs[i] != BP_NONE) (*values)[node.outputs[i]] = std::move(outputs[i]);
}

std::vector<TensorBytes> GraphRun::run(const graph::Graph& graph, std::vector<TensorBytes> values) {
  for (graph::NodeId id = 0; id < graph.nodes().size(); ++id) run_node(graph, id, &values);
  std::vector<TensorBytes> outputs;
  for (graph::ValueId output : graph.outputs()) outputs.push_back(values[output]);
  return outputs;
}

std::vector<std::vector<float>> GraphRun::run(const graph::Graph& graph, const DrawnGraph& drawn) {
  std::vector<std::vector<float>> outputs;
  for (const TensorBytes& output : run(graph, given_values(graph, drawn)))
    outputs.push_back(floats_of(output));
  return outputs;
}

}  // namespace backplane::conformance
