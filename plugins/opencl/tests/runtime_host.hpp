// The host runtime with the cpu and the opencl plugin, and one small model that both can run.
#pragma once

#include <backplane/runtime.hpp>
#include <mutex>
#include <string>
#include <vector>

namespace backplane::opencl::tests {

class RuntimeHost {
 public:
  RuntimeHost();

  const bp::rt::Runtime& rt() const { return *runtime_; }
  // All that was logged, a line each.
  std::string log();

 private:
  std::mutex mutex_;
  std::string log_;
  std::unique_ptr<bp::rt::Runtime> runtime_;
};

// Softmax(Relu(x W + b)) with x of 4 x 32, W of 32 x 16, on its own run.
class SmallModel {
 public:
  SmallModel(const RuntimeHost& host, const bp::rt::Device& device);
  // The 4 x 16 values for the x that `seed` stands for.
  std::vector<float> run(uint32_t seed);

 private:
  bp::rt::Graph graph_;
  bp::rt::Session session_;
  bp::rt::Run run_;
};

}  // namespace backplane::opencl::tests
