#include "perf/operation.hpp"

#include "problems/fill.hpp"

namespace backplane::conformance {
namespace {

std::vector<TensorData> inputs_of(const Problem& problem, uint64_t seed) {
  const Reference* reference = find_reference(problem.op);
  require(reference != nullptr, "there is no reference of " + problem.op);
  return request_of(problem, *reference, Fill::kReal, seed).inputs;
}

std::vector<bp_tensor_type_t> types_of(const std::vector<TensorData>& tensors) {
  std::vector<bp_tensor_type_t> types;
  for (const TensorData& tensor : tensors) types.push_back(tensor.type);
  return types;
}

}  // namespace

Operation::Operation(Subject& subject, const Problem& problem)
    : subject_(subject),
      inputs_(inputs_of(problem, subject.seed())),
      node_(problem, types_of(inputs_), inputs_),
      dense_(node_.node().input_count, nullptr),
      stream_(subject.stream()),
      kernel_(subject, node_.node()),
      launches_(subject, kernel_, dense_, stream_.get(),
                [&](size_t) { return first_byte_slot(subject, stream_.get()); }) {
  launches_.prepare(launch_data(node_, inputs_), surroundings(0));
}

void Operation::run(int times) {
  for (int i = 0; i < times; ++i) subject_.check(launches_.launch(), "launch");
  subject_.finish(stream_.get());
}

}  // namespace backplane::conformance
