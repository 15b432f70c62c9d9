// Add Sub Mul Div Pow for two inputs, Relu Sigmoid Tanh Sqrt for one: one function of
// elementwise.cl each, for every element type that has it.
#include "sources.hpp"
#include "walk.hpp"

namespace backplane::opencl {

namespace {

struct Function {
  const char* op;
  const char* name;  // in elementwise.cl
};

constexpr Function kFunctions[] = {
    {"Add", "add"},         {"Sub", "subtract"},     {"Mul", "multiply"},
    {"Div", "divide"},      {"Pow", "power"},        {"Relu", "positive_part"},
    {"Sigmoid", "sigmoid"}, {"Sqrt", "square_root"}, {"Tanh", "hyperbolic_tangent"},
};

std::string options_of(const Node& node) {
  std::string options = element_option(node.input(0).dtype);
  for (const Function& function : kFunctions)
    if (node.op() == function.op) options += std::string(" -DOP=") + function.name;
  if (node.input_count() < 2) return options;
  if (node.input(1).dtype != node.input(0).dtype)
    options += std::string(" -DSECOND=") + element_name(node.input(1).dtype);
  return options + " -DIS_BINARY=1";
}

class Unary : public Kernel {
 public:
  Unary(Device& device, const std::string& options)
      : compute_(device, kElementwiseSource, options, "each") {
    in_place = {{0, 0}};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const uint64_t count = plugin::element_count(outputs[0].type);
    if (count == 0) return;
    compute_.launch(stream, work_over(count), [&](Arguments& arguments) {
      arguments.add(inputs[0]);
      arguments.add(outputs[0]);
      arguments.add(cl_ulong{count});
    });
  }

 private:
  Compute compute_;
};

class Binary : public Kernel {
 public:
  Binary(Device& device, const std::string& options)
      : both_(device, kElementwiseSource, options, "both"),
        walked_(device, kElementwiseSource, options, "walked") {
    in_place = {{0, 0}, {1, 0}};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    const uint64_t count = plugin::element_count(type);
    if (count == 0) return;
    const bool is_dense = plugin::element_count(inputs[0].type) == count &&
                          plugin::element_count(inputs[1].type) == count;
    Walk walk;
    if (!is_dense) {
      walk = walk_of(type, type.rank);
      for (uint32_t i : {0, 1}) repeat(walk, i, inputs[i].type, inputs[i].type.rank);
    }
    (is_dense ? both_ : walked_).launch(stream, work_over(count), [&](Arguments& arguments) {
      arguments.add(inputs[0]);
      arguments.add(inputs[1]);
      arguments.add(outputs[0]);
      arguments.add(cl_ulong{count});
      if (!is_dense) arguments.add(walk);
    });
  }

 private:
  Compute both_;
  Compute walked_;
};

void check_two_inputs(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  for (uint32_t i : {0u, 1u}) {
    if (node.input(i).dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
    check_dtype(node, facts, node.input(i).dtype);
  }
  if (!can_broadcast(node.input(0), node.input(1), node.output(0)))
    refuse(node, "the output has other sizes than its inputs broadcast together");
}

void check_binary(const Node& node, const DeviceFacts& facts) {
  check_two_inputs(node, facts);
  if (node.input(1).dtype != node.input(0).dtype) refuse(node, "both inputs have one element type");
}

void check_pow(const Node& node, const DeviceFacts& facts) {
  check_two_inputs(node, facts);
  check_floating(node, facts, node.input(0).dtype);
  if (node.input(1).dtype == BP_DTYPE_FLOAT16 && node.input(0).dtype != BP_DTYPE_FLOAT16)
    refuse(node, "an exponent of float16 for another base");
}

void check_unary(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  check_floating(node, facts, node.input(0).dtype);
}

void check_relu(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  if (node.input(0).dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
  check_dtype(node, facts, node.input(0).dtype);
}

template <class Made>
std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Made>(device, options_of(node));
}

}  // namespace

void add_elementwise(OperatorTable& table) {
  table.push_back({"Add", {7, 13, 14}, check_binary, create<Binary>});
  table.push_back({"Sub", {7, 13, 14}, check_binary, create<Binary>});
  table.push_back({"Mul", {7, 13, 14}, check_binary, create<Binary>});
  table.push_back({"Div", {7, 13, 14}, check_binary, create<Binary>});
  table.push_back({"Pow", {7, 12, 13, 15}, check_pow, create<Binary>});
  table.push_back({"Relu", {6, 13, 14}, check_relu, create<Unary>});
  table.push_back({"Sigmoid", {6, 13}, check_unary, create<Unary>});
  table.push_back({"Sqrt", {6, 13}, check_unary, create<Unary>});
  table.push_back({"Tanh", {6, 13}, check_unary, create<Unary>});
}

}  // namespace backplane::opencl
