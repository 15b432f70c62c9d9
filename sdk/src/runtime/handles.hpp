// What the handles of runtime.h stand for. Each keeps what it was made from alive, so that any
// order of destroying is right.
#pragma once

#include <backplane/runtime.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exec/op_cache.hpp"
#include "exec/run.hpp"
#include "graph/abi_view.hpp"
#include "loader/registry.hpp"
#include "stream/event.hpp"

namespace backplane::runtime {

// A host: its log and its plugins.
struct Host {
  Host(Log to, const RegistryOptions& options) : log(std::move(to)), registry(options, log) {}

  Log log;
  std::mutex mutex;  // of everything below
  Registry registry;
  std::deque<bp_rt_plugin_info_t> plugin_infos;  // entries never move
  struct DeviceInfo {
    std::string plugin_id;
    std::string selector;
    bp_rt_device_info_t info;
  };
  std::deque<DeviceInfo> device_infos;
};

// Its last handle is gone: so are its streams.
struct OpenedDevice {
  OpenedDevice() = default;
  ~OpenedDevice() {
    if (device != nullptr) device->give_up_retired();
  }
  OpenedDevice(const OpenedDevice&) = delete;
  OpenedDevice& operator=(const OpenedDevice&) = delete;

  std::shared_ptr<Host> host;
  std::shared_ptr<exec::OpenDevice> device;
  exec::OpCache ops;
};

}  // namespace backplane::runtime

struct bp_rt {
  std::shared_ptr<backplane::runtime::Host> host;
};

struct bp_rt_device {
  std::shared_ptr<backplane::runtime::OpenedDevice> opened;

  backplane::exec::OpenDevice& device() const { return *opened->device; }
};

struct bp_rt_stream {
  bp_rt_device device;
  std::shared_ptr<backplane::Stream> stream;
};

struct bp_rt_event {
  bp_rt_device device;
  std::shared_ptr<backplane::Event> event;
};

struct bp_rt_memory {
  bp_rt_device device;
  backplane::Pool::Memory pooled;
  std::shared_ptr<const void> imported;  // ends the import with its last owner
  std::shared_ptr<void> host;            // staging where the device has none
  bp_rt_memory_info_t info = {};

  // Whose bytes the host sees: kernels do not work on them.
  bool is_staging() const { return info.kind == BP_MEMORY_STAGING; }
};

struct bp_rt_op {
  bp_rt_device device;
  std::shared_ptr<backplane::exec::Op> op;
};

struct bp_rt_session {
  bp_rt_device device;
  std::shared_ptr<backplane::exec::Session> session;
  std::vector<bp_value_info_t> inputs;
  std::vector<bp_value_info_t> outputs;
};

struct bp_rt_run {
  bp_rt_device device;
  std::unique_ptr<backplane::exec::Run> run;
};

namespace backplane::runtime {

// A bp_graph_t of this library.
struct BuiltGraph : bp_graph {
  BuiltGraph(std::shared_ptr<Host> of, graph::Graph contents)
      : bp_graph(std::move(contents)), host(std::move(of)) {}
  std::shared_ptr<Host> host;
};

// NULL, or a stream of this device; INVALID_ARGUMENT for another's.
Status check_stream(const bp_rt_device& device, const bp_rt_stream_t* stream);
inline std::shared_ptr<Stream> shared(const bp_rt_stream_t* stream) {
  return stream != nullptr ? stream->stream : nullptr;
}

Result<Device::Options> options_of(const bp_option_t* options, uint32_t count);

std::unique_ptr<bp_rt_memory_t> make_memory(const bp_rt_device& device, Pool::Memory pooled);

}  // namespace backplane::runtime
