// The operators that the plugin is compared with, by oneDNN on the host's processors.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace backplane::opencl::benchmark {

// One way to compute an operator from plain row-major inputs to a plain output; constants were
// brought into oneDNN's layout before.
struct Way {
  std::string name;
  std::function<void(int times)> run;
  std::function<std::vector<float>()> result;
};

// A 3x3 convolution of `channels` images of `size` squared to as many, padded by 1.
struct Convolution {
  int64_t channels, size;
};

std::vector<Way> product_ways(int64_t n, const std::vector<float>& a, const std::vector<float>& b);
std::vector<Way> convolution_ways(const Convolution& convolution, const std::vector<float>& x,
                                  const std::vector<float>& weights);

// How many threads it works with from now on; false: it decides itself.
bool set_onednn_threads(unsigned count);

}  // namespace backplane::opencl::benchmark
