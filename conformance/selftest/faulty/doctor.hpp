// Faults of operators are doctored launches: the honest kernel runs, and what it gave is changed
// before anybody reads it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fault.hpp"

namespace backplane::selftest {

// A tensor of a launch; bytes is NULL for one that is absent or has no elements.
struct Part {
  bp_tensor_type_t type = {};
  char* bytes = nullptr;
  int64_t count = 0;  // of elements

  float* floats() const { return reinterpret_cast<float*>(bytes); }
  int64_t size(int axis) const {  // counted from the end: -1 is the last
    return type.rank + axis >= 0 ? type.shape[type.rank + axis] : 1;
  }
};

// Of a tensor that was given to a launch.
Part part_of(const bp_tensor_t& tensor);

// A kernel, for as long as it lives, and one of its launches.
struct Launched {
  std::string op;
  std::map<std::string, int64_t> settings;  // its integer attributes
  size_t input_count = 0;
  size_t output_count = 0;                        // with the sizes of those that the data decides
  int launches = 0;                               // this one included
  std::map<const void*, std::vector<char>> kept;  // for faults that keep something
  std::vector<Part> inputs;
  std::vector<Part> outputs;

  // All float32, of operator `name`.
  bool is(const char* name) const;
};

using Doctor = void (*)(Launched& launched);

// What the honest plugin says of a kernel, to be changed.
bp_kernel_info_t& own_info(const bp_kernel_t* kernel);

// Every launch of the plugin is done again by `doctor` when it has ended.
void plant_doctor(Tables* tables, Doctor doctor);

// The same as a Fault's own function.
template <Doctor doctor>
void plant(Tables* tables) {
  plant_doctor(tables, doctor);
}

float rounded_to_bfloat16(float x);
float rounded_to_tf32(float x);
float rounded_to_float16(float x);

}  // namespace backplane::selftest
