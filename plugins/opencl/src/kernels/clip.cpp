// Clip: bounds are inputs, each a scalar or absent.
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

class Clip : public Kernel {
 public:
  Clip(const Node& node, Device& device)
      : has_bound_{node.has_input(1), node.has_input(2)},
        compute_(device, kClipSource,
                 element_option(node.input(0).dtype) + width_option(device.facts) +
                     (has_bound_[0] ? " -DHAS_MIN=1" : "") + (has_bound_[1] ? " -DHAS_MAX=1" : ""),
                 "clip") {
    in_place = {{0, 0}};
    argument_flags.assign(node.input_count(), 0);
    argument_flags[0] = BP_ARGUMENT_FLAG_STRIDED;
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const DeviceFacts& facts = stream.device().facts;
    const Rows rows = rows_over(outputs[0], inputs, 1);
    compute_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
      arguments.add(inputs[0]);
      for (uint32_t i : {0u, 1u})
        if (has_bound_[i]) arguments.add(inputs[1 + i]);
      arguments.add(outputs[0]);
      arguments.add(rows);
      arguments.add(is_streamed(facts, inputs, 1, outputs[0]));
    });
  }

 private:
  const bool has_bound_[2];
  Compute compute_;
};

void check_clip(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  if (node.input(0).dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
  check_dtype(node, facts, node.input(0).dtype);
  for (uint32_t i : {1u, 2u})
    if (node.has_input(i) &&
        (node.input(i).dtype != node.input(0).dtype || node.input(i).rank != 0))
      refuse(node, "bounds are scalars of the input's element type");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Clip>(node, device);
}

}  // namespace

void add_clip(OperatorTable& table) { table.push_back({"Clip", {11, 12, 13}, check_clip, create}); }

}  // namespace backplane::opencl
