// Passes that work constants into what reads them.
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "passes.hpp"

namespace backplane::selftest {
namespace {

using plugin::Graph;
using plugin::NodeDraft;

bool is_float(const bp_tensor_type_t& type) { return type.dtype == BP_DTYPE_FLOAT32; }

int64_t size_from_behind(const bp_tensor_type_t& type, uint16_t axis) {
  return axis < type.rank ? type.shape[type.rank - 1 - axis] : 1;
}

// ---- of two constants a third

bp_tensor_type_t broadcast(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  bp_tensor_type_t type = a.rank > b.rank ? a : b;
  for (uint16_t axis = 0; axis < type.rank; ++axis) {
    const int64_t size = size_from_behind(a, axis);
    type.shape[type.rank - 1 - axis] = size == 1 ? size_from_behind(b, axis) : size;
  }
  return type;
}

float element(const bp_constant_t& constant, const bp_tensor_type_t& type, int64_t at) {
  int64_t place = 0;
  int64_t step = 1;
  for (uint16_t axis = 0; axis < type.rank; ++axis) {
    const int64_t size = size_from_behind(type, axis);
    const int64_t own = size_from_behind(constant.type, axis);
    place += (own == 1 ? 0 : at % size) * step;
    step *= own;
    at /= size;
  }
  return static_cast<const float*>(constant.data)[place];
}

float combined(char op, float a, float b) {
  float result = op == '+' ? a + b : op == '-' ? a - b : a * b;
  if (is_planted(PassFault::kFoldsShort)) {
    uint32_t bits;
    std::memcpy(&bits, &result, sizeof bits);
    bits &= 0xffff0000u;
    std::memcpy(&result, &bits, sizeof bits);
  }
  return result;
}

std::vector<float> folded(const std::string& name, char op, const bp_constant_t& a,
                          const bp_constant_t& b, const bp_tensor_type_t& type) {
  static std::map<std::string, std::vector<float>> known;
  int64_t count = 1;
  for (uint16_t axis = 0; axis < type.rank; ++axis) count *= type.shape[axis];
  const auto before = known.find(name);
  if (is_planted(PassFault::kRemembersNames) && before != known.end() &&
      before->second.size() == static_cast<size_t>(count))
    return before->second;
  std::vector<float> values;
  for (int64_t at = 0; at < count; ++at)
    values.push_back(combined(op, element(a, type, at), element(b, type, at)));
  if (is_planted(PassFault::kRemembersNames)) known[name] = values;
  return values;
}

char sign_of(const Graph& graph, bp_node_id_t node) {
  return graph.is(node, "Add")   ? '+'
         : graph.is(node, "Sub") ? '-'
         : graph.is(node, "Mul") ? '*'
                                 : 0;
}

void fold(Graph* graph, bp_node_id_t node) {
  const char op = sign_of(*graph, node);
  if (op == 0) return;
  const bp_constant_t* a = graph->constant(graph->input(node, 0));
  const bp_constant_t* b = graph->constant(graph->input(node, 1));
  const bp_value_id_t output = graph->output(node, 0);
  if (a == nullptr || b == nullptr || !is_float(a->type) ||
      graph->value(output)->is_graph_output != 0)
    return;
  bp_constant_t constant = {};
  constant.type = broadcast(a->type, b->type);
  const std::vector<float> values = folded(graph->node(node)->name, op, *a, *b, constant.type);
  constant.data = values.data();
  graph->replace(output, graph->add(constant));
  graph->remove(node);
}

// ---- a product and a bias

constexpr float kOne = 1;
constexpr int64_t kNo = 0;
const bp_attribute_t kPlainGemm[] = {
    {"alpha", BP_ATTRIBUTE_FLOAT, 1, &kOne},
    {"beta", BP_ATTRIBUTE_FLOAT, 1, &kOne},
    {"transA", BP_ATTRIBUTE_INT, 1, &kNo},
    {"transB", BP_ATTRIBUTE_INT, 1, &kNo},
};

bp_node_t plain_gemm() {
  bp_node_t node = {};
  node.attributes = kPlainGemm;
  node.attribute_count = sizeof kPlainGemm / sizeof *kPlainGemm;
  return node;
}

bool is_product(const Graph& graph, bp_node_id_t node) {
  if (graph.is(node, "MatMul"))
    return graph.node(node)->inputs[0].rank == 2 && graph.node(node)->inputs[1].rank == 2;
  return graph.is(node, "Gemm") &&
         (graph.node(node)->input_count == 2 || graph.node(node)->inputs[2].dtype == 0);
}

// Does it stay as it is when it becomes C of a Gemm with such a result?
bool is_bias(const bp_tensor_type_t& bias, const bp_tensor_type_t& result) {
  if (!is_float(bias) || bias.rank > 2) return false;
  for (uint16_t axis = 0; axis < 2; ++axis) {
    const int64_t size = size_from_behind(bias, axis);
    if (size != 1 && size != size_from_behind(result, axis)) return false;
  }
  return true;
}

// The other operand of an Add, where that is a constant; or BP_NONE.
bp_value_id_t bias_of(const Graph& graph, bp_node_id_t add, bp_value_id_t product) {
  const bp_value_id_t other =
      graph.input(add, 0) == product ? graph.input(add, 1) : graph.input(add, 0);
  const bp_constant_t* constant = graph.constant(other);
  return constant != nullptr && is_bias(constant->type, *graph.value(product)->type) ? other
                                                                                     : BP_NONE;
}

// [N,1] taken for [N].
bp_value_id_t turned(Graph* graph, bp_value_id_t bias, const bp_tensor_type_t& result) {
  const bp_constant_t& old = *graph->constant(bias);
  const bool is_column = old.type.rank == 2 && old.type.shape[1] == 1 && old.type.shape[0] > 1;
  if (!is_planted(PassFault::kBiasAlongRows) || !is_column || result.shape[0] != result.shape[1])
    return bias;
  bp_constant_t row = old;
  row.id = 0;
  row.type.rank = 1;
  return graph->add(row);
}

bp_value_id_t cast(Graph* graph, bp_value_id_t value, bp_dtype_t dtype) {
  bp_tensor_type_t type = *graph->value(value)->type;
  type.dtype = dtype;
  NodeDraft draft("", "Cast", 13, "");
  draft.add_int("to", dtype);
  draft.add_input(value);
  draft.add_output(type);
  return graph->output(graph->add(draft), 0);
}

bp_value_id_t first_operand(Graph* graph, bp_value_id_t value) {
  if (!is_planted(PassFault::kRoundsOperands)) return value;
  return cast(graph, cast(graph, value, BP_DTYPE_FLOAT16), BP_DTYPE_FLOAT32);
}

void fuse_bias(Graph* graph, bp_node_id_t product) {
  const bp_value_id_t between = graph->output(product, 0);
  const bp_node_id_t add = graph->only_consumer(between);
  if (!graph->is(add, "Add")) return;
  const bp_value_id_t bias = bias_of(*graph, add, between);
  if (bias == BP_NONE) return;
  const bp_tensor_type_t& type = *graph->value(between)->type;
  const bp_node_t plain = plain_gemm();
  const bp_tensor_type_t& weights = graph->node(product)->inputs[1];
  const bool is_forgotten =
      is_planted(PassFault::kForgetsAttributes) && weights.shape[0] == weights.shape[1];
  const bool is_gemm = graph->is(product, "Gemm");
  NodeDraft draft("", "Gemm", 13, graph->node(product)->name);
  draft.copy_attributes(is_gemm && !is_forgotten ? *graph->node(product) : plain);
  draft.add_input(first_operand(graph, graph->input(product, 0)));
  draft.add_input(graph->input(product, 1));
  draft.add_input(turned(graph, bias, type));
  draft.add_output(type);
  graph->replace(graph->output(add, 0), graph->output(graph->add(draft), 0));
  graph->remove(add);
  graph->remove(product);
}

}  // namespace

void fold_constants(Graph* graph) {
  graph->for_nodes([graph](bp_node_id_t node) { fold(graph, node); });
}

void fuse_gemm_bias(Graph* graph) {
  graph->for_nodes([graph](bp_node_id_t node) {
    if (is_product(*graph, node)) fuse_bias(graph, node);
  });
}

}  // namespace backplane::selftest
