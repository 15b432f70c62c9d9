// Where: elements of one input or the other, moved as they are, of every type of whole bytes.
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

class Select : public Kernel {
 public:
  Select(const Node& node, Device& device)
      : compute_(device, kSelectSource,
                 element_option(bits_of(node.input(1).dtype)) + width_option(device.facts),
                 "choose") {
    in_place = {{1, 0}, {2, 0}};
    if (element_size(node.input(1).dtype) == 1) in_place.push_back({0, 0});
    argument_flags.assign(3, BP_ARGUMENT_FLAG_STRIDED);
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const DeviceFacts& facts = stream.device().facts;
    const Rows rows = rows_over(outputs[0], inputs, 3);
    compute_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
      for (uint32_t i = 0; i < 3; ++i) arguments.add(inputs[i]);
      arguments.add(outputs[0]);
      arguments.add(rows);
      arguments.add(is_streamed(facts, inputs, 3, outputs[0]));
    });
  }

 private:
  Compute compute_;
};

void check_where(const Node& node, const DeviceFacts&) {
  if (node.input_count() != 3) refuse(node, "it has three inputs");
  if (node.input(0).dtype != BP_DTYPE_BOOL) refuse(node, "the condition is bool");
  const bp_dtype_t dtype = node.input(1).dtype;
  if (element_size(dtype) == 0) refuse(node, "no element type " + std::to_string(dtype));
  if (node.input(2).dtype != dtype || node.output(0).dtype != dtype)
    refuse(node, "what it chooses from and the output have one element type");
  if (!can_broadcast_all(node))
    refuse(node, "the output has other sizes than its inputs broadcast together");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Select>(node, device);
}

}  // namespace

void add_select(OperatorTable& table) { table.push_back({"Where", {9, 16}, check_where, create}); }

}  // namespace backplane::opencl
