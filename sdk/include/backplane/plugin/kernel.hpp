// An operator as an author of a plugin writes it: a class derived from Kernel, and a line in a
// list.
#ifndef BACKPLANE_PLUGIN_KERNEL_HPP
#define BACKPLANE_PLUGIN_KERNEL_HPP

#include <array>
#include <backplane/plugin/host_memory.hpp>
#include <backplane/plugin/node.hpp>
#include <initializer_list>
#include <type_traits>

namespace backplane::plugin {

// 0 for an absent tensor.
inline uint64_t element_count(const bp_tensor_type_t& type) {
  uint64_t count = type.dtype != 0 ? 1 : 0;
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    count *= static_cast<uint64_t>(type.shape[axis]);
  return count;
}

// The arguments of one launch; pointers are checked against their buffers.
class Launch {
 public:
  Launch(const bp_tensor_t* inputs, const bp_tensor_t* outputs, const bp_tensor_t* scratch)
      : inputs_(inputs), outputs_(outputs), scratch_(scratch) {}

  const bp_tensor_type_t& input_type(uint32_t index) const { return inputs_[index].type; }
  const bp_tensor_type_t& output_type(uint32_t index) const { return outputs_[index].type; }
  // nullptr where there are no elements, and for an absent one.
  template <class T>
  const T* input(uint32_t index) const {
    return inputs_[index].host != nullptr ? static_cast<const T*>(inputs_[index].host)
                                          : elements<T>(inputs_[index]);
  }
  template <class T>
  T* output(uint32_t index) const {
    return elements<T>(outputs_[index]);
  }
  void* scratch() const {
    return scratch_ != nullptr ? elements<unsigned char>(*scratch_) : nullptr;
  }

 private:
  template <class T>
  static T* elements(const bp_tensor_t& tensor) {
    const uint64_t count = element_count(tensor.type);
    if (count == 0) return nullptr;
    return reinterpret_cast<T*>(
        buffer_of(tensor.buffer).work_range(tensor.offset, count * sizeof(T)));
  }

  const bp_tensor_t* inputs_;
  const bp_tensor_t* outputs_;
  const bp_tensor_t* scratch_;
};

// An operator, ready for one node. A derived class has, beside the functions below,
//   static void check(const Node&)   fails with UNSUPPORTED where the constructor would
//   explicit X(const Node&)          may read constants, and sets `info_` where it is not all 0
class Kernel {
 public:
  Kernel() { info_.struct_size = sizeof(info_); }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  virtual ~Kernel() = default;

  // May be called from several threads at once.
  virtual void run(const Launch& launch) const = 0;
  // Called where info_.scratch_size is BP_SIZE_UNKNOWN.
  virtual uint64_t scratch_size(const bp_tensor_type_t* inputs,
                                const bp_tensor_type_t* outputs) const {
    (void)inputs, (void)outputs;
    return info_.scratch_size;
  }
  const bp_kernel_info_t& info() const { return info_; }

 protected:
  bp_kernel_info_t info_ = {};
};

// What a bp_kernel_t is here: an operator's kernel and its host, in one piece of memory.
struct KernelHandle {
  explicit KernelHandle(const bp_host_t* its_host) : host(its_host) {}
  virtual ~KernelHandle() = default;
  const bp_host_t* host;
  const Kernel* kernel = nullptr;  // part of the derived object
};

template <class Implementation>
struct KernelHolder final : KernelHandle {
  KernelHolder(const bp_host_t* its_host, const Node& node)
      : KernelHandle(its_host), implementation(make(its_host, node)) {
    kernel = &implementation;
  }
  static Implementation make([[maybe_unused]] const bp_host_t* host, const Node& node) {
    if constexpr (std::is_constructible_v<Implementation, const Node&, const bp_host_t*>)
      return Implementation(node, host);
    else
      return Implementation(node);
  }
  Implementation implementation;
};

// One line of a plugin's list.
struct Operator {
  const char* op;
  std::array<uint32_t, 8> since;  // the definitions it knows; 0 ends them
  void (*check)(const Node& node);
  KernelHandle* (*create)(const bp_host_t* host, const Node& node);
  const char* domain;
};

template <class Implementation>
constexpr Operator implement(const char* op, std::initializer_list<uint32_t> since,
                             const char* domain = "") {
  Operator made = {op, {}, Implementation::check, nullptr, domain};
  size_t count = 0;
  for (uint32_t version : since) made.since[count++] = version;
  made.create = [](const bp_host_t* host, const Node& node) -> KernelHandle* {
    return host_new<KernelHolder<Implementation>>(host, host, node);
  };
  return made;
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_KERNEL_HPP
