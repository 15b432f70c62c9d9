// The reference of graphs against the references of single operators: two that know nothing of each
// other.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "compare/accept.hpp"
#include "graph/generator.hpp"
#include "graph/graph_reference.hpp"
#include "graph/host_graph.hpp"
#include "ops/reference.hpp"
#include "problems/verdict.hpp"

namespace backplane::conformance {
namespace {

template <class T>
std::string bytes_of(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

// What its type holds of a value, in both.
void round_to_type(const DrawnValue& drawn, Bounded64* value) {
  const FloatFormat format = drawn.is_half ? kFloat16 : kFloat32;
  for (double& element : value->value)
    element = static_cast<double>(rounded(format, static_cast<Exact>(element)));
  value->error.assign(value->value.size(), 0);
}

TensorData tensor_of(const Bounded64& value, const DrawnValue& drawn) {
  if (drawn.is_index)
    return {tensor_type_of(BP_DTYPE_INT64, value.shape),
            bytes_of(std::vector<int64_t>(value.value.begin(), value.value.end()))};
  DrawnValue held = drawn;
  held.data.assign(value.value.begin(), value.value.end());
  return {tensor_type_of(dtype_of(drawn), value.shape), bytes_of(held)};
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
    request.inputs.push_back(tensor_of(values[input], graph.values[input]));
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

// Whatever the operator's own bounds accept is within the graph's.
void expect_covers(const Bounded64& bound, const Request& request, const std::string& what) {
  const std::vector<ExpectedOutput> own =
      expect(*find_reference(request.op), request, {}, Fill::kReal);
  for (size_t i = 0; i < bound.value.size(); ++i) {
    const Interval accepted = interval_of(BP_DTYPE_FLOAT16, own[0].elements[i], own[0].how);
    ASSERT_LE(static_cast<double>(accepted.highest), bound.value[i] + bound.error[i]) << what;
    ASSERT_GE(static_cast<double>(accepted.lowest), bound.value[i] - bound.error[i]) << what;
  }
}

// What every node of a graph gives of the values that its inputs hold in their types.
template <class Body>
void for_nodes(const DrawnGraph& graph, const Body& body) {
  std::vector<Bounded64> values = evaluate(graph, no_errors());
  for (size_t i = 0; i < values.size(); ++i) round_to_type(graph.values[i], &values[i]);
  for (const DrawnNode& node : graph.nodes) {
    std::vector<const Bounded64*> inputs;
    for (const size_t input : node.inputs) inputs.push_back(&values[input]);
    body(node, inputs, request_of(graph, node, values));
  }
}

DrawOptions options_of(uint64_t seed) {
  DrawOptions options;
  options.seed = seed;
  options.is_exact = seed % 3 == 0;
  options.least_nodes = 30;
  return options;
}

TEST(GraphReference, EveryOperatorIsWhatItsOwnReferenceGives) {
  std::map<std::string, int> seen;
  for (uint64_t seed = 1; seed <= 100; ++seed)
    for_nodes(draw(options_of(seed)),
              [&](const DrawnNode& node, const auto& inputs, const Request& request) {
                expect_same(evaluate(node, inputs, no_errors()), request,
                            node.op + " of seed " + std::to_string(seed));
                ++seen[node.op];
              });
  EXPECT_EQ(seen.size(), 32u);
}

// And of float16 its bound has room for all that the operator's own bounds accept.
TEST(GraphReference, EveryOperatorOfFloat16IsWhatItsOwnReferenceAccepts) {
  std::map<std::string, int> seen;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    DrawOptions options = options_of(seed);
    options.half_one_in = 1 + seed % 2;
    const DrawnGraph graph = draw(options);
    for_nodes(graph, [&](const DrawnNode& node, const auto& inputs, const Request& request) {
      if (!graph.values[node.output].is_half) return;
      const std::string what = node.op + " of seed " + std::to_string(seed);
      expect_same(evaluate(node, inputs, no_errors()), request, what);
      Bounded64 bound = evaluate(node, inputs, errors_of({}));
      store_as_half(node.op, errors_of({}), &bound);
      expect_covers(bound, request, what);
      ++seen[node.op];
    });
  }
  EXPECT_GE(seen.size(), 32u);
}

}  // namespace
}  // namespace backplane::conformance
