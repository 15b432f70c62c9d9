// A whole plugin from a list of operators: one synchronous device on the host's memory. The author
// writes a class derived from Kernel for each operator; everything else is here.
//
//   class Relu : public Kernel { ... static void check(const Node&); explicit Relu(const Node&);
//                                    void run(const Launch&) const override; };
//   constexpr Operator kOperators[] = {implement<Relu>("Relu", {6, 13, 14})};
//   constexpr Definition kAcme = {"com.acme.x100", "1.0.0", "Acme", "", "x100", kOperators};
//   BP_EXPORT const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
//     return query<kAcme>(host);
//   }
#ifndef BACKPLANE_PLUGIN_SIMPLE_HPP
#define BACKPLANE_PLUGIN_SIMPLE_HPP

#include <array>
#include <backplane/plugin/host_memory.hpp>
#include <backplane/plugin/node.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
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

struct Definition {
  template <size_t kCount>
  constexpr Definition(const char* its_id, const char* its_version, const char* its_vendor,
                       const char* its_build_id, const char* its_device,
                       const Operator (&its_operators)[kCount])
      : id(its_id),
        version(its_version),
        vendor(its_vendor),
        build_id(its_build_id),
        device(its_device),
        operators(its_operators),
        operator_count(kCount) {}
  const char* id;
  const char* version;
  const char* vendor;
  const char* build_id;
  const char* device;  // its name
  const Operator* operators;
  size_t operator_count;
};

// The functions and tables of the plugin that a Definition describes.
template <const Definition& kDefinition>
class SimplePlugin {
 public:
  static const bp_plugin_t* table() {
    static constexpr bp_plugin_t plugin = make_table();
    return &plugin;
  }

 private:
  static const bp_device_info_t* device_info(const bp_host_t*, uint32_t index) {
    static constexpr bp_device_info_t info = make_device_info();
    return index == 0 ? &info : nullptr;
  }

  static bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                                 uint32_t option_count, bp_device_t** out_device) {
    return guarded(host, [&] {
      if (index != 0)
        fail(BP_STATUS_INVALID_ARGUMENT,
             "there is no device " + std::to_string(index) + ", only 0");
      for (uint32_t i = 0; i < option_count; ++i) {
        const std::string_view key = options[i].key;
        if (key != "bp.memory-limit" && key != "bp.threads")
          fail(BP_STATUS_INVALID_ARGUMENT, "unknown option \"" + std::string(key) + "\"");
      }
      *out_device = reinterpret_cast<bp_device_t*>(host_new<Device>(host, host));
    });
  }

  static void device_close(bp_device_t* device) {
    if (device != nullptr) host_delete(device_of(device).host, &device_of(device));
  }

  // The operator that serves the node; fails where none does.
  static const Operator& find(const Node& node) {
    bool is_known = false;
    for (size_t i = 0; i < kDefinition.operator_count; ++i) {
      const Operator& candidate = kDefinition.operators[i];
      if (node.op() != candidate.op || node.domain() != candidate.domain) continue;
      is_known = true;
      for (uint32_t since : candidate.since)
        if (since != 0 && since == node.since()) return candidate;
    }
    const std::string op(node.op());
    if (is_known)
      fail(BP_STATUS_UNSUPPORTED, op + ": its definition of version " +
                                      std::to_string(node.since()) + " is not known here");
    fail(BP_STATUS_UNSUPPORTED, "there is no operator " + op + " here");
  }

  static bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
    return guarded(device_of(device).host, [&] { find(Node(*node)).check(Node(*node)); });
  }

  static bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node,
                                   bp_kernel_t** out_kernel) {
    const bp_host_t* host = device_of(device).host;
    return guarded(host, [&] {
      const Operator& found = find(Node(*node));
      found.check(Node(*node));
      *out_kernel = reinterpret_cast<bp_kernel_t*>(found.create(host, Node(*node)));
    });
  }

  static const KernelHandle& handle_of(const bp_kernel_t* kernel) {
    return *reinterpret_cast<const KernelHandle*>(kernel);
  }

  static void kernel_destroy(bp_kernel_t* kernel) {
    if (kernel != nullptr)
      host_delete(handle_of(kernel).host, reinterpret_cast<KernelHandle*>(kernel));
  }

  static const bp_kernel_info_t* kernel_info(const bp_kernel_t* kernel) {
    return &handle_of(kernel).kernel->info();
  }

  static bp_status_t scratch_size(const bp_kernel_t* kernel, const bp_tensor_type_t* inputs,
                                  const bp_tensor_type_t* outputs, uint64_t* out_size) {
    return guarded(handle_of(kernel).host,
                   [&] { *out_size = handle_of(kernel).kernel->scratch_size(inputs, outputs); });
  }

  static bp_status_t launch(bp_kernel_t* kernel, bp_stream_t*, const bp_tensor_t* inputs,
                            const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
    return guarded(handle_of(kernel).host,
                   [&] { handle_of(kernel).kernel->run(Launch(inputs, outputs, scratch)); });
  }

  static constexpr bp_device_info_t make_device_info() {
    bp_device_info_t info = {};
    info.struct_size = sizeof(info);
    info.kind = BP_DEVICE_CPU;
    info.flags = BP_DEVICE_FLAG_SYNCHRONOUS | BP_DEVICE_FLAG_HOST_ADDRESSABLE;
    info.dlpack_type = 1;  // kDLCPU
    info.name = kDefinition.device;
    info.architecture = kDefinition.device;
    info.driver_version = kDefinition.version;
    info.uuid = "";
    info.bus_address = "";
    info.max_buffer_size = Buffer::kMaxSize;
    info.buffer_alignment = Buffer::kAlignment;
    info.offset_alignment = 1;
    info.preferred_alignment = Buffer::kAlignment;
    return info;
  }

  static constexpr bp_kernel_api_t make_kernel_table() {
    bp_kernel_api_t table = {};
    table.struct_size = sizeof(table);
    table.supports = supports;
    table.kernel_create = kernel_create;
    table.kernel_destroy = kernel_destroy;
    table.kernel_info = kernel_info;
    table.scratch_size = scratch_size;
    table.launch = launch;
    return table;
  }

  static constexpr bp_plugin_t make_table() {
    bp_plugin_t plugin = {};
    plugin.struct_size = sizeof(plugin);
    plugin.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
    plugin.id = kDefinition.id;
    plugin.version = kDefinition.version;
    plugin.vendor = kDefinition.vendor;
    plugin.build_id = kDefinition.build_id;
    plugin.sanitizers = BP_SANITIZERS;
    plugin.memory = &kMemory;
    plugin.kernel = &kKernel;
    plugin.device_info = device_info;
    plugin.device_open = device_open;
    plugin.device_close = device_close;
    return plugin;
  }

  static constexpr bp_memory_api_t kMemory = HostMemory::table();
  static const bp_kernel_api_t kKernel;
};

template <const Definition& kDefinition>
constexpr bp_kernel_api_t SimplePlugin<kDefinition>::kKernel =
    SimplePlugin<kDefinition>::make_kernel_table();

// What bp_plugin_query returns; refuses a host of another ABI in words. [BP-PLUGIN-5]
template <const Definition& kDefinition>
const bp_plugin_t* query(const bp_host_t* host) noexcept {
  if (host->abi.major == BP_ABI_MAJOR && host->abi.minor >= BP_ABI_MINOR)
    return SimplePlugin<kDefinition>::table();
  guarded(host, [&] {
    const auto text = [](const bp_version_t& version) {
      return std::to_string(version.major) + "." + std::to_string(version.minor);
    };
    fail(BP_STATUS_UNSUPPORTED, std::string(kDefinition.id) + " is built for ABI " +
                                    text({BP_ABI_MAJOR, BP_ABI_MINOR}) + ", the host has " +
                                    text(host->abi));
  });
  return nullptr;
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_SIMPLE_HPP
