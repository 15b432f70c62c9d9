// The same layers as a programmer would write them for oneDNN: one layout from end to end, Relu and
// sums as post-operations.
#pragma once

#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

#include "resnet_layers.hpp"

namespace backplane::cpu::benchmark {

class ByHand {
 public:
  using Tag = dnnl::memory::format_tag;

  ByHand(const std::vector<Block>& blocks, Tag layout, const float* source) : layout_(layout) {
    const Layer& first = blocks[0].reduce;
    dnnl::memory at = image(first.inputs, first.size);
    reorder(dense(first.inputs, first.size, const_cast<float*>(source)), at);
    for (const Block& block : blocks) {
      dnnl::memory shortcut = at;
      if (!block.shortcut.empty()) shortcut = add(block.shortcut[0], at, nullptr);
      const dnnl::memory middle = add(block.middle, add(block.reduce, at, nullptr), nullptr);
      at = add(block.expand, middle, &shortcut);
    }
    result_ = at;
  }

  void run() {
    for (Step& step : steps_) step.primitive.execute(stream_, step.arguments);
    stream_.wait();
  }
  std::vector<float> result(int64_t channels, int64_t size) {
    std::vector<float> found(static_cast<size_t>(channels * size * size));
    dnnl::memory target = dense(channels, size, found.data());
    reorder(result_, target);
    return found;
  }

 private:
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;
  };
  static constexpr auto kFloat = dnnl::memory::data_type::f32;

  dnnl::memory image(int64_t channels, int64_t size) {
    return {{{1, channels, size, size}, kFloat, layout_}, engine_};
  }
  dnnl::memory dense(int64_t channels, int64_t size, float* data) {
    return {{{1, channels, size, size}, kFloat, Tag::nchw}, engine_, data};
  }
  void reorder(dnnl::memory from, dnnl::memory to) {
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
  }

  // `added`, if any, comes before the Relu.
  dnnl::memory add(const Layer& layer, const dnnl::memory& source, const dnnl::memory* added) {
    const int64_t pad = layer.window / 2;
    const dnnl::memory target = image(layer.outputs, layer.target_size());
    dnnl::post_ops after;
    if (added != nullptr) after.append_binary(dnnl::algorithm::binary_add, target.get_desc());
    if (layer.has_relu || added != nullptr)
      after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    const dnnl::memory::dims sizes = {layer.outputs, layer.inputs, layer.window, layer.window};
    const dnnl::convolution_forward::desc desc(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, source.get_desc(),
        {sizes, kFloat, Tag::any}, {{layer.outputs}, kFloat, Tag::a}, target.get_desc(),
        {layer.stride, layer.stride}, {pad, pad}, {pad, pad});
    const dnnl::convolution_forward::primitive_desc made(desc, attributes, engine_);
    dnnl::memory weights(made.weights_desc(), engine_);
    reorder({{sizes, kFloat, Tag::oihw}, engine_, const_cast<float*>(layer.weights.data())},
            weights);
    const dnnl::memory bias(made.bias_desc(), engine_, const_cast<float*>(layer.bias.data()));
    steps_.push_back({dnnl::convolution_forward(made),
                      {{DNNL_ARG_SRC, source},
                       {DNNL_ARG_WEIGHTS, weights},
                       {DNNL_ARG_BIAS, bias},
                       {DNNL_ARG_DST, target}}});
    if (added != nullptr)
      steps_.back().arguments[DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1] = *added;
    return target;
  }

  Tag layout_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<Step> steps_;
  dnnl::memory result_;
};

}  // namespace backplane::cpu::benchmark
