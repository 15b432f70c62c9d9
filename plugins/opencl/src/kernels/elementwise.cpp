// Add Sub Mul Div, and Pow of one type: a kernel of elementwise.cl each, for every element type
// that has it.
#include "elementwise.hpp"

#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

struct Function {
  const char* op;
  const char* name;  // in elementwise.cl
};

constexpr Function kFunctions[] = {
    {"Add", "add"}, {"Sub", "subtract"}, {"Mul", "multiply"}, {"Div", "divide"}, {"Pow", "power"},
};

const char* function_of(const Node& node) {
  for (const Function& function : kFunctions)
    if (node.op() == function.op) return function.name;
  return "";
}

// The type that sums and products are made in: the same bits, and unsigned they wrap around.
bp_dtype_t wrapping(bp_dtype_t dtype) {
  switch (dtype) {
    case BP_DTYPE_INT8:
      return BP_DTYPE_UINT8;
    case BP_DTYPE_INT16:
      return BP_DTYPE_UINT16;
    case BP_DTYPE_INT32:
      return BP_DTYPE_UINT32;
    case BP_DTYPE_INT64:
      return BP_DTYPE_UINT64;
    default:
      return dtype;
  }
}

bp_dtype_t computed_type(const Node& node) {
  const bool wraps = node.op() == "Add" || node.op() == "Sub" || node.op() == "Mul";
  return wraps ? wrapping(node.input(0).dtype) : node.input(0).dtype;
}

class Elementwise : public Kernel {
 public:
  Elementwise(const Node& node, Device& device)
      : compute_(device, kElementwiseSource,
                 element_option(computed_type(node)) + width_option(device.facts),
                 function_of(node)) {
    in_place = {{0, 0}, {1, 0}};
    argument_flags.assign(2, BP_ARGUMENT_FLAG_STRIDED);
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const DeviceFacts& facts = stream.device().facts;
    const Rows rows = rows_over(outputs[0], inputs, 2);
    compute_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
      for (uint32_t i : {0u, 1u}) arguments.add(inputs[i]);
      arguments.add(outputs[0]);
      arguments.add(rows);
      arguments.add(is_streamed(facts, inputs, 2, outputs[0]));
    });
  }

 private:
  Compute compute_;
};

void check_binary(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  for (uint32_t i : {0u, 1u}) {
    if (node.input(i).dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
    check_dtype(node, facts, node.input(i).dtype);
  }
  if (node.input(1).dtype != node.input(0).dtype) refuse(node, "both inputs have one element type");
  if (!can_broadcast(node.input(0), node.input(1), node.output(0)))
    refuse(node, "the output has other sizes than its inputs broadcast together");
}

}  // namespace

std::unique_ptr<Kernel> create_elementwise(const Node& node, Device& device) {
  return std::make_unique<Elementwise>(node, device);
}

void add_elementwise(OperatorTable& table) {
  for (const char* op : {"Add", "Sub", "Mul", "Div"})
    table.push_back({op, {7, 13, 14}, check_binary, create_elementwise});
}

}  // namespace backplane::opencl
