// Faults that show under some circumstances alone: memory that ends where the tensor does, two
// threads at once, a lack of memory.
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <thread>

#include "doctor.hpp"

namespace backplane::selftest {
namespace {

// One element after the input is read, and what it holds has no effect on anything.
void read_ahead(Launched& launched) {
  if (!launched.is("Tanh")) return;
  const volatile float* after = launched.inputs[0].floats() + launched.inputs[0].count;
  static_cast<void>(*after);
}

// The input is written with what it holds already.
void write_back(Launched& launched) {
  if (!launched.is("Sigmoid")) return;
  volatile float* first = launched.inputs[0].floats();
  *first = *first;
}

// One element after the output is written, and put back.
void borrow_an_element(Launched& launched) {
  if (!launched.is("Relu")) return;
  volatile float* after = launched.outputs[0].floats() + launched.outputs[0].count;
  const float was = *after;
  *after = 1;
  *after = was;
}

// What all launches on the synchronous device share; whoever comes while another is within writes
// over what that one has left there.
std::mutex shared_mutex;
std::vector<char> shared_scratch;
std::atomic<int> within{0};

void leave_in_scratch(const Part& output) {
  const std::lock_guard<std::mutex> lock(shared_mutex);
  shared_scratch.assign(output.bytes, output.bytes + output.count * sizeof(float));
}

void take_from_scratch(const Part& output) {
  const std::lock_guard<std::mutex> lock(shared_mutex);
  std::memcpy(output.bytes, shared_scratch.data(), shared_scratch.size());
}

bp_status_t share_scratch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                          const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  const bp_status_t status = honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
  if (status != BP_OK || stream != nullptr) return status;
  const Part output = part_of(outputs[0]);
  if (output.type.dtype != BP_DTYPE_FLOAT32 || output.bytes == nullptr) return status;
  leave_in_scratch(output);
  ++within;
  for (int i = 0; i < 100 && within < 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  take_from_scratch(output);
  --within;
  return status;
}

// A kernel takes some of the host's memory when it is made; where there is none, all kernels lose
// what they work with.
const bp_host_t* the_host = nullptr;
std::atomic<bool> is_table_lost{false};

bp_status_t open_with_host(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                           uint32_t option_count, bp_device_t** out_device) {
  the_host = host;
  return honest().plugin->device_open(host, index, options, option_count, out_device);
}

bool has_room_for_a_table() {
  void* parts[8] = {};
  for (void*& part : parts) part = the_host->allocate(the_host->self, 64, 8);
  bool has_room = true;
  for (void* part : parts) {
    has_room = has_room && part != nullptr;
    the_host->deallocate(the_host->self, part);
  }
  return has_room;
}

bp_status_t lose_the_table(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  if (has_room_for_a_table()) return honest().kernel->kernel_create(device, node, out_kernel);
  is_table_lost = true;
  return refuse(the_host, BP_STATUS_OUT_OF_MEMORY, "no memory for the table");
}

bp_status_t launch_with_table(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                              const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  const bp_status_t status = honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
  if (status == BP_OK && stream == nullptr && is_table_lost) {
    const Part output = part_of(outputs[0]);
    if (output.bytes != nullptr) std::memset(output.bytes, 0, sizeof(float));
  }
  return status;
}

bp_status_t never_again(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  if (is_table_lost || !has_room_for_a_table()) {
    is_table_lost = true;
    return refuse(the_host, BP_STATUS_OUT_OF_MEMORY, "no memory for the table");
  }
  return honest().kernel->kernel_create(device, node, out_kernel);
}

bp_status_t blame_the_node(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  if (!has_room_for_a_table())
    return refuse(the_host, BP_STATUS_UNSUPPORTED, "the table could not be made");
  return honest().kernel->kernel_create(device, node, out_kernel);
}

void plant_create(Tables* tables, decltype(bp_kernel_api_t::kernel_create) create) {
  tables->plugin.device_open = open_with_host;
  tables->kernel.kernel_create = create;
}

}  // namespace

std::vector<Fault> circumstance_faults() {
  return {
      {"reads-ahead", plant<read_ahead>},
      {"writes-inputs-back", plant<write_back>},
      {"borrows-an-element", plant<borrow_an_element>},
      {"shares-scratch", [](Tables* t) { t->kernel.launch = share_scratch; }},
      {"loses-its-table",
       [](Tables* t) {
         plant_create(t, lose_the_table);
         t->kernel.launch = launch_with_table;
       }},
      {"never-has-memory-again", [](Tables* t) { plant_create(t, never_again); }},
      {"no-memory-is-unsupported", [](Tables* t) { plant_create(t, blame_the_node); }},
  };
}

}  // namespace backplane::selftest
