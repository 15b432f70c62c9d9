#include "recurrent.hpp"

namespace backplane::cpu {

namespace {

Activation activation_of(const Node& node, std::string_view name) {
  if (name == "Sigmoid") return Activation::kSigmoid;
  if (name == "Tanh") return Activation::kTanh;
  if (name == "Relu") return Activation::kRelu;
  refuse(node, "activation " + std::string(name) + " is none of Sigmoid, Tanh, Relu");
}

void read_activations(const Node& node, uint32_t functions, RecurrentNode& read) {
  const Activation first = functions == 1 ? Activation::kTanh : Activation::kSigmoid;
  for (auto& of_direction : read.activations)
    of_direction = {first, Activation::kTanh, Activation::kTanh};
  const bp_attribute_t* given = node.attribute("activations");
  if (given == nullptr || given->count == 0) return;
  if (given->kind != BP_ATTRIBUTE_STRINGS || given->count != functions * read.directions)
    refuse(node, "activations are " + std::to_string(functions * read.directions) + " names");
  const auto* names = static_cast<const bp_string_t*>(given->data);
  for (uint32_t i = 0; i < given->count; ++i)
    read.activations[i / functions][i % functions] =
        activation_of(node, {names[i].data, static_cast<size_t>(names[i].size)});
}

void read_direction(const Node& node, RecurrentNode& read) {
  const std::string_view direction = node.string_attribute("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    refuse(node,
           "direction " + std::string(direction) + " is none of forward, reverse, bidirectional");
  read.is_reverse = direction == "reverse";
  read.directions = direction == "bidirectional" ? 2 : 1;
}

bp_tensor_type_t type_of(bp_dtype_t dtype, std::initializer_list<int64_t> shape) {
  bp_tensor_type_t type = {dtype, 0, 0, {}};
  for (const int64_t size : shape) type.shape[type.rank++] = size;
  return type;
}

void check_input(const Node& node, uint32_t index, const bp_tensor_type_t& expected) {
  if (!node.has_input(index)) return;
  const bp_tensor_type_t& found = node.input(index);
  if (!are_like(found, expected))
    refuse(node, "input " + std::to_string(index) + " is " + to_text(expected) + ", not " +
                     to_text(found));
}

void check_tensors(const Node& node, const RecurrentNode& read) {
  const bp_tensor_type_t& x = node.input(kSequence);
  const RecurrentSizes sizes(read, x);
  const int64_t hidden = read.hidden;
  const int64_t all_gates = read.gates * hidden;
  const auto ordered = [&](int64_t first, int64_t second) {
    return read.is_batch_first ? type_of(x.dtype, {second, first, hidden})
                               : type_of(x.dtype, {first, second, hidden});
  };
  const bp_tensor_type_t state = ordered(read.directions, sizes.batch);
  check_input(node, kWeights, type_of(x.dtype, {read.directions, all_gates, sizes.input}));
  check_input(node, kRecurrence, type_of(x.dtype, {read.directions, all_gates, hidden}));
  check_input(node, kBias, type_of(x.dtype, {read.directions, 2 * all_gates}));
  check_input(node, kLengths, type_of(BP_DTYPE_INT32, {sizes.batch}));
  check_input(node, kInitialState, state);
  check_input(node, kInitialCell, state);
  check_input(node, kPeepholes, type_of(x.dtype, {read.directions, 3 * hidden}));
  if (node.has_output(kStates))
    check_follows(node, kStates,
                  read.is_batch_first
                      ? type_of(x.dtype, {sizes.batch, sizes.steps, read.directions, hidden})
                      : type_of(x.dtype, {sizes.steps, read.directions, sizes.batch, hidden}));
  for (const uint32_t i : {kLastState, kLastCell})
    if (node.has_output(i)) check_follows(node, i, state);
}

}  // namespace

RecurrentNode check_recurrent(const Node& node, int64_t gates, uint32_t functions,
                              uint32_t input_count, uint32_t output_count) {
  check_counts(node, input_count, output_count);
  const bp_tensor_type_t& x = node.input(kSequence);
  if (!is_float(x.dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(x.dtype));
  if (x.rank != 3 || node.input(kWeights).rank != 3 || node.input(kRecurrence).rank != 3)
    refuse(node, "X, W and R have three axes");
  RecurrentNode read;
  read.gates = gates;
  read_direction(node, read);
  read_activations(node, functions, read);
  read.is_batch_first = node.int_attribute("layout", 0) != 0;
  read.hidden = node.int_attribute("hidden_size", node.input(kRecurrence).shape[2]);
  if (read.hidden < 1 || read.hidden > int64_t{1} << 24)
    refuse(node, "a hidden_size that is known is wanted, not " + std::to_string(read.hidden));
  if (node.attribute("clip") != nullptr)
    read.clip = static_cast<double>(node.float_attribute("clip", 0));
  if (!(read.clip >= 0)) refuse(node, "clip is below 0");
  check_tensors(node, read);
  return read;
}

}  // namespace backplane::cpu
