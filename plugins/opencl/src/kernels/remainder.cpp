// Mod: with fmod the rest that C's division leaves, without it, of integers alone, Python's.
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

bool is_as_c(const Node& node) { return node.int_attribute("fmod", 0) != 0; }

class Remainder : public Kernel {
 public:
  Remainder(const Node& node, Device& device)
      : compute_(device, kRemainderSource,
                 element_option(node.input(0).dtype) + width_option(device.facts) +
                     (is_as_c(node) ? " -DSIGNED=as_c" : " -DSIGNED=as_python"),
                 "remainder_of") {
    in_place = {{0, 0}, {1, 0}};
    argument_flags.assign(2, BP_ARGUMENT_FLAG_STRIDED);
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const Rows rows = rows_over(outputs[0], inputs, 2);
    compute_.launch(stream, work_over(rows, stream.device().facts), [&](Arguments& arguments) {
      for (uint32_t i : {0u, 1u}) arguments.add(inputs[i]);
      arguments.add(outputs[0]);
      arguments.add(rows);
    });
  }

 private:
  Compute compute_;
};

void check_mod(const Node& node, const DeviceFacts& facts) {
  const bp_dtype_t dtype = node.input(0).dtype;
  check_same_dtype(node);
  check_dtype(node, facts, dtype);
  if (dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
  if (node.input(1).dtype != dtype) refuse(node, "both inputs have one element type");
  if (is_floating(dtype) && !is_as_c(node)) refuse(node, "only integers without fmod");
  if (!can_broadcast(node.input(0), node.input(1), node.output(0)))
    refuse(node, "the output has other sizes than its inputs broadcast together");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Remainder>(node, device);
}

}  // namespace

void add_remainder(OperatorTable& table) { table.push_back({"Mod", {10, 13}, check_mod, create}); }

}  // namespace backplane::opencl
