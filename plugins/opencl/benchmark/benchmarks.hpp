// The tables of opencl_benchmark.
#pragma once

#include "bench_device.hpp"

namespace backplane::opencl::benchmark {

void compare_products(BenchDevice& device);   // gemm_benchmark.cpp
void compare_streaming(BenchDevice& device);  // streaming_benchmark.cpp
void compare_launches(BenchDevice& device);   // launch_benchmark.cpp
void compare_fusion(BenchDevice& device);     // fusion_benchmark.cpp
void compare_epilogues(BenchDevice& device);  // epilogue_benchmark.cpp

}  // namespace backplane::opencl::benchmark
