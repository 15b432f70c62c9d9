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

#include <backplane/plugin/attribute_kinds.hpp>
#include <backplane/plugin/host_memory.hpp>
#include <backplane/plugin/kernel.hpp>
#include <backplane/plugin/node.hpp>
#include <backplane/plugin/query.hpp>
#include <string>
#include <string_view>

namespace backplane::plugin {

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

// What a device says of itself.
constexpr bp_device_info_t device_info_of(const Definition& definition) {
  bp_device_info_t info = {};
  info.struct_size = sizeof(info);
  info.kind = BP_DEVICE_CPU;
  info.flags = BP_DEVICE_FLAG_SYNCHRONOUS | BP_DEVICE_FLAG_HOST_ADDRESSABLE;
  info.dlpack_type = 1;  // kDLCPU
  info.name = definition.device;
  info.architecture = definition.device;
  info.driver_version = definition.version;
  info.uuid = "";
  info.bus_address = "";
  info.max_buffer_size = Buffer::kMaxSize;
  info.buffer_alignment = Buffer::kAlignment;
  info.offset_alignment = 1;
  info.preferred_alignment = Buffer::kAlignment;
  return info;
}

// The functions of the plugin that a Definition describes.
template <const Definition& kDefinition>
struct SimplePlugin {
  static const bp_device_info_t* device_info(const bp_host_t*, uint32_t index) {
    static constexpr bp_device_info_t kInfo = device_info_of(kDefinition);
    return index == 0 ? &kInfo : nullptr;
  }

  static bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                                 uint32_t option_count, bp_device_t** out_device) {
    return guarded(host, [&] {
      if (index != 0)
        fail(BP_STATUS_INVALID_ARGUMENT,
             "there is no device " + std::to_string(index) + ", only 0");
      for (uint32_t i = 0; i < option_count; ++i) {
        const std::string_view key = options[i].key;
        if (key.rfind("bp.", 0) != 0)
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

  // The same, and the operator serves it.
  static const Operator& check(const Node& node) {
    const Operator& found = find(node);
    check_attribute_kinds(node);
    found.check(node);
    return found;
  }

  static bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
    return guarded(device_of(device).host, [&] { check(Node(*node)); });
  }

  static bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node,
                                   bp_kernel_t** out_kernel) {
    const bp_host_t* host = device_of(device).host;
    return guarded(host, [&] {
      *out_kernel = reinterpret_cast<bp_kernel_t*>(check(Node(*node)).create(host, Node(*node)));
    });
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

 private:
  static const KernelHandle& handle_of(const bp_kernel_t* kernel) {
    return *reinterpret_cast<const KernelHandle*>(kernel);
  }
};

inline constexpr bp_memory_api_t kMemoryTable = HostMemory::table();

template <const Definition& kDefinition>
constexpr bp_kernel_api_t kernel_table() {
  using Functions = SimplePlugin<kDefinition>;
  bp_kernel_api_t table = {};
  table.struct_size = sizeof(table);
  table.supports = Functions::supports;
  table.kernel_create = Functions::kernel_create;
  table.kernel_destroy = Functions::kernel_destroy;
  table.kernel_info = Functions::kernel_info;
  table.scratch_size = Functions::scratch_size;
  table.launch = Functions::launch;
  return table;
}
template <const Definition& kDefinition>
inline constexpr bp_kernel_api_t kKernelTable = kernel_table<kDefinition>();

template <const Definition& kDefinition>
constexpr bp_plugin_t plugin_table() {
  using Functions = SimplePlugin<kDefinition>;
  bp_plugin_t plugin = {};
  plugin.struct_size = sizeof(plugin);
  plugin.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  plugin.id = kDefinition.id;
  plugin.version = kDefinition.version;
  plugin.vendor = kDefinition.vendor;
  plugin.build_id = kDefinition.build_id;
  plugin.sanitizers = BP_SANITIZERS;
  plugin.memory = &kMemoryTable;
  plugin.kernel = &kKernelTable<kDefinition>;
  plugin.device_info = Functions::device_info;
  plugin.device_open = Functions::device_open;
  plugin.device_close = Functions::device_close;
  return plugin;
}
template <const Definition& kDefinition>
inline constexpr bp_plugin_t kPluginTable = plugin_table<kDefinition>();

// What bp_plugin_query returns.
template <const Definition& kDefinition>
const bp_plugin_t* query(const bp_host_t* host) noexcept {
  return answer_query(host, kPluginTable<kDefinition>);
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_SIMPLE_HPP
