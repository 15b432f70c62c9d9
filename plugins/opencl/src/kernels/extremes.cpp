// Min and Max of any number of inputs: the first two, then what there is so far and the next.
#include <algorithm>

#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

class Extremes : public Kernel {
 public:
  Extremes(const Node& node, Device& device)
      : input_count_(node.input_count()),
        compute_(device, kExtremesSource,
                 element_option(node.input(0).dtype) + width_option(device.facts) +
                     (node.op() == "Max" ? " -DBETTER=greater_of" : " -DBETTER=lesser_of"),
                 "extreme") {
    // Those that are read before the output is first written.
    for (uint32_t i = 0; i < std::min(input_count_, 2u); ++i) in_place.push_back({i, 0});
    argument_flags.assign(input_count_, BP_ARGUMENT_FLAG_STRIDED);
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    launch_pair(stream, inputs[0], inputs[input_count_ > 1 ? 1 : 0], outputs[0]);
    for (uint32_t i = 2; i < input_count_; ++i)
      launch_pair(stream, outputs[0], inputs[i], outputs[0]);
  }

 private:
  void launch_pair(Stream& stream, const bp_tensor_t& first, const bp_tensor_t& second,
                   const bp_tensor_t& to) {
    const DeviceFacts& facts = stream.device().facts;
    const bp_tensor_t inputs[] = {first, second};
    const Rows rows = rows_over(to, inputs, 2);
    compute_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
      for (const bp_tensor_t& input : inputs) arguments.add(input);
      arguments.add(to);
      arguments.add(rows);
      arguments.add(is_streamed(facts, inputs, 2, to));
    });
  }

  const uint32_t input_count_;
  Compute compute_;
};

void check_extreme(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  const bp_dtype_t dtype = node.input(0).dtype;
  if (dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
  check_dtype(node, facts, dtype);
  for (uint32_t i = 0; i < node.input_count(); ++i)
    if (node.input(i).dtype != dtype) refuse(node, "all inputs have one element type");
  if (!can_broadcast_all(node))
    refuse(node, "the output has other sizes than its inputs broadcast together");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Extremes>(node, device);
}

}  // namespace

void add_extremes(OperatorTable& table) {
  for (const char* op : {"Min", "Max"})
    table.push_back({op, {6, 8, 12, 13}, check_extreme, create});
}

}  // namespace backplane::opencl
