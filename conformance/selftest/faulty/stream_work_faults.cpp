// Faults of streams: the order of work, what it captured, and what two streams share. Group S of
// the catalogue.
#include <chrono>
#include <cstring>
#include <thread>

#include "fault.hpp"
#include "notes.hpp"

namespace backplane::selftest {
namespace {

const bp_host_t* the_host = nullptr;
bp_device_t* the_device = nullptr;

bp_status_t note_device(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  const bp_status_t status =
      honest().plugin->device_open(host, index, options, option_count, out_device);
  the_host = host;
  the_device = *out_device;
  return status;
}

void sleep_on(bp_stream_t* stream, std::chrono::microseconds time) {
  honest().stream->host_call(
      stream,
      [](void* argument, bp_status_t) {
        std::this_thread::sleep_for(
            std::chrono::microseconds(reinterpret_cast<intptr_t>(argument)));
      },
      reinterpret_cast<void*>(time.count()));  // NOLINT(performance-no-int-to-ptr)
}

bp_status_t marks_leak(bp_event_t* event, bp_stream_t* stream) {
  the_host->allocate(the_host->self, 64, 16);
  return honest().stream->event_record(event, stream);
}

bp_status_t into_one_slot(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                          const void* source, uint64_t size) {
  static char slot[4096];
  struct Held {
    char* target;
    uint64_t size;
  };
  void* start = nullptr;
  if (stream == nullptr || size == 0 || size > sizeof slot ||
      honest().memory->map(target, &start) != BP_OK)
    return honest().memory->write(stream, target, offset, source, size);
  std::memcpy(slot, source, size);
  return honest().stream->host_call(
      stream,
      [](void* argument, bp_status_t) {
        auto* held = static_cast<Held*>(argument);
        std::memcpy(held->target, slot, held->size);
        delete held;
      },
      new Held{static_cast<char*>(start) + offset, size});
}

bp_status_t small_writes_overtake(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                  const void* source, uint64_t size) {
  void* start = nullptr;
  if (stream == nullptr || size == 0 || size > 32 || honest().memory->map(target, &start) != BP_OK)
    return honest().memory->write(stream, target, offset, source, size);
  std::memcpy(static_cast<char*>(start) + offset, source, size);
  return BP_OK;
}

// Beside each stream one for kernels; what a fault forgets is to join the two.
Notes<bp_stream_t*, bp_stream_t*> kernel_streams;

bp_status_t create_two(bp_device_t* device, bp_stream_flags_t flags, bp_stream_t** out_stream) {
  bp_stream_t* beside = nullptr;
  const bp_status_t status = honest().stream->stream_create(device, flags, out_stream);
  if (status == BP_OK && honest().stream->stream_create(device, 0, &beside) == BP_OK)
    kernel_streams.put(*out_stream, beside);
  return status;
}

bp_status_t synchronize_two(bp_stream_t* stream, uint64_t timeout_ns) {
  const bp_status_t status = honest().stream->stream_synchronize(stream, timeout_ns);
  if (status == BP_OK) honest().stream->stream_synchronize(kernel_streams.get(stream), UINT64_MAX);
  return status;
}

void destroy_two(bp_stream_t* stream) {
  honest().stream->stream_destroy(stream);
  if (stream != nullptr) honest().stream->stream_destroy(kernel_streams.get(stream));
  kernel_streams.drop(stream);
}

// Work that `second` is given from now on follows what `first` was given so far.
void follow(bp_stream_t* second, bp_stream_t* first) {
  bp_event_t* mark = nullptr;
  if (honest().stream->event_create(the_device, 0, &mark) != BP_OK) return;
  honest().stream->event_record(mark, first);
  honest().stream->event_wait(mark, second);
  honest().stream->event_destroy(mark);
}

bp_status_t reads_overtake_launches(bp_kernel_t* kernel, bp_stream_t* stream,
                                    const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                                    const bp_tensor_t* scratch) {
  if (stream == nullptr) return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
  bp_stream_t* beside = kernel_streams.get(stream);
  follow(beside, stream);
  sleep_on(beside, std::chrono::microseconds(500));
  return honest().kernel->launch(kernel, beside, inputs, outputs, scratch);
}

// Kernels follow what was given before the last wait, but not the wait.
bp_status_t wait_with_transfers(bp_event_t* event, bp_stream_t* stream) {
  follow(kernel_streams.get(stream), stream);
  return honest().stream->event_wait(event, stream);
}

bp_status_t launch_beside(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                          const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  if (stream == nullptr) return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
  bp_stream_t* beside = kernel_streams.get(stream);
  const bp_status_t status = honest().kernel->launch(kernel, beside, inputs, outputs, scratch);
  follow(stream, beside);
  return status;
}

void plant_two_streams(Tables* tables) {
  tables->plugin.device_open = note_device;
  tables->stream.stream_create = create_two;
  tables->stream.stream_synchronize = synchronize_two;
  tables->stream.stream_destroy = destroy_two;
}

// Every MatMul-like result goes through one place that all streams share.
bp_buffer_t* the_scratch = nullptr;
constexpr uint64_t kScratchSize = 4096;

bp_status_t through_shared_scratch(bp_kernel_t* kernel, bp_stream_t* stream,
                                   const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                                   const bp_tensor_t* scratch) {
  uint64_t size = 4;
  for (uint16_t axis = 0; axis < outputs[0].type.rank; ++axis)
    size *= static_cast<uint64_t>(outputs[0].type.shape[axis]);
  if (stream == nullptr || size > kScratchSize)
    return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
  static const bp_status_t made =
      honest().memory->buffer_create(the_device, BP_MEMORY_DEVICE, kScratchSize, &the_scratch);
  if (made != BP_OK) return made;
  bp_tensor_t shared = outputs[0];
  shared.buffer = the_scratch;
  shared.offset = 0;
  const bp_status_t status = honest().kernel->launch(kernel, stream, inputs, &shared, scratch);
  if (status != BP_OK) return status;
  sleep_on(stream, std::chrono::microseconds(200));
  return honest().memory->copy(stream, outputs[0].buffer, outputs[0].offset, the_scratch, 0, size);
}

// A launch that looks at its arguments when the stream gets there, on another stream.
struct LateLaunch {
  bp_kernel_t* kernel;
  std::vector<bp_tensor_t> inputs;
  bp_tensor_t output;
};

bp_status_t launch_late(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                        const bp_tensor_t* outputs, const bp_tensor_t*) {
  constexpr size_t kSliceInputs = 4;
  return honest().stream->host_call(
      stream,
      [](void* argument, bp_status_t) {
        auto* late = static_cast<LateLaunch*>(argument);
        bp_stream_t* own = nullptr;
        honest().stream->stream_create(the_device, 0, &own);
        honest().kernel->launch(late->kernel, own, late->inputs.data(), &late->output, nullptr);
        honest().stream->stream_destroy(own);
        delete late;
      },
      new LateLaunch{kernel, {inputs, inputs + kSliceInputs}, outputs[0]});
}

}  // namespace

std::vector<Fault> stream_work_faults() {
  return {
      {"marks-leak",
       [](Tables* t) {
         t->plugin.device_open = note_device;
         t->stream.event_record = marks_leak;
       }},
      {"one-staging-slot", [](Tables* t) { t->memory.write = into_one_slot; }},
      {"small-writes-overtake", [](Tables* t) { t->memory.write = small_writes_overtake; }},
      {"reads-overtake-launches",
       [](Tables* t) {
         plant_two_streams(t);
         t->kernel.launch = reads_overtake_launches;
       }},
      {"waits-hold-transfers-alone",
       [](Tables* t) {
         plant_two_streams(t);
         t->stream.event_wait = wait_with_transfers;
         t->kernel.launch = launch_beside;
       }},
      {"scratch-is-shared",
       [](Tables* t) {
         t->plugin.device_open = note_device;
         t->kernel.launch = through_shared_scratch;
       }},
      {"host-bytes-are-read-late",
       [](Tables* t) {
         t->plugin.device_open = note_device;
         t->kernel.launch = launch_late;
       }},
  };
}

}  // namespace backplane::selftest
