// A row's kernel, made and launched through the ABI on the plugin that is open.
#pragma once

#include <vector>

#include "problems/launches.hpp"
#include "problems/node.hpp"
#include "problems/problem.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

class Operation {
 public:
  // Throws CaseEnd, as unsupported when the plugin does not serve it; HostRefusal.
  Operation(Subject& subject, const Problem& problem);
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  const std::vector<bp_tensor_type_t>& outputs() const { return node_.outputs(); }
  void run(int times);  // to the end

 private:
  Subject& subject_;
  const std::vector<TensorData> inputs_;
  const ProblemNode node_;
  const std::vector<const int64_t*> dense_;
  const Owned<bp_stream_t> stream_;
  const MadeKernel kernel_;
  Launches launches_;
};

}  // namespace backplane::conformance
