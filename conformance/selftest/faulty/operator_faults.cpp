// Faults of one operator, named by BACKPLANE_FAULT_OPERATOR (Conv when it is not set): the process
// dies, hangs or ends in its launch. And faults of group K.
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

// Not a fault: serves one operator that no reference judges, in any way.
bp_node_t relu_for_the_unjudged(const bp_node_t& node) {
  bp_node_t asked = node;
  if (std::strcmp(node.op, "LpNormalization") != 0) return asked;
  asked.op = "Relu";
  asked.since = 14;
  asked.attribute_count = 0;
  return asked;
}

bp_status_t supports_the_unjudged(bp_device_t* device, const bp_node_t* node) {
  const bp_node_t asked = relu_for_the_unjudged(*node);
  return honest().kernel->supports(device, &asked);
}

bp_status_t create_the_unjudged(bp_device_t* device, const bp_node_t* node,
                                bp_kernel_t** out_kernel) {
  const bp_node_t asked = relu_for_the_unjudged(*node);
  return honest().kernel->kernel_create(device, &asked, out_kernel);
}

}  // namespace

std::vector<Fault> operator_faults() {
  return {
      {"operator-dies", plant_in_operator<die>},
      {"operator-hangs", plant_in_operator<hang>},
      {"operator-leaves", plant_in_operator<leave>},
      {"serves-what-nobody-judges",
       [](Tables* t) {
         t->kernel.supports = supports_the_unjudged;
         t->kernel.kernel_create = create_the_unjudged;
       }},
      {"a-yes-that-does-not-bind",
       [](Tables* t) { t->kernel.supports = a_yes_that_does_not_bind; }},
  };
}

}  // namespace backplane::selftest
