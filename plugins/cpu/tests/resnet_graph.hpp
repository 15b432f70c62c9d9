// The same layers as a graph through the C API of the host.
#pragma once

#include <backplane/runtime.hpp>
#include <string>
#include <vector>

#include "resnet_layers.hpp"

namespace backplane::cpu::benchmark {

class GraphBuilder {
 public:
  GraphBuilder(bp_rt_t* runtime, const std::vector<Block>& blocks) {
    bp_graph_t* made = nullptr;
    bp::rt::check(bp_rt_graph_create(runtime, &made));
    graph_ = bp::rt::Graph(made);
    const Layer& first = blocks[0].reduce;
    const bp_tensor_type_t type = image(first.inputs, first.size);
    bp_value_id_t at = BP_NONE;
    bp::rt::check(bp_rt_graph_add_input(graph_.get(), "x", &type, &at));
    for (const Block& block : blocks) {
      const bp_value_id_t shortcut = block.shortcut.empty() ? at : convolve(block.shortcut[0], at);
      const bp_value_id_t middle = convolve(block.middle, convolve(block.reduce, at));
      at = node("Relu", 14, {node("Add", 14, {convolve(block.expand, middle), shortcut}, {})}, {});
    }
    bp::rt::check(bp_rt_graph_add_output(graph_.get(), "y", at));
  }

  bp_graph_t* get() const { return graph_.get(); }

  static bp_tensor_type_t image(int64_t channels, int64_t size) {
    return bp::rt::tensor_type(BP_DTYPE_FLOAT32, {1, channels, size, size});
  }

 private:
  bp_value_id_t constant(const bp_tensor_type_t& type, const std::vector<float>& values) {
    const bp_constant_t made = {type, values.data(), 0};
    bp_value_id_t value = BP_NONE;
    bp::rt::check(bp_rt_graph_add_constant(graph_.get(), &made, nullptr, nullptr, &value));
    return value;
  }
  bp_value_id_t node(const char* op, uint32_t since, const std::vector<bp_value_id_t>& inputs,
                     const std::vector<bp_attribute_t>& attributes) {
    const std::string name = "n" + std::to_string(count_++);
    bp_node_t made = {};
    made.struct_size = sizeof made;
    made.since = since;
    made.domain = "";
    made.op = op;
    made.name = name.c_str();
    made.input_count = static_cast<uint32_t>(inputs.size());
    made.output_count = 1;
    std::vector<bp_tensor_type_t> types;
    for (const bp_value_id_t input : inputs)
      types.push_back(*bp_rt_graph_view()->get_value(graph_.get(), input)->type);
    made.inputs = types.data();
    made.attribute_count = static_cast<uint32_t>(attributes.size());
    made.attributes = attributes.data();
    bp_node_id_t added = BP_NONE;
    bp::rt::check(bp_rt_graph_add_node(graph_.get(), &made, inputs.data(), &added));
    return bp_rt_graph_view()->get_output(graph_.get(), added, 0);
  }
  bp_value_id_t convolve(const Layer& layer, bp_value_id_t source) {
    const int64_t pad = layer.window / 2;
    const std::vector<int64_t> pads(4, pad), strides(2, layer.stride);
    const bp_tensor_type_t of_weights = bp::rt::tensor_type(
        BP_DTYPE_FLOAT32, {layer.outputs, layer.inputs, layer.window, layer.window});
    const bp_tensor_type_t of_bias = bp::rt::tensor_type(BP_DTYPE_FLOAT32, {layer.outputs});
    const bp_value_id_t weights = constant(of_weights, layer.weights);
    const bp_value_id_t bias = constant(of_bias, layer.bias);
    const bp_value_id_t value = node("Conv", 11, {source, weights, bias},
                                     {{"pads", BP_ATTRIBUTE_INTS, 4, pads.data()},
                                      {"strides", BP_ATTRIBUTE_INTS, 2, strides.data()}});
    return layer.has_relu ? node("Relu", 14, {value}, {}) : value;
  }

  bp::rt::Graph graph_;
  int count_ = 0;
};

}  // namespace backplane::cpu::benchmark
