// The reference of graphs against the references of single operators: two that know nothing of each
// other.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "graph/generator.hpp"
#include "graph/graph_reference.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

template <class T>
std::string bytes_of(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

// What float32 holds of a value, in both.
void round_to_float(Bounded64* value) {
  for (double& element : value->value) element = static_cast<double>(static_cast<float>(element));
  value->error.assign(value->value.size(), 0);
}

TensorData tensor_of(const Bounded64& value, bool is_index) {
  if (is_index)
    return {tensor_type_of(BP_DTYPE_INT64, value.shape),
            bytes_of(std::vector<int64_t>(value.value.begin(), value.value.end()))};
  return {tensor_type_of(BP_DTYPE_FLOAT32, value.shape),
          bytes_of(std::vector<float>(value.value.begin(), value.value.end()))};
}

Request request_of(const DrawnGraph& graph, const DrawnNode& node,
                   const std::vector<Bounded64>& values) {
  Request request;
  request.op = node.op;
  for (const auto& [name, list] : node.lists) {
    request.settings[name].integers = list;
    request.settings[name].is_list = true;
  }
  for (const auto& [name, number] : node.ints) request.settings[name].integers = {number};
  for (const auto& [name, number] : node.floats)
    request.settings[name].numbers = {static_cast<double>(number)};
  for (const size_t input : node.inputs)
    request.inputs.push_back(tensor_of(values[input], graph.values[input].is_index));
  return request;
}

void expect_same(const Bounded64& came, const Request& request, const std::string& what) {
  const Reference* reference = find_reference(request.op);
  ASSERT_NE(reference, nullptr) << what;
  const Types types = reference->infer(request);
  EXPECT_EQ(came.shape, sizes_of(types[0])) << what;
  Call<Bounded> call = make_call<Bounded>(request, types);
  reference->bounded(call);
  ASSERT_EQ(came.value.size(), call.out().elements.size()) << what;
  for (size_t i = 0; i < came.value.size(); ++i) {
    const auto wanted = static_cast<double>(call.out().elements[i].value);
    ASSERT_NEAR(came.value[i], wanted, 1e-9 * (1 + std::abs(wanted))) << what << " " << i;
  }
}

TEST(GraphReference, EveryOperatorIsWhatItsOwnReferenceGives) {
  std::map<std::string, int> seen;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    DrawOptions options;
    options.seed = seed;
    options.is_exact = seed % 3 == 0;
    options.least_nodes = 20;
    const DrawnGraph graph = draw(options);
    std::vector<Bounded64> values = evaluate(graph, no_errors());
    for (Bounded64& value : values) round_to_float(&value);
    for (const DrawnNode& node : graph.nodes) {
      std::vector<const Bounded64*> inputs;
      for (const size_t input : node.inputs) inputs.push_back(&values[input]);
      expect_same(evaluate(node, inputs, no_errors()), request_of(graph, node, values),
                  node.op + " of seed " + std::to_string(seed));
      ++seen[node.op];
    }
  }
  EXPECT_EQ(seen.size(), 32u);
}

}  // namespace
}  // namespace backplane::conformance
