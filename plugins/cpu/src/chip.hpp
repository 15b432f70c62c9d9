// What the operating system and the processor say of themselves.
#pragma once

#include <cstdint>
#include <string>

namespace backplane::cpu {

std::string chip_name();          // eg "AMD EPYC"; "CPU" when nobody says
std::string chip_architecture();  // eg "x86_64-avx512"
uint64_t physical_memory();       // bytes
uint64_t available_memory();      // bytes, now; never more than physical_memory()

}  // namespace backplane::cpu
