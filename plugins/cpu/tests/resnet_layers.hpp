// The convolutions of ResNet-50's body, batch 1: bottleneck blocks [3, 4, 6, 3] at 56 to 7.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace backplane::cpu::benchmark {

struct Layer {
  int64_t inputs, outputs, size, window, stride;  // channels; of the source; of the kernel
  bool has_relu;
  std::vector<float> weights, bias;

  int64_t target_size() const { return size / stride; }
};

struct Block {
  Layer reduce, middle, expand;
  std::vector<Layer> shortcut;  // none or one
};

// Numbers of which sums stay as large as what is summed.
inline Layer make_layer(int64_t inputs, int64_t outputs, int64_t size, int64_t window,
                        int64_t stride, bool has_relu) {
  Layer layer = {inputs, outputs, size, window, stride, has_relu, {}, {}};
  const int64_t terms = inputs * window * window;
  const double scale = std::sqrt(3.0 / static_cast<double>(terms));
  uint32_t state = 1;
  for (int64_t i = 0; i < outputs * terms; ++i) {
    state = state * 1664525 + 1013904223;
    const double unit = static_cast<double>(state >> 8) * 0x1p-23 - 1.0;
    layer.weights.push_back(static_cast<float>(unit * scale));
  }
  layer.bias.assign(static_cast<size_t>(outputs), 0.01F);
  return layer;
}

inline std::vector<Block> resnet_blocks() {
  constexpr int64_t kBlocks[] = {3, 4, 6, 3};
  std::vector<Block> blocks;
  int64_t inputs = 64, size = 56;
  for (int64_t stage = 0; stage < 4; ++stage)
    for (int64_t number = 0; number < kBlocks[stage]; ++number) {
      const int64_t width = 64 << stage, stride = stage > 0 && number == 0 ? 2 : 1;
      Block block = {make_layer(inputs, width, size, 1, 1, true),
                     make_layer(width, width, size, 3, stride, true),
                     make_layer(width, 4 * width, size / stride, 1, 1, false),
                     {}};
      if (number == 0)
        block.shortcut.push_back(make_layer(inputs, 4 * width, size, 1, stride, false));
      blocks.push_back(std::move(block));
      inputs = 4 * width;
      size /= stride;
    }
  return blocks;
}

}  // namespace backplane::cpu::benchmark
