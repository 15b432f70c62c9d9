#include "graph/draft.hpp"

#include <algorithm>
#include <cmath>

#include "compare/format.hpp"
#include "run/random.hpp"

namespace backplane::conformance {
namespace {

// Above these a value is clipped before it is used again: products of two of the former, and sums
// of 36 times 3 of them, stay below 2^24; the latter keep errors in proportion.
constexpr double kMostExact = 1024;
constexpr double kMostSmooth = 16;
constexpr double kMostHalf = 16;  // of either in float16: products of sums stay below 65504
constexpr double kClippedTo = 4;

constexpr double kInputLimit = 4;

constexpr uint64_t kDeadOneIn = 12;  // of the values that nobody reads: no output either

}  // namespace

Draft::Draft(const DrawOptions& options) : options_(options), batch_(1) {
  constexpr int64_t kBatches[] = {1, 2, 3, 4};
  batch_ = one_of(kBatches);
  if (options.batch != 0) batch_ = options.batch;
  graph_.is_exact = options.is_exact;
}

uint64_t Draft::next() { return mix(mix(options_.seed) + ++counter_); }

float Draft::number(size_t value, size_t index) const {
  const uint64_t of_graph = mix(mix(options_.seed ^ 0xda7a) + options_.data_seed);
  const uint64_t word = mix(mix(of_graph + value) + index);
  return static_cast<float>(word >> 40) / static_cast<float>(1 << 24);
}

size_t Draft::add_value(const std::vector<int64_t>& shape, double limit, const char* letter) {
  DrawnValue value;
  value.name = letter + std::to_string(graph_.values.size());
  value.shape = shape;
  value.is_half = is_half_;
  graph_.values.push_back(value);
  limits_.push_back(limit);
  return graph_.values.size() - 1;
}

void Draft::fill(size_t value, float least, float most) {
  DrawnValue& filled = graph_.values[value];
  size_t count = 1;
  for (int64_t size : filled.shape) count *= static_cast<size_t>(size);
  for (size_t i = 0; i < count; ++i) {
    const float place = number(value, i);
    const float drawn = is_exact() ? std::floor(least + place * (most - least + 1))
                                   : least + place * (most - least);
    filled.data.push_back(
        filled.is_half ? static_cast<float>(rounded(kFloat16, static_cast<double>(drawn))) : drawn);
  }
}

size_t Draft::add_input(const std::vector<int64_t>& shape) {
  const size_t value = add_value(shape, kInputLimit, "x");
  fill(value, -4, 4);
  graph_.inputs.push_back(value);
  return value;
}

size_t Draft::add_constant(const std::vector<int64_t>& shape, float least, float most) {
  const size_t value =
      add_value(shape, static_cast<double>(std::max(std::abs(least), std::abs(most))), "c");
  graph_.values[value].is_constant = true;
  fill(value, least, most);
  return value;
}

size_t Draft::add_constant(const std::vector<int64_t>& shape) {
  return is_exact() ? add_constant(shape, -3, 3) : add_constant(shape, -0.5f, 0.5f);
}

size_t Draft::add_scalar(float number) {
  const size_t value = add_value({}, static_cast<double>(std::abs(number)), "c");
  graph_.values[value].is_constant = true;
  graph_.values[value].data = {number};
  return value;
}

size_t Draft::add_index(const std::vector<int64_t>& numbers) {
  const size_t value = add_value({static_cast<int64_t>(numbers.size())}, 0, "c");
  graph_.values[value].is_constant = true;
  graph_.values[value].is_index = true;
  graph_.values[value].is_half = false;
  for (const int64_t number : numbers)
    graph_.values[value].data.push_back(static_cast<float>(number));
  return value;
}

size_t Draft::node(const std::string& op, std::vector<size_t> inputs,
                   const std::vector<int64_t>& shape, double limit) {
  DrawnNode made;
  made.op = op;
  made.name = "n" + std::to_string(graph_.nodes.size());
  made.inputs = std::move(inputs);
  made.output = add_value(shape, limit, "v");
  graph_.nodes.push_back(made);
  return made.output;
}

size_t Draft::unary(const std::string& op, size_t x) {
  const double limit = op == "Tanh" || op == "Sigmoid" ? 1
                       : op == "Exp"                   ? std::exp(limits_[x])
                                                       : limits_[x];
  const size_t made = node(op, {x}, shape(x), limit);
  if (op != "LeakyRelu") return made;
  last().floats["alpha"] = is_exact() ? 2.0f : 0.25f;
  limits_[made] = 2 * limits_[x];
  return made;
}

size_t Draft::binary(const std::string& op, size_t a, size_t b) {
  const double limit = op == "Mul"                  ? limits_[a] * limits_[b]
                       : op == "Max" || op == "Min" ? std::max(limits_[a], limits_[b])
                                                    : limits_[a] + limits_[b];
  const auto count = [this](size_t value) {
    int64_t elements = 1;
    for (int64_t size : shape(value)) elements *= size;
    return elements;
  };
  const bool is_first_larger = shape(a).size() > shape(b).size() ||
                               (shape(a).size() == shape(b).size() && count(a) >= count(b));
  return node(op, {a, b}, shape(is_first_larger ? a : b), limit);
}

bool Draft::is_small_enough(size_t value, bool is_half) const {
  return limits_[value] <= (is_half ? kMostHalf : is_exact() ? kMostExact : kMostSmooth);
}

bool Draft::is_small(size_t value) const {
  return is_small_enough(value, graph_.values[value].is_half);
}

size_t Draft::cast(size_t value) {
  const size_t made = node("Cast", {value}, shape(value), limits_[value]);
  last().ints["to"] = is_half_ ? BP_DTYPE_FLOAT16 : BP_DTYPE_FLOAT32;
  kept_.push_back(made);
  return made;
}

size_t Draft::made_small(size_t value) {
  if (is_small(value) || !may_use("Clip")) return value;
  const size_t least = add_scalar(static_cast<float>(-kClippedTo));
  const size_t largest = add_scalar(static_cast<float>(kClippedTo));
  return node("Clip", {value, least, largest}, shape(value), kClippedTo);
}

void Draft::keep(size_t value) {
  value = made_small(value);
  if (is_small(value)) kept_.push_back(value);
}

size_t Draft::pick(size_t rank) {
  std::vector<size_t> offered, others;
  for (size_t value : kept_) {
    if (shape(value).size() != rank || !is_small_enough(value, is_half_)) continue;
    (graph_.values[value].is_half == is_half_ ? offered : others).push_back(value);
  }
  if (offered.empty()) return cast(others[below(others.size())]);
  // Young ones more often, so that there are chains; old ones too, so that there are many readers.
  const size_t from = is_chance(3) || offered.size() < 4 ? 0 : offered.size() - 3;
  return offered[from + below(offered.size() - from)];
}

size_t Draft::like(size_t value) {
  std::vector<size_t> offered;
  for (size_t other : kept_)
    if (other != value && shape(other) == shape(value) && graph_.values[other].is_half == is_half_)
      offered.push_back(other);
  if (!offered.empty()) return offered[below(offered.size())];
  std::vector<int64_t> own = shape(value);
  own.erase(own.begin());
  return add_constant(own);
}

void Draft::choose_outputs() {
  std::vector<bool> is_read(graph_.values.size(), false);
  for (const DrawnNode& node : graph_.nodes)
    for (size_t input : node.inputs) is_read[input] = true;
  for (const DrawnNode& node : graph_.nodes)
    if (is_read[node.output] ? is_chance(options_.outputs_one_in) : !is_chance(kDeadOneIn))
      graph_.outputs.push_back(node.output);
  if (graph_.outputs.empty() && !graph_.nodes.empty())
    graph_.outputs.push_back(graph_.nodes.back().output);
}

DrawnGraph Draft::take() {
  choose_outputs();
  return std::move(graph_);
}

}  // namespace backplane::conformance
