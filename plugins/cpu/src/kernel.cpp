// The operators' table, and bp_kernel_api_t on it.
#include "kernel.hpp"

#include <backplane/plugin/attribute_kinds.hpp>
#include <cstring>
#include <exception>
#include <string>

#include "families.hpp"
#include "launch.hpp"
#include "tables.hpp"
#include "threads.hpp"

namespace backplane::cpu {

namespace {

OperatorTable make_table() {
  OperatorTable table;
  add_all(table);
  return table;
}

const OperatorTable& operator_table() {
  static const OperatorTable table = make_table();
  return table;
}

std::string versions_of(const OperatorEntry& entry) {
  std::string text;
  for (const uint32_t since : entry.since)
    text += (text.empty() ? "" : ", ") + std::to_string(since);
  return text;
}

bool has_version(const OperatorEntry& entry, uint32_t since) {
  for (const uint32_t served : entry.since)
    if (served == since) return true;
  return false;
}

// Bytes of a type of known sizes, as far as 2^63; false beyond.
bool fits_memory(const bp_tensor_type_t& type) {
  uint64_t bytes = std::max<uint64_t>(element_size(type.dtype), 1);
  for (uint32_t axis = 0; axis < type.rank; ++axis)
    if (type.shape[axis] == 0) return true;
  for (uint32_t axis = 0; axis < type.rank; ++axis)
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(type.shape[axis]), &bytes) ||
        bytes > INT64_MAX)
      return false;
  return true;
}

void check_type(const Node& node, const bp_tensor_type_t& type) {
  if (type.dtype == 0) return;
  if (type.rank > BP_MAX_RANK) refuse(node, "rank " + std::to_string(type.rank) + " is above 8");
  if (type.layout != 0)
    refuse(node, "layout " + std::to_string(type.layout) + " is not one of this plugin's");
  if (!has_unknown_size(type) && !fits_memory(type))
    refuse(node, to_text(type) + " is larger than any memory");
}

// What holds for every operator, then what the operator says.
const OperatorEntry& check_node(const Node& node) {
  const OperatorEntry& entry = find_operator(node);
  for (uint32_t i = 0; i < node.input_count(); ++i) check_type(node, node.input(i));
  for (uint32_t i = 0; i < node.output_count(); ++i) check_type(node, node.output(i));
  if ((node.get().refused & entry.numerics) != 0)
    refuse(node, "the numerics refused are those it computes with");
  plugin::check_attribute_kinds(node);
  entry.check(node);
  return entry;
}

Device& as_device(bp_device_t* device) { return *reinterpret_cast<Device*>(device); }

bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
  return served(as_device(device), BP_TEST_SUPPORTS, [&] { check_node(Node(*node)); });
}

bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  Device& on = as_device(device);
  return served(on, BP_TEST_KERNEL_CREATE, [&] {
    const Node asked(*node);
    const OperatorEntry& entry = check_node(asked);
    const ThreadScope threads(on.threads);  // oneDNN shares its work out when a primitive is made
    auto made = std::make_unique<LaunchableKernel>(on, asked, entry.create(asked, on));
    ++on.hooks.compiles;
    if ((made->kernel->traits().numerics & ~entry.numerics) != 0)
      fail(BP_STATUS_INTERNAL,
           std::string(asked.op()) + ": the kernel declares numerics that its entry does not");
    *out_kernel = reinterpret_cast<bp_kernel_t*>(made.release());
  });
}

void kernel_destroy(bp_kernel_t* kernel) { delete reinterpret_cast<LaunchableKernel*>(kernel); }

const bp_kernel_info_t* kernel_info(const bp_kernel_t* kernel) {
  return &reinterpret_cast<const LaunchableKernel*>(kernel)->info;
}

bp_status_t scratch_size(const bp_kernel_t* kernel, const bp_tensor_type_t* inputs,
                         const bp_tensor_type_t* outputs, uint64_t* out_size) {
  const auto& asked = *reinterpret_cast<const LaunchableKernel*>(kernel);
  return served(*asked.device, BP_TEST_SCRATCH_SIZE,
                [&] { *out_size = asked.kernel->scratch_size(inputs, outputs); });
}

}  // namespace

uint64_t Kernel::scratch_size(const bp_tensor_type_t*, const bp_tensor_type_t*) const {
  return traits_.scratch_size;
}

const OperatorEntry& find_operator(const Node& node) {
  const OperatorEntry* same_name = nullptr;
  for (const OperatorEntry& entry : operator_table()) {
    if (node.domain() != entry.domain || node.op() != entry.op) continue;
    if (has_version(entry, node.since())) return entry;
    same_name = &entry;
  }
  if (same_name != nullptr)
    refuse(node, "the definition of version " + std::to_string(node.since()) +
                     " is not served; those of " + versions_of(*same_name) + " are");
  refuse(node, "no such operator in the cpu plugin" +
                   (node.domain().empty() ? "" : " for domain " + std::string(node.domain())));
}

void refuse(const Node& node, const std::string& reason) {
  fail(BP_STATUS_UNSUPPORTED, std::string(node.op()) + ": " + reason);
}

const bp_kernel_api_t kKernelApi = {
    sizeof(bp_kernel_api_t),
    supports,
    kernel_create,
    kernel_destroy,
    kernel_info,
    scratch_size,
    launch,
    nullptr,  // estimate_ns: nothing measured to answer from
};

}  // namespace backplane::cpu
