// The operators' table, and bp_kernel_api_t on it.
#include "kernel.hpp"

#include <backplane/plugin/attribute_kinds.hpp>

#include "families.hpp"
#include "tables.hpp"

namespace backplane::opencl {

namespace {

// bp_kernel_t.
struct LaunchableKernel {
  LaunchableKernel(Device& on, std::unique_ptr<Kernel> made)
      : device(on), kernel(std::move(made)), counted(on.hooks.kernels) {
    info.struct_size = sizeof info;
    info.numerics = kernel->numerics;
    info.inputs = kernel->argument_flags.empty() ? nullptr : kernel->argument_flags.data();
    info.in_place = kernel->in_place.empty() ? nullptr : kernel->in_place.data();
    info.in_place_count = static_cast<uint32_t>(kernel->in_place.size());
    info.is_shape_free = 1;  // every kernel takes its sizes as arguments
  }
  Device& device;
  const std::unique_ptr<Kernel> kernel;
  bp_kernel_info_t info = {};
  const plugin::Counted counted;
};

OperatorTable make_table() {
  OperatorTable table;
  add_all(table);
  return table;
}

std::string versions_of(const OperatorEntry& entry) {
  std::string text;
  for (const uint32_t since : entry.since)
    text += (text.empty() ? "" : ", ") + std::to_string(since);
  return text;
}

// The entry that serves `node`; throws UNSUPPORTED naming the operator or the version.
const OperatorEntry& find_operator(const Node& node) {
  static const OperatorTable table = make_table();
  const OperatorEntry* same_name = nullptr;
  for (const OperatorEntry& entry : table) {
    if (node.domain() != entry.domain || node.op() != entry.op) continue;
    for (const uint32_t since : entry.since)
      if (since == node.since()) return entry;
    same_name = &entry;
  }
  if (same_name != nullptr)
    refuse(node, "the definition of version " + std::to_string(node.since()) +
                     " is not served; those of " + versions_of(*same_name) + " are");
  refuse(node, "no such operator in the opencl plugin" +
                   (node.domain().empty() ? "" : " for domain " + std::string(node.domain())));
}

void check_type(const Node& node, const bp_tensor_type_t& type) {
  if (type.rank > BP_MAX_RANK) refuse(node, "rank " + std::to_string(type.rank) + " is above 8");
  if (type.layout != 0)
    refuse(node, "layout " + std::to_string(type.layout) + " is not one of this plugin's");
}

// What this device does whatever the operator; a node may refuse it.
bp_numerics_flags_t numerics_of(const DeviceFacts& facts) {
  bp_numerics_flags_t flags = 0;
  if (!facts.keeps_subnormals)
    flags |= BP_NUMERICS_FLAG_FLUSHES_INPUTS | BP_NUMERICS_FLAG_FLUSHES_OUTPUTS;
  if (!facts.divides_exactly) flags |= BP_NUMERICS_FLAG_FAST_DIVISION;
  if (!facts.is_full_profile) flags |= BP_NUMERICS_FLAG_FAST_FUNCTIONS;
  return flags;
}

const OperatorEntry& check_node(const Node& node, const Device& device) {
  const OperatorEntry& entry = find_operator(node);
  if (node.input_count() == 0 || node.output_count() == 0)
    refuse(node, "it has " + std::to_string(node.input_count()) + " inputs and " +
                     std::to_string(node.output_count()) + " outputs");
  for (uint32_t i = 0; i < node.input_count(); ++i) check_type(node, node.input(i));
  for (uint32_t i = 0; i < node.output_count(); ++i) check_type(node, node.output(i));
  if ((node.get().refused & numerics_of(device.facts)) != 0)
    refuse(node, "the numerics refused are those that this device computes with");
  plugin::check_attribute_kinds(node);
  entry.check(node, device.facts);
  return entry;
}

bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
  return served(as_device(device), BP_TEST_SUPPORTS,
                [&] { check_node(Node(*node), as_device(device)); });
}

bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  Device& on = as_device(device);
  return served(on, BP_TEST_KERNEL_CREATE, [&] {
    const Node asked(*node);
    std::unique_ptr<Kernel> kernel = check_node(asked, on).create(asked, on);
    kernel->numerics |= numerics_of(on.facts);
    // One for each input, those that the definition does not know included.
    if (!kernel->argument_flags.empty()) kernel->argument_flags.resize(asked.input_count());
    auto made = std::make_unique<LaunchableKernel>(on, std::move(kernel));
    *out_kernel = reinterpret_cast<bp_kernel_t*>(made.release());
  });
}

void kernel_destroy(bp_kernel_t* kernel) { delete reinterpret_cast<LaunchableKernel*>(kernel); }

const bp_kernel_info_t* kernel_info(const bp_kernel_t* kernel) {
  return &reinterpret_cast<const LaunchableKernel*>(kernel)->info;
}

bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t*) {
  auto& launched = *reinterpret_cast<LaunchableKernel*>(kernel);
  return served(launched.device, BP_TEST_LAUNCH, [&] {
    Stream& on = stream_of(stream, "launch");
    on.fail_as_planned(BP_TEST_LAUNCH);
    launched.kernel->launch(on, inputs, outputs);
    launched.device.hooks.count_launch();
  });
}

}  // namespace

bool is_served(const Node& node, const Device& device) {
  try {
    check_node(node, device);
    return true;
  } catch (const plugin::Error&) {
    return false;
  }
}

bool has_unknown_size(const bp_tensor_type_t& type) {
  for (uint32_t axis = 0; axis < type.rank; ++axis)
    if (BP_DIM_IS_UNKNOWN(type.shape[axis])) return true;
  return false;
}

void refuse(const Node& node, const std::string& reason) {
  fail(BP_STATUS_UNSUPPORTED, std::string(node.op()) + ": " + reason);
}

void check_dtype(const Node& node, const DeviceFacts& facts, bp_dtype_t dtype) {
  if (element_option(dtype).empty())
    refuse(node, "no element type " + std::to_string(dtype) + " in the opencl plugin");
  if (dtype == BP_DTYPE_FLOAT64 && !facts.has_float64)
    refuse(node, "float64, which " + facts.name + " does not have");
}

void check_floating(const Node& node, const DeviceFacts& facts, bp_dtype_t dtype) {
  if (!is_floating(dtype))
    refuse(node, "only float16, float32 and float64, not element type " + std::to_string(dtype));
  check_dtype(node, facts, dtype);
}

void check_same_dtype(const Node& node) {
  for (uint32_t i = 0; i < node.output_count(); ++i)
    if (node.output(i).dtype != node.input(0).dtype)
      refuse(node, "output " + std::to_string(i) + " has not the element type of input 0");
}

const bp_kernel_api_t kKernelApi = {
    sizeof(bp_kernel_api_t),
    supports,
    kernel_create,
    kernel_destroy,
    kernel_info,
    nullptr,  // scratch_size: always in kernel_info
    launch,
    nullptr,  // estimate_ns: nothing measured to answer from
};

}  // namespace backplane::opencl
