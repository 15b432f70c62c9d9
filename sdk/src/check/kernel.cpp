// kernel.h, but launch.
#include "check/guards.hpp"
#include "check/hash.hpp"
#include "check/numerics.hpp"
#include "check/wrapped.hpp"

namespace backplane::check::wrapped {
namespace {

constexpr size_t kLeastInfo =
    offsetof(bp_kernel_info_t, outputs) + sizeof(bp_kernel_info_t::outputs);

// An answer that holds for the node, and not just for now.
bool is_lasting(bp_status_t status) {
  return status == BP_OK || status == BP_STATUS_UNSUPPORTED || status == BP_STATUS_INVALID_ARGUMENT;
}

std::string node_text(const bp_node_t& node) {
  return "this " + std::string(node.op != nullptr ? node.op : "node");
}

void check_answer(Call& call, Device& device, const bp_node_t& node, bp_status_t status) {
  if (!is_lasting(status)) return;
  const uint64_t question = question_of_node(node, LargeConstants::kAsGiven);
  bp_status_t before = status;
  {
    const std::lock_guard<std::mutex> lock(device.answers_mutex);
    before = device.answers.try_emplace(question, status).first->second;
  }
  if (before != status)
    call.blame("BP-KERNEL-8", "answered " + status_word(status) + " for " + node_text(node) +
                                  ", and " + status_word(before) + " before");
}

bool was_promised(Device& device, const bp_node_t& node) {
  const std::lock_guard<std::mutex> lock(device.answers_mutex);
  for (const LargeConstants large : {LargeConstants::kAsGiven, LargeConstants::kNotLoaded}) {
    const auto found = device.answers.find(question_of_node(node, large));
    if (found != device.answers.end() && found->second == BP_OK) return true;
  }
  return false;
}

// The pairs that may share memory; none when what is said of them cannot be.
std::vector<bp_alias_t> in_place_of(Call& call, const Kernel& kernel,
                                    const bp_kernel_info_t& info) {
  const uint64_t most = uint64_t{kernel.input_count} * kernel.output_count;
  if (info.in_place_count > most || (info.in_place == nullptr && info.in_place_count != 0)) {
    call.blame(
        "BP-KERNEL-3",
        "in_place_count of " + kernel.op + " is " + std::to_string(info.in_place_count) +
            (info.in_place == nullptr ? ", and in_place NULL" : ", more than there are pairs"));
    return {};
  }
  std::vector<bp_alias_t> pairs(info.in_place, info.in_place + info.in_place_count);
  for (const bp_alias_t& pair : pairs)
    if (pair.input >= kernel.input_count || pair.output >= kernel.output_count)
      call.blame("BP-KERNEL-3", "in_place of " + kernel.op + " names input " +
                                    std::to_string(pair.input) + " and output " +
                                    std::to_string(pair.output) + "; there are " +
                                    std::to_string(kernel.input_count) + " and " +
                                    std::to_string(kernel.output_count));
  return pairs;
}

void check_numerics(Call& call, const bp_node_t& node, const bp_kernel_info_t& info) {
  for (const auto& [field, value] :
       {std::pair{"products", info.products}, std::pair{"accumulates", info.accumulates}})
    if (!is_legal_arithmetic(value))
      call.blame("BP-KERNEL-6", std::string(field) + " is " + std::to_string(value) +
                                    ", which is no bp_arithmetic_t");
  const std::string refused = refused_numerics(known_part(node), info);
  if (!refused.empty())
    call.blame("BP-KERNEL-11",
               "made " + node_text(node) + " with " + refused + ", which the node refuses");
}

void check_outputs(Call& call, Kernel& kernel, const bp_kernel_info_t& info) {
  for (uint32_t i = 0; info.outputs != nullptr && i < kernel.output_count; ++i) {
    kernel.bounded_count += (info.outputs[i] & BP_ARGUMENT_FLAG_BOUNDED) != 0 ? 1 : 0;
    if ((info.outputs[i] & ~bp_argument_flags_t{BP_ARGUMENT_FLAG_BOUNDED}) != 0)
      call.blame("BP-KERNEL-12", "gives output " + std::to_string(i) + " the flags " +
                                     std::to_string(info.outputs[i]) +
                                     "; an output has BOUNDED or none");
  }
}

// Takes up what the kernel says of itself, and looks whether it can be.
void learn_info(State& state, const bp_node_t& node, Kernel& kernel) {
  if (state.inner.kernel.kernel_info == nullptr) return;
  Call call(state, Function::kKernelInfo);
  const bp_kernel_info_t* given =
      call.run([&] { return state.inner.kernel.kernel_info(inner(&kernel)); });
  if (given == nullptr) return;
  if (given->struct_size < kLeastInfo)
    return call.blame("BP-BASE-1", "gave a struct_size of " + std::to_string(given->struct_size) +
                                       ", less than the " + std::to_string(kLeastInfo) +
                                       " of ABI 0.2");
  const bp_kernel_info_t info = known_part(*given);
  check_numerics(call, node, info);
  check_outputs(call, kernel, info);
  kernel.has_info = true;
  kernel.info_contents = contents_of_kernel_info(*given, kernel.input_count, kernel.output_count);
  if (info.inputs != nullptr) kernel.flags.assign(info.inputs, info.inputs + kernel.input_count);
  kernel.in_place = in_place_of(call, kernel, info);
}

bool is_as_learnt(const Kernel& kernel, const bp_kernel_info_t* info) {
  if (!kernel.has_info) return info == nullptr || info->struct_size < kLeastInfo;
  return info != nullptr && contents_of_kernel_info(*info, kernel.input_count,
                                                    kernel.output_count) == kernel.info_contents;
}

Device* use_for_node(Call& call, const bp_device_t* handle, const bp_node_t* node) {
  Device* device = call.use<Device>(handle, "device");
  if (node == nullptr) call.refuse("node is NULL");
  return device;
}

}  // namespace

bp_status_t supports(State& state, bp_device_t* handle, const bp_node_t* node) {
  Call call(state, Function::kSupports);
  Device* device = use_for_node(call, handle, node);
  if (call.is_refused()) return Call::kRefusal;
  const Unchanged guard(call, "BP-KERNEL-8", "node", [=] { return guard_of_node(*node); });
  const bp_status_t status =
      call.run([&] { return state.inner.kernel.supports(inner(device), node); });
  check_answer(call, *device, *node, status);
  return status;
}

bp_status_t kernel_create(State& state, bp_device_t* handle, const bp_node_t* node,
                          bp_kernel_t** out_kernel) {
  Call call(state, Function::kKernelCreate);
  Device* device = use_for_node(call, handle, node);
  Out<bp_kernel_t*> out(call, "out_kernel", out_kernel);
  if (call.is_refused()) return Call::kRefusal;
  const Unchanged guard(call, "BP-BASE-8", "node", [=] { return guard_of_node(*node); });
  const bp_status_t status = out.judge(call.run(
      [&] { return state.inner.kernel.kernel_create(inner(device), node, out.plugins()); }));
  if (status != BP_OK) {
    if (is_lasting(status) && was_promised(*device, *node))
      call.blame("BP-KERNEL-1", "returned " + status_word(status) + " for " + node_text(*node) +
                                    ", for which supports had returned OK");
    return status;
  }
  auto kernel = std::make_unique<Kernel>(out.value(), device, known_part(*node));
  learn_info(state, *node, *kernel);
  out.hand_over(call.adopt(std::move(kernel)));
  return BP_OK;
}

void kernel_destroy(State& state, bp_kernel_t* handle) {
  Call call(state, Function::kKernelDestroy);
  destroy<Kernel>(state, call, handle, state.inner.kernel.kernel_destroy);
}

const bp_kernel_info_t* kernel_info(State& state, const bp_kernel_t* handle) {
  Call call(state, Function::kKernelInfo);
  const Kernel* kernel = call.use<Kernel>(handle, "kernel");
  if (call.is_refused()) return nullptr;
  const bp_kernel_info_t* info =
      call.run([&] { return state.inner.kernel.kernel_info(inner(kernel)); });
  if (!is_as_learnt(*kernel, info))
    call.blame("BP-KERNEL-6", "describes " + kernel->name() + " otherwise than before");
  return info;
}

bp_status_t scratch_size(State& state, const bp_kernel_t* handle, const bp_tensor_type_t* inputs,
                         const bp_tensor_type_t* outputs, uint64_t* out_size) {
  Call call(state, Function::kScratchSize);
  const Kernel* kernel = call.use<Kernel>(handle, "kernel");
  Out<uint64_t> out(call, "out_size", out_size);
  if (call.is_refused()) return Call::kRefusal;
  const Unchanged guard(call, "BP-BASE-8", "types", [=] {
    return guard_of_types(inputs, kernel->input_count) ^
           (guard_of_types(outputs, kernel->output_count) * 3);
  });
  const bp_status_t status = out.judge(call.run([&] {
    return state.inner.kernel.scratch_size(inner(kernel), inputs, outputs, out.plugins());
  }));
  if (status == BP_OK) out.hand_over();
  return status;
}

uint64_t estimate_ns(State& state, bp_device_t* handle, const bp_node_t* node) {
  Call call(state, Function::kEstimateNs);
  const Device* device = use_for_node(call, handle, node);
  if (call.is_refused()) return 0;
  const Unchanged guard(call, "BP-BASE-8", "node", [=] { return guard_of_node(*node); });
  return call.run([&] { return state.inner.kernel.estimate_ns(inner(device), node); });
}

}  // namespace backplane::check::wrapped
