// GEMM by CLBlast, with the tuning that it ships, on the device that the plugin runs on.
#pragma once

#include "bench_device.hpp"
#include "rounds.hpp"

namespace backplane::opencl::benchmark {

// "" when it was there to build with, else why not.
const char* why_no_clblast();

// Y = A B for n by n matrices, each time enqueued on a queue like a stream's.
Contender clblast_product(BenchDevice& device, int64_t n, bp_buffer_t* a, bp_buffer_t* b,
                          bp_buffer_t* y);

}  // namespace backplane::opencl::benchmark
