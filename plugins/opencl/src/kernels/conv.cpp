// Conv over one to three spatial axes, in groups.
#include "sources.hpp"
#include "window.hpp"

namespace backplane::opencl {

namespace {

constexpr uint64_t kChannels = 4;  // of window.cl: outputs of a work item

class Conv : public Kernel {
 public:
  Conv(const Node& node, Device& device)
      : attributes_(node),
        groups_(static_cast<cl_ulong>(node.int_attribute("group", 1))),
        has_bias_(node.has_input(2)),
        compute_(device, kWindowSource,
                 element_option(node.input(0).dtype) + " -DIS_CONV=1" +
                     (has_bias_ ? " -DHAS_BIAS=1" : ""),
                 "convolve") {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const uint64_t count = plugin::element_count(outputs[0].type);
    if (count == 0) return;
    const bp_tensor_type_t& weights = inputs[1].type;
    const auto batch = static_cast<cl_ulong>(outputs[0].type.shape[0]);
    const auto per_group = static_cast<cl_ulong>(weights.shape[0]) / groups_;
    const uint64_t places = count / batch / groups_ / per_group;
    const uint64_t items = places * ((per_group + kChannels - 1) / kChannels) * groups_ * batch;
    const Windows windows = attributes_.windows(inputs[0].type, outputs[0].type, weights.shape + 2);
    compute_.launch(stream, work_over(items), [&](Arguments& arguments) {
      arguments.add(with_buffer(inputs[0], outputs[0]));
      arguments.add(with_buffer(inputs[1], outputs[0]));
      if (has_bias_) arguments.add(inputs[2]);
      arguments.add(outputs[0]);
      arguments.add(batch);
      arguments.add(groups_);
      arguments.add(static_cast<cl_ulong>(weights.shape[1]));
      arguments.add(per_group);
      arguments.add(windows);
    });
  }

 private:
  const WindowAttributes attributes_;
  const cl_ulong groups_;
  const bool has_bias_;
  Compute compute_;
};

void check_conv(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  check_floating(node, facts, node.input(0).dtype);
  check_windows(node);
  for (uint32_t i : {1u, 2u})
    if (node.has_input(i) && node.input(i).dtype != node.input(0).dtype)
      refuse(node, "all inputs have one element type");
  if (node.int_attribute("group", 1) < 1) refuse(node, "group is below 1");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Conv>(node, device);
}

}  // namespace

void add_conv(OperatorTable& table) { table.push_back({"Conv", {1, 11}, check_conv, create}); }

}  // namespace backplane::opencl
