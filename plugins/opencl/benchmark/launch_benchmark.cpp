// What a launch costs the host: an Add of 16 floats through the ABI, against setting as many
// arguments of the same sizes and enqueueing by hand. All of it is given behind a shut gate, so
// that the device does nothing meanwhile.
#include "benchmarks.hpp"
#include "kernels/rows.hpp"
#include "operation.hpp"
#include "rounds.hpp"

namespace backplane::opencl::benchmark {

namespace {

constexpr int kPairs = 101;
constexpr int kLaunches = 500;  // below every stream's depth

// The arguments of the plugin's Add: three buffers, each with where its tensor begins, the rows,
// and whether results go past the caches.
const char* const kSameArguments = R"(
typedef struct { ulong words[ROWS_WORDS]; } Rows;
kernel void f(global const float* a, ulong a_at, global const float* b, ulong b_at,
              global float* y, ulong y_at, Rows rows, int is_streamed) {
  const size_t i = get_global_id(0);
  if (i < rows.words[0]) y[y_at + i] = a[a_at + i] + b[b_at + i];
}
)";

double seconds_by_hand(cl_context context, cl_command_queue queue, cl_kernel kernel,
                       const cl_mem (&memory)[3]) {
  cl_int error = CL_SUCCESS;
  const EventHandle gate(cl().clCreateUserEvent(context, &error));
  check(error, "clCreateUserEvent");
  const cl_event shut = gate.get();
  check(cl().clEnqueueBarrierWithWaitList(queue, 1, &shut, nullptr),
        "clEnqueueBarrierWithWaitList");
  const cl_ulong start = 0;
  const cl_int is_streamed = 0;
  Rows rows;
  rows.outer.rank = 16;  // the first word
  const size_t size = 64;
  const double taken = seconds([&] {
    for (int i = 0; i < kLaunches; ++i) {
      cl_uint next = 0;
      for (const cl_mem& one : memory) {
        check(cl().clSetKernelArg(kernel, next++, sizeof one, &one), "clSetKernelArg");
        check(cl().clSetKernelArg(kernel, next++, sizeof start, &start), "clSetKernelArg");
      }
      check(cl().clSetKernelArg(kernel, next++, sizeof rows, &rows), "clSetKernelArg");
      check(cl().clSetKernelArg(kernel, next, sizeof is_streamed, &is_streamed), "clSetKernelArg");
      check(
          cl().clEnqueueNDRangeKernel(queue, kernel, 1, nullptr, &size, &size, 0, nullptr, nullptr),
          "clEnqueueNDRangeKernel");
    }
  });
  check(cl().clSetUserEventStatus(shut, CL_COMPLETE), "clSetUserEventStatus");
  check(cl().clFinish(queue), "clFinish");
  return taken / kLaunches;
}

double seconds_of_plugin(const BenchDevice& device, const Operation& add) {
  const bp_stream_api_t& streams = *device.plugin().stream;
  bp_event_t* gate = nullptr;
  device.require(streams.event_create(device.get(), BP_EVENT_FLAG_HOST_SIGNALED, &gate));
  device.require(streams.event_wait(gate, device.stream()));
  const double taken = seconds([&] {
    for (int i = 0; i < kLaunches; ++i) add.launch(device.stream());
  });
  device.require(streams.event_signal(gate, BP_OK));
  device.synchronize();
  streams.event_destroy(gate);
  return taken / kLaunches;
}

}  // namespace

void compare_launches(BenchDevice& device) {
  const Operand x = {{16}, numbers({16}, 1)};
  const Operation add(device, "Add", 14, {x, x}, {16});
  const Queue queue = device.make_queue();
  const KernelHandle kernel = device.make_kernel(
      kSameArguments, "-DROWS_WORDS=" + std::to_string(sizeof(Rows) / sizeof(cl_ulong)));
  cl_mem memory[3] = {};
  for (cl_mem& one : memory) one = BenchDevice::memory(device.buffer(x.values));
  Times ours, theirs;
  for (int pair = 0; pair < kPairs; ++pair) {
    const auto take_ours = [&] { ours.push_back(seconds_of_plugin(device, add)); };
    if (pair % 2 == 0) take_ours();
    theirs.push_back(seconds_by_hand(device.context(), queue.get(), kernel.get(), memory));
    if (pair % 2 != 0) take_ours();
  }
  print_head("Host cost of a launch, 500 behind a shut gate, pairs in turns", "us");
  print({"Add of 16 floats", "by hand", ours, theirs, 1e6, true, "<= 1.30"});
}

}  // namespace backplane::opencl::benchmark
