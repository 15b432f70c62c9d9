// Fingerprints of what goes across the ABI, to see that it stays as it was. Every function takes
// NULL where a broken plugin or host may have left one.
#pragma once

#include <backplane/kernel.h>
#include <backplane/plugin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace backplane::check {

class Hash {
 public:
  Hash& add(const void* bytes, uint64_t size);
  Hash& add_number(uint64_t number);
  Hash& add_text(const char* text);  // NULL is not the same as ""
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0x6261636b706c616e;
};

// A growing struct as far as this host knows it; what its writer did not have is 0.
template <class T>
T known_part(const T& growing) {
  T copy = {};
  std::memcpy(&copy, &growing, std::min<size_t>(growing.struct_size, sizeof(T)));
  return copy;
}

// supports() may be asked without the data of constants above this size.
constexpr uint64_t kLargestAlwaysThere = 4096;
// Of the host's data only what is no larger is looked at before and after a call.
constexpr uint64_t kLargestGuarded = 4096;

// The struct, whatever its pointers reach, and the pointers: changes when anything was written to.
uint64_t guard_of_node(const bp_node_t& node);
uint64_t guard_of_options(const bp_option_t* options, uint32_t count);
uint64_t guard_of_types(const bp_tensor_type_t* types, uint32_t count);

// The question that a node asks: all but its name. Large constants count by their bytes, or as if
// they were not loaded.
enum class LargeConstants { kAsGiven, kNotLoaded };
uint64_t question_of_node(const bp_node_t& node, LargeConstants large);

// Contents, wherever they lie.
uint64_t contents_of_device_info(const bp_device_info_t& info);
uint64_t contents_of_kernel_info(const bp_kernel_info_t& info, uint32_t input_count,
                                 uint32_t output_count);
uint64_t contents_of_plugin(const bp_plugin_t& plugin);

}  // namespace backplane::check
