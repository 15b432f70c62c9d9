// How the opencl plugin compares with what else the same device or cores can do. Asserts nothing.
//   build/dev/benchmarks/opencl_benchmark [gemm] [streaming] [launch] [fusion] [epilogue]
#include <cstdio>
#include <cstring>

#include "benchmarks.hpp"

namespace {

using namespace backplane::opencl::benchmark;  // NOLINT(google-build-using-namespace)

struct Table {
  const char* name;
  void (*print)(BenchDevice& device);
};

constexpr Table kTables[] = {
    {"gemm", compare_products}, {"streaming", compare_streaming}, {"launch", compare_launches},
    {"fusion", compare_fusion}, {"epilogue", compare_epilogues},
};

bool is_wanted(const char* name, int count, char** names) {
  for (int i = 0; i < count; ++i)
    if (std::strcmp(names[i], name) == 0) return true;
  return count == 0;
}

// What goes wrong in one table, a wrong result too, leaves the others be.
void print(const Table& table, BenchDevice& device) {
  try {
    table.print(device);
  } catch (const std::exception& error) {
    std::printf("FAILED: %s: %s\n", table.name, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    BenchDevice device;
    std::printf("%s, %u compute units\n", device.info()->architecture, device.compute_units());
    for (const Table& table : kTables)
      if (is_wanted(table.name, argc - 1, argv + 1)) print(table, device);
  } catch (const std::exception& error) {
    std::printf("SKIPPED: %s\n", error.what());
  }
  return 0;
}
