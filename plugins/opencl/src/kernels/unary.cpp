// Operators that make an element of the output from one of their input: kernels of unary.cl.
#include <algorithm>
#include <array>

#include "functions.hpp"
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

struct Entry {
  const char* op;
  std::array<uint32_t, 3> since;  // 0: no more
  void (*check)(const Node& node, const DeviceFacts& facts);
};

void check_sizes(const Node& node) {
  check_same_dtype(node);
  if (!can_broadcast(node.input(0), node.input(0), node.output(0)))
    refuse(node, "the output has other sizes than the input");
}

void check_number(const Node& node, const DeviceFacts& facts) {
  check_sizes(node);
  if (node.input(0).dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
  check_dtype(node, facts, node.input(0).dtype);
}

void check_signed(const Node& node, const DeviceFacts& facts) {
  check_number(node, facts);
  for (const bp_dtype_t dtype : {BP_DTYPE_UINT8, BP_DTYPE_UINT16, BP_DTYPE_UINT32, BP_DTYPE_UINT64})
    if (node.input(0).dtype == dtype) refuse(node, "only signed numbers, not unsigned ones");
}

void check_float(const Node& node, const DeviceFacts& facts) {
  check_sizes(node);
  check_floating(node, facts, node.input(0).dtype);
}

// The definition's two halves meet in 0 for these alone.
void check_celu(const Node& node, const DeviceFacts& facts) {
  check_float(node, facts);
  if (!(node.float_attribute("alpha", 1.0f) > 0.0f)) refuse(node, "only an alpha above 0");
}

constexpr Entry kEntries[] = {
    {"Abs", {6, 13}, check_number},       {"Neg", {6, 13}, check_signed},
    {"Sign", {9, 13}, check_number},      {"Floor", {6, 13}, check_float},
    {"Ceil", {6, 13}, check_float},       {"Round", {11, 22}, check_float},
    {"Reciprocal", {6, 13}, check_float}, {"Sqrt", {6, 13}, check_float},
    {"Exp", {6, 13}, check_float},        {"Log", {6, 13}, check_float},
    {"Erf", {9, 13}, check_float},        {"Sin", {7, 22}, check_float},
    {"Cos", {7, 22}, check_float},        {"Tanh", {6, 13}, check_float},
    {"Relu", {6, 13, 14}, check_number},  {"Sigmoid", {6, 13}, check_float},
    {"Softplus", {1, 22}, check_float},   {"Softsign", {1, 22}, check_float},
    {"HardSwish", {14, 22}, check_float}, {"HardSigmoid", {6, 22}, check_float},
    {"LeakyRelu", {6, 16}, check_float},  {"ThresholdedRelu", {10, 22}, check_float},
    {"Elu", {6, 22}, check_float},        {"Celu", {12}, check_celu},
    {"Selu", {6, 22}, check_float},
};

const Function& function_of(const Node& node) {
  if (const Function* function = function_of_operator(node.op())) return *function;
  fail(BP_STATUS_INTERNAL, std::string(node.op()) + ": not in the table of functions");
}

class Unary : public Kernel {
 public:
  Unary(const Node& node, Device& device, const Function& function)
      : compute_(device, kUnarySource,
                 element_option(node.input(0).dtype) + width_option(device.facts), function.name) {
    for (const Parameter& one : function.parameters)
      if (one.name != nullptr) parameters_.push_back(node.float_attribute(one.name, one.fallback));
    in_place = {{0, 0}};
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const DeviceFacts& facts = stream.device().facts;
    const Rows rows = rows_over(outputs[0], inputs, 1);
    compute_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
      arguments.add(inputs[0]);
      arguments.add(outputs[0]);
      arguments.add(rows);
      arguments.add(is_streamed(facts, inputs, 1, outputs[0]));
      for (const cl_float parameter : parameters_) arguments.add(parameter);
    });
  }

 private:
  std::vector<cl_float> parameters_;
  Compute compute_;
};

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Unary>(node, device, function_of(node));
}

std::vector<uint32_t> versions_of(const Entry& entry) {
  std::vector<uint32_t> versions(entry.since.begin(), entry.since.end());
  versions.erase(std::remove(versions.begin(), versions.end(), 0u), versions.end());
  return versions;
}

}  // namespace

void add_unary(OperatorTable& table) {
  for (const Entry& entry : kEntries)
    table.push_back({entry.op, versions_of(entry), entry.check, create});
}

}  // namespace backplane::opencl
