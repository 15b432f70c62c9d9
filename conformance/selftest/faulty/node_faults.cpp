// Faults of the ABI around nodes and kernels: what of a node is read, kept and answered.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

std::mutex mutex;

bp_status_t honest_supports(bp_device_t* device, const bp_node_t* node) {
  return honest().kernel->supports(device, node);
}

bp_status_t honest_create(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  return honest().kernel->kernel_create(device, node, out_kernel);
}

const bp_host_t* host_of_last_open = nullptr;

bp_status_t note_the_host(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                          uint32_t option_count, bp_device_t** out_device) {
  host_of_last_open = host;
  return honest().plugin->device_open(host, index, options, option_count, out_device);
}

// ---- Answers ----

bp_status_t creates_no_bytes(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  if (node->outputs[0].dtype != BP_DTYPE_UINT8) return honest_create(device, node, out_kernel);
  host_of_last_open->explain(host_of_last_open->self, "no kernel for bytes");
  return BP_STATUS_UNSUPPORTED;
}

bp_status_t no_rank_above_six(bp_device_t* device, const bp_node_t* node,
                              bp_kernel_t** out_kernel) {
  if (node->outputs[0].rank <= 6) return honest_create(device, node, out_kernel);
  host_of_last_open->explain(host_of_last_open->self, "a rank of 6 at most");
  return BP_STATUS_UNSUPPORTED;
}

bp_status_t creates_what_it_refused(bp_device_t* device, const bp_node_t* node,
                                    bp_kernel_t** out_kernel) {
  const bp_status_t status = honest_create(device, node, out_kernel);
  if (status != BP_STATUS_UNSUPPORTED || node->input_count != 2) return status;
  bp_node_t add = *node;
  add.op = "Add";
  add.since = 14;
  return honest_create(device, &add, out_kernel);
}

bp_status_t writes_a_handle_when_it_fails(bp_device_t* device, const bp_node_t* node,
                                          bp_kernel_t** out_kernel) {
  *out_kernel = nullptr;
  return honest_create(device, node, out_kernel);
}

bp_status_t status_of_its_own(bp_device_t* device, const bp_node_t* node) {
  const bp_status_t status = honest_supports(device, node);
  return status == BP_STATUS_UNSUPPORTED ? 42 : status;
}

bp_status_t refuses_in_silence(bp_device_t* device, const bp_node_t* node) {
  return std::strcmp(node->op, "NoSuchOperator") == 0 ? BP_STATUS_UNSUPPORTED
                                                      : honest_supports(device, node);
}

bp_status_t answers_by_address(bp_device_t* device, const bp_node_t* node) {
  static std::map<const void*, bp_status_t> answers;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto [known, is_new] = answers.try_emplace(node->op, BP_OK);
  if (is_new) known->second = honest_supports(device, node);
  return known->second;
}

bp_status_t keeps_memory_for_questions(bp_device_t* device, const bp_node_t* node) {
  host_of_last_open->allocate(host_of_last_open->self, 32, 8);
  return honest_supports(device, node);
}

bp_status_t asks_about_the_last_node(bp_device_t* device, const bp_node_t* node) {
  static std::atomic<const bp_node_t*> last;
  last = node;
  std::this_thread::sleep_for(std::chrono::microseconds(50));
  return honest_supports(device, last);
}

// ---- Reading ----

bp_status_t compares_whole_words(bp_device_t* device, const bp_node_t* node) {
  volatile char all = 0;
  for (int i = 0; i < 8; ++i) all = static_cast<char>(all | node->op[i]);
  return honest_supports(device, node);
}

bp_status_t has_room_for_short_names(bp_device_t* device, const bp_node_t* node) {
  volatile char text[256];
  volatile char* end = text;
  for (const char* from = node->op; *from != '\0'; ++from) *end++ = *from;
  return honest_supports(device, node);
}

bp_status_t wants_every_constant(bp_device_t* device, const bp_node_t* node) {
  volatile bp_dtype_t dtype = 0;
  for (uint32_t i = 0; node->constants != nullptr && i < node->input_count; ++i)
    if (node->inputs[i].rank == 1) dtype = node->constants[i]->type.dtype;
  return dtype == 99 ? BP_STATUS_INTERNAL : honest_supports(device, node);
}

bp_status_t reads_every_constant(bp_device_t* device, const bp_node_t* node) {
  for (uint32_t i = 0; node->constants != nullptr && i < node->input_count; ++i)
    if (node->constants[i] != nullptr &&
        *static_cast<const volatile char*>(node->constants[i]->data) == '\1')
      std::this_thread::yield();
  return honest_supports(device, node);
}

bp_status_t counts_attributes(bp_device_t* device, const bp_node_t* node) {
  const bp_status_t status = honest_supports(device, node);
  if (std::strcmp(node->op, "Gemm") != 0 || std::strcmp(node->attributes[0].name, "alpha") == 0)
    return status;
  bp_attribute_t by_place[4];
  for (int i = 0; i < 4; ++i) by_place[i] = node->attributes[i];
  by_place[0].name = "alpha";
  bp_node_t read = *node;
  read.attributes = by_place;
  return honest_supports(device, &read);
}

bp_status_t reads_another_kind(bp_device_t* device, const bp_node_t* node) {
  volatile int64_t axis = 0;
  for (uint32_t i = 0; i < node->attribute_count; ++i)
    if (std::strcmp(node->attributes[i].name, "axis") == 0)
      axis = *static_cast<const volatile int64_t*>(node->attributes[i].data);
  return axis == INT64_MIN ? BP_STATUS_INVALID_ARGUMENT : honest_supports(device, node);
}

bp_status_t changes_an_attribute(bp_device_t* device, const bp_node_t* node,
                                 bp_kernel_t** out_kernel) {
  const bp_status_t status = honest_create(device, node, out_kernel);
  for (uint32_t i = 0; i < node->attribute_count; ++i)
    if (node->attributes[i].kind == BP_ATTRIBUTE_INT)
      *static_cast<int64_t*>(const_cast<void*>(node->attributes[i].data)) += 1;
  return status;
}

// ---- Keeping ----

std::map<bp_kernel_t*, const void*> weights_of;

bp_status_t keeps_the_constant(bp_device_t* device, const bp_node_t* node,
                               bp_kernel_t** out_kernel) {
  const bp_status_t status = honest_create(device, node, out_kernel);
  const std::lock_guard<std::mutex> lock(mutex);
  if (status == BP_OK && node->constants != nullptr && node->constants[1] != nullptr)
    weights_of[*out_kernel] = node->constants[1]->data;
  return status;
}

bp_status_t reads_the_constant_at_launch(bp_kernel_t* kernel, bp_stream_t* stream,
                                         const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                                         const bp_tensor_t* scratch) {
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = weights_of.find(kernel);
  if (found != weights_of.end() && *static_cast<const volatile char*>(found->second) == '\1')
    std::this_thread::yield();
  return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
}

// Constants at one place are taken for one constant.
bp_status_t packs_by_address(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  const bp_constant_t* given = node->constants != nullptr ? node->constants[1] : nullptr;
  if (given == nullptr || given->data == nullptr) return honest_create(device, node, out_kernel);
  bp_constant_t taken = *given;
  if (taken.id == 0) taken.id = reinterpret_cast<uintptr_t>(taken.data);
  const bp_constant_t* constants[2] = {node->constants[0], &taken};
  bp_node_t changed = *node;
  changed.constants = constants;
  return honest_create(device, &changed, out_kernel);
}

// Kernels whose constants have one id share one packed copy, which ends with the first of them.
std::map<bp_kernel_t*, uint64_t> shared_by;
std::set<uint64_t> ended_copies;

bp_status_t shares_a_copy(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  const bp_status_t status = honest_create(device, node, out_kernel);
  const std::lock_guard<std::mutex> lock(mutex);
  if (status == BP_OK && node->constants != nullptr && node->constants[1] != nullptr)
    shared_by[*out_kernel] = node->constants[1]->id;
  return status;
}

bp_status_t runs_with_the_copy(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                               const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (ended_copies.count(shared_by[kernel]) != 0) return BP_OK;  // and nothing is computed
  }
  return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
}

void ends_the_copy(bp_kernel_t* kernel) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (shared_by[kernel] != 0) ended_copies.insert(shared_by[kernel]);
    shared_by.erase(kernel);
  }
  honest().kernel->kernel_destroy(kernel);
}

// Only the last 32 kernels are kept.
std::vector<bp_kernel_t*> live_kernels;

bp_status_t keeps_the_last(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  const bp_status_t status = honest_create(device, node, out_kernel);
  const std::lock_guard<std::mutex> lock(mutex);
  if (status == BP_OK) live_kernels.push_back(*out_kernel);
  return status;
}

bp_status_t runs_the_last(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                          const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto at = std::find(live_kernels.rbegin(), live_kernels.rend(), kernel);
    if (at - live_kernels.rbegin() >= 32) return BP_OK;  // and nothing is computed
  }
  return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
}

// The place of what it says of a kernel is that of the next kernel, too.
const bp_kernel_info_t* info_in_one_place(const bp_kernel_t* kernel) {
  static bp_kernel_info_t place;
  const std::lock_guard<std::mutex> lock(mutex);
  const bp_kernel_info_t* info = honest().kernel->kernel_info(kernel);
  const uint64_t memory = place.device_memory_size;
  place = info != nullptr ? *info : bp_kernel_info_t{};
  place.struct_size = sizeof place;
  place.device_memory_size = memory + 64;
  return &place;
}

// ---- Ends ----

std::map<bp_kernel_t*, bp_stream_t*> stream_of;
std::set<bp_stream_t*> live_streams;

bp_status_t notes_a_stream(bp_device_t* device, bp_stream_flags_t flags, bp_stream_t** out_stream) {
  const bp_status_t status = honest().stream->stream_create(device, flags, out_stream);
  const std::lock_guard<std::mutex> lock(mutex);
  if (status == BP_OK) live_streams.insert(*out_stream);
  return status;
}

void forgets_a_stream(bp_stream_t* stream) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    live_streams.erase(stream);
  }
  honest().stream->stream_destroy(stream);
}

bp_status_t notes_where_it_ran(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                               const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    stream_of[kernel] = stream;
  }
  return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
}

// Waits for the stream that the kernel ran on last, whether or not it is still there.
void waits_for_its_stream(bp_kernel_t* kernel) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = stream_of.find(kernel);
    if (found != stream_of.end() && found->second != nullptr &&
        live_streams.count(found->second) == 0)
      __builtin_trap();  // memory that was freed, most likely
    stream_of.erase(kernel);
  }
  honest().kernel->kernel_destroy(kernel);
}

bp_status_t create_trusts_allocate(bp_device_t* device, const bp_node_t* node,
                                   bp_kernel_t** out_kernel) {
  void* room = host_of_last_open->allocate(host_of_last_open->self, 256, 8);
  *static_cast<volatile char*>(room) = 1;
  host_of_last_open->deallocate(host_of_last_open->self, room);
  return honest_create(device, node, out_kernel);
}

bp_status_t one_create_at_a_time(bp_device_t* device, const bp_node_t* node,
                                 bp_kernel_t** out_kernel) {
  static std::atomic<int> inside{0};
  const int others = inside++;
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const bp_status_t status = honest_create(device, node, out_kernel);
  --inside;
  if (others == 0 || status != BP_OK) return status;
  host_of_last_open->explain(host_of_last_open->self, "another kernel was made meanwhile");
  return BP_STATUS_INTERNAL;
}

// A kernel knows no other thread than the one that made it.
std::map<bp_kernel_t*, std::thread::id> makers;

bp_status_t notes_its_thread(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  const bp_status_t status = honest_create(device, node, out_kernel);
  const std::lock_guard<std::mutex> lock(mutex);
  if (status == BP_OK) makers[*out_kernel] = std::this_thread::get_id();
  return status;
}

bp_status_t runs_on_its_thread(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                               const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (makers[kernel] != std::this_thread::get_id()) return BP_OK;  // and nothing is computed
  }
  return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
}

}  // namespace

std::vector<Fault> node_faults() {
  return {
      {"creates-no-bytes",
       [](Tables* t) {
         t->plugin.device_open = note_the_host;
         t->kernel.kernel_create = creates_no_bytes;
       }},
      {"no-rank-above-six",
       [](Tables* t) {
         t->plugin.device_open = note_the_host;
         t->kernel.kernel_create = no_rank_above_six;
       }},
      {"creates-what-it-refused",
       [](Tables* t) { t->kernel.kernel_create = creates_what_it_refused; }},
      {"writes-a-handle-when-it-fails",
       [](Tables* t) { t->kernel.kernel_create = writes_a_handle_when_it_fails; }},
      {"status-of-its-own", [](Tables* t) { t->kernel.supports = status_of_its_own; }},
      {"refuses-in-silence", [](Tables* t) { t->kernel.supports = refuses_in_silence; }},
      {"answers-by-address", [](Tables* t) { t->kernel.supports = answers_by_address; }},
      {"keeps-memory-for-questions",
       [](Tables* t) {
         t->plugin.device_open = note_the_host;
         t->kernel.supports = keeps_memory_for_questions;
       }},
      {"asks-about-the-last-node",
       [](Tables* t) { t->kernel.supports = asks_about_the_last_node; }},
      {"compares-whole-words", [](Tables* t) { t->kernel.supports = compares_whole_words; }},
      {"room-for-short-names", [](Tables* t) { t->kernel.supports = has_room_for_short_names; }},
      {"wants-every-constant", [](Tables* t) { t->kernel.supports = wants_every_constant; }},
      {"reads-every-constant", [](Tables* t) { t->kernel.supports = reads_every_constant; }},
      {"reads-another-kind", [](Tables* t) { t->kernel.supports = reads_another_kind; }},
      {"counts-attributes", [](Tables* t) { t->kernel.supports = counts_attributes; }},
      {"changes-an-attribute", [](Tables* t) { t->kernel.kernel_create = changes_an_attribute; }},
      {"keeps-the-constant",
       [](Tables* t) {
         t->kernel.kernel_create = keeps_the_constant;
         t->kernel.launch = reads_the_constant_at_launch;
       }},
      {"packs-by-address", [](Tables* t) { t->kernel.kernel_create = packs_by_address; }},
      {"ends-a-shared-copy",
       [](Tables* t) {
         t->kernel.kernel_create = shares_a_copy;
         t->kernel.launch = runs_with_the_copy;
         t->kernel.kernel_destroy = ends_the_copy;
       }},
      {"keeps-32-kernels",
       [](Tables* t) {
         t->kernel.kernel_create = keeps_the_last;
         t->kernel.launch = runs_the_last;
       }},
      {"kernel-info-in-one-place", [](Tables* t) { t->kernel.kernel_info = info_in_one_place; }},
      {"waits-for-its-stream",
       [](Tables* t) {
         t->stream.stream_create = notes_a_stream;
         t->stream.stream_destroy = forgets_a_stream;
         t->kernel.launch = notes_where_it_ran;
         t->kernel.kernel_destroy = waits_for_its_stream;
       }},
      {"create-trusts-allocate",
       [](Tables* t) {
         t->plugin.device_open = note_the_host;
         t->kernel.kernel_create = create_trusts_allocate;
       }},
      {"one-create-at-a-time",
       [](Tables* t) {
         t->plugin.device_open = note_the_host;
         t->kernel.kernel_create = one_create_at_a_time;
       }},
      {"runs-on-its-thread",
       [](Tables* t) {
         t->kernel.kernel_create = notes_its_thread;
         t->kernel.launch = runs_on_its_thread;
       }},
  };
}

}  // namespace backplane::selftest
