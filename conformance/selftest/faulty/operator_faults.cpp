// Faults of one operator, named by BACKPLANE_FAULT_OPERATOR (Conv when it is not set): the process
// dies, hangs or ends in its launch. And a few faults of group K and A.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

std::mutex chosen_mutex;
std::set<const bp_kernel_t*> chosen;  // kernels of the operator at fault

bool is_at_fault(const bp_node_t* node) {
  const char* op = std::getenv("BACKPLANE_FAULT_OPERATOR");
  return std::strcmp(node->op, op != nullptr ? op : "Conv") == 0;
}

bp_status_t remember(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  const bp_status_t status = honest().kernel->kernel_create(device, node, out_kernel);
  if (status != BP_OK || !is_at_fault(node)) return status;
  const std::lock_guard<std::mutex> lock(chosen_mutex);
  chosen.insert(*out_kernel);
  return status;
}

void forget(bp_kernel_t* kernel) {
  {
    const std::lock_guard<std::mutex> lock(chosen_mutex);
    chosen.erase(kernel);
  }
  honest().kernel->kernel_destroy(kernel);
}

bool is_chosen(const bp_kernel_t* kernel) {
  const std::lock_guard<std::mutex> lock(chosen_mutex);
  return chosen.count(kernel) != 0;
}

template <void (*end)()>
bp_status_t launch_that_ends(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                             const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  if (is_chosen(kernel)) end();
  return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
}

void die() { std::raise(SIGSEGV); }
void hang() {
  for (;;) pause();
}
void leave() { _exit(0); }

template <void (*end)()>
void plant_in_operator(Tables* tables) {
  tables->kernel.kernel_create = remember;
  tables->kernel.kernel_destroy = forget;
  tables->kernel.launch = launch_that_ends<end>;
}

// supports says yes to what kernel_create then refuses.
bp_status_t a_yes_that_does_not_bind(bp_device_t* device, const bp_node_t* node) {
  const bp_status_t status = honest().kernel->supports(device, node);
  return status == BP_STATUS_UNSUPPORTED ? BP_OK : status;
}

// A field that came after 0.2, without BP_HAS.
template <class Struct>
bool reads_past(const Struct* given) {
  return *(reinterpret_cast<const volatile char*>(given) + sizeof(Struct)) != 0;
}

bp_status_t reads_past_the_node(bp_device_t* device, const bp_node_t* node) {
  reads_past(node);
  return honest().kernel->supports(device, node);
}

bp_status_t reads_past_the_host(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                                uint32_t option_count, bp_device_t** out_device) {
  reads_past(host);
  return honest().plugin->device_open(host, index, options, option_count, out_device);
}

// Another kernel's outputs, one element after the end.
bp_status_t one_element_too_far(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                                const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  const bp_status_t status = honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
  const bp_tensor_t& output = outputs[0];
  if (status != BP_OK || output.buffer == nullptr) return status;
  uint64_t size = 4;
  for (uint16_t axis = 0; axis < output.type.rank; ++axis)
    size *= static_cast<uint64_t>(output.type.shape[axis]);
  const char stray = '!';
  const bp_status_t ignored =
      honest().memory->write(stream, output.buffer, output.offset + size, &stray, 1);
  return ignored == BP_STATUS_INVALID_ARGUMENT ? BP_OK : status;
}

}  // namespace

std::vector<Fault> operator_faults() {
  return {
      {"operator-dies", plant_in_operator<die>},
      {"operator-hangs", plant_in_operator<hang>},
      {"operator-leaves", plant_in_operator<leave>},
      {"a-yes-that-does-not-bind",
       [](Tables* t) { t->kernel.supports = a_yes_that_does_not_bind; }},
      {"reads-past-the-node", [](Tables* t) { t->kernel.supports = reads_past_the_node; }},
      {"reads-past-the-host", [](Tables* t) { t->plugin.device_open = reads_past_the_host; }},
      {"one-element-too-far", [](Tables* t) { t->kernel.launch = one_element_too_far; }},
      {"takes-any-major", [](Tables*) {}},
  };
}

}  // namespace backplane::selftest
