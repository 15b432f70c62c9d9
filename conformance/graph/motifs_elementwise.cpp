// Chains, trees, diamonds and constants of operators of one element.
#include "graph/motifs.hpp"

namespace backplane::conformance {
namespace {

constexpr const char* kUnary[] = {"Relu", "Neg", "Abs", "LeakyRelu"};
constexpr const char* kFunctions[] = {"Tanh", "Sigmoid", "Relu", "LeakyRelu", "Neg"};
constexpr const char* kBinary[] = {"Add", "Sub", "Mul", "Max", "Min", "Add", "Sum"};

size_t pick_any(Draft* draft) { return draft->pick(draft->is_chance(3) ? 4 : 2); }

// Shapes that broadcast to `shape` without changing it: the whole, rows, columns, one number.
std::vector<int64_t> shape_within(Draft* draft, std::vector<int64_t> shape) {
  if (!draft->has_batch_constants()) shape.erase(shape.begin());
  const uint64_t kind = draft->below(4);
  if (kind == 0) return shape;
  if (kind == 1) return {};
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (draft->is_chance(2)) shape[axis] = 1;
  if (kind == 2 && !shape.empty() && shape[0] == 1) shape.erase(shape.begin());
  return shape;
}

std::string usable_binary(Draft* draft) {
  for (int tries = 0; tries < 8; ++tries)
    if (const char* op = draft->one_of(kBinary); draft->may_use(op)) return op;
  return "Add";
}

size_t activate(Draft* draft) { return add_activation(draft, pick_any(draft)); }

size_t combine(Draft* draft) {
  const size_t x = pick_any(draft);
  return draft->binary(usable_binary(draft), x, draft->like(x));
}

size_t combine_with_constant(Draft* draft) {
  const size_t x = pick_any(draft);
  const size_t constant = draft->add_constant(shape_within(draft, draft->shape(x)));
  const std::string op = usable_binary(draft);
  return draft->is_chance(3) ? draft->binary(op, constant, x) : draft->binary(op, x, constant);
}

// (x op c) op d
size_t combine_twice(Draft* draft) {
  const size_t x = pick_any(draft);
  const std::string op = usable_binary(draft);
  const size_t first =
      draft->binary(op, x, draft->add_constant(shape_within(draft, draft->shape(x))));
  const size_t second =
      draft->binary(op, first, draft->add_constant(shape_within(draft, draft->shape(x))));
  return second;
}

size_t same_twice(Draft* draft) {
  const std::string op = draft->one_of(kUnary);
  const size_t x = pick_any(draft);
  return draft->may_use(op) ? draft->unary(op, draft->unary(op, x)) : x;
}

// Of constants alone, then added.
size_t constant_sum(Draft* draft) {
  const size_t x = pick_any(draft);
  std::vector<int64_t> shape = draft->shape(x);
  shape.erase(shape.begin());
  const size_t first = draft->add_constant(shape);
  const size_t second = draft->add_constant(draft->is_chance(2) ? shape : std::vector<int64_t>());
  constexpr const char* kOperators[] = {"Add", "Mul", "Sub"};
  const std::string op = draft->one_of(kOperators);
  if (!draft->may_use(op)) return x;
  return draft->binary("Add", x, draft->binary(op, first, second));
}

size_t between(Draft* draft) {
  const size_t x = pick_any(draft);
  const size_t raised = draft->binary("Max", x, draft->add_scalar(-3));
  return draft->binary("Min", raised, draft->add_scalar(3));
}

size_t max_relu(Draft* draft) {
  const size_t x = pick_any(draft);
  const size_t larger = draft->binary("Max", x, draft->like(x));
  const size_t result = draft->unary("Relu", larger);
  if (draft->is_chance(4)) draft->keep(larger);  // others may read it as well
  return result;
}

size_t diamond(Draft* draft) {
  const size_t x = pick_any(draft);
  const size_t left = add_activation(draft, x);
  const size_t right = add_activation(draft, x);
  return draft->binary(usable_binary(draft), left, right);
}

size_t tree(Draft* draft) {
  const size_t x = pick_any(draft);
  const size_t left = draft->binary("Add", x, draft->like(x));
  const size_t right = draft->binary("Add", x, draft->like(x));
  return draft->binary("Add", left, right);
}

// The same work twice, or what differs in an attribute or a constant alone.
size_t repeated(Draft* draft) {
  const size_t x = pick_any(draft);
  const size_t constant = draft->add_constant(shape_within(draft, draft->shape(x)));
  const bool is_same = !draft->is_chance(3);
  if (draft->is_chance(2) && draft->may_use("LeakyRelu")) {
    const size_t first = draft->unary("LeakyRelu", x);
    const size_t second = draft->unary("LeakyRelu", x);
    if (!is_same) draft->last().floats["alpha"] /= 2;
    return draft->binary("Sub", draft->binary("Add", first, constant), second);
  }
  const size_t other = is_same ? constant : draft->add_constant(draft->shape(constant));
  const std::string op = usable_binary(draft);
  const size_t first = draft->binary(op, x, constant);
  return draft->binary("Add", first, draft->unary("Neg", draft->binary(op, x, other)));
}

// One value with five readers.
size_t fan(Draft* draft) {
  const size_t x = add_activation(draft, pick_any(draft));
  size_t all = x;
  for (int reader = 0; reader < 4; ++reader)
    all = draft->binary("Add", all, add_activation(draft, x));
  return all;
}

size_t function(Draft* draft) {
  const std::string op = draft->one_of(kFunctions);
  const size_t x = pick_any(draft);
  return draft->may_use(op) ? draft->unary(op, x) : x;
}

size_t exponential(Draft* draft) {
  return draft->unary("Exp", draft->unary("Tanh", pick_any(draft)));
}

// The divisor is at least 1/e.
size_t division(Draft* draft) {
  const size_t x = pick_any(draft);
  const size_t divisor = draft->unary("Exp", draft->unary("Tanh", x));
  return draft->node("Div", {x, divisor}, draft->shape(x), draft->limit(x) * 2.72);
}

}  // namespace

size_t add_activation(Draft* draft, size_t x) {
  const char* op = draft->one_of(kUnary);
  return draft->may_use(op) ? draft->unary(op, x) : x;
}

std::vector<Motif> elementwise_motifs() {
  return {
      {3, true, {}, activate},
      {3, true, {"Add"}, combine},
      {3, true, {"Add"}, combine_with_constant},
      {2, true, {"Add"}, combine_twice},
      {2, true, {}, same_twice},
      {2, true, {"Add"}, constant_sum},
      {2, true, {"Max", "Min"}, between},
      {3, true, {"Max", "Relu"}, max_relu},
      {2, true, {"Add"}, diamond},
      {3, true, {"Add", "Sub", "Neg"}, repeated},
      {1, true, {"Add"}, tree},
      {1, true, {"Add"}, fan},
      {4, false, {}, function},
      {2, false, {"Exp", "Tanh"}, exponential},
      {2, false, {"Exp", "Tanh", "Div"}, division},
  };
}

}  // namespace backplane::conformance
