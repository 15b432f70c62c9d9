// backplane/runtime.hpp - the C API of runtime.h for C++17: handles that end themselves, and
// exceptions that carry the error. Header only. What has no wrapper here is called by its C name
// with get().
#ifndef BACKPLANE_RUNTIME_HPP
#define BACKPLANE_RUNTIME_HPP

#include <backplane/runtime.h>

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace bp::rt {

// A call that failed: its status, and what bp_rt_last_error said of it.
class Error : public std::runtime_error {
 public:
  explicit Error(const bp_rt_error_t& error)
      : std::runtime_error(error.text),
        status_(error.status),
        node_(error.node),
        op_(error.op),
        device_(error.device) {}
  bp_status_t status() const { return status_; }
  const std::string& node() const { return node_; }
  const std::string& op() const { return op_; }
  const std::string& device() const { return device_; }

 private:
  bp_status_t status_;
  std::string node_, op_, device_;
};

inline void check(bp_status_t status) {
  if (status != BP_OK) throw Error(*bp_rt_last_error());
}

template <auto kDestroy>
struct Destroy {
  template <class Object>
  void operator()(Object* object) const {
    kDestroy(object);
  }
};
template <class Object, auto kDestroy>
class Handle : public std::unique_ptr<Object, Destroy<kDestroy>> {
 public:
  Handle() = default;
  explicit Handle(Object* object) : std::unique_ptr<Object, Destroy<kDestroy>>(object) {}
};

using Event = Handle<bp_rt_event_t, bp_rt_event_destroy>;
using Graph = Handle<bp_graph_t, bp_rt_graph_destroy>;
using Memory = Handle<bp_rt_memory_t, bp_rt_memory_destroy>;
using Op = Handle<bp_rt_op_t, bp_rt_op_destroy>;
using Options = std::vector<bp_option_t>;

inline bp_tensor_type_t tensor_type(bp_dtype_t dtype, std::initializer_list<int64_t> shape) {
  bp_tensor_type_t type = {};
  if (shape.size() > BP_MAX_RANK) throw std::length_error("a tensor's rank is at most 8");
  type.dtype = dtype;
  for (int64_t size : shape) type.shape[type.rank++] = size;
  return type;
}

inline bp_rt_tensor_t on_host(const bp_tensor_type_t& type, void* bytes) {
  return {type, nullptr, nullptr, bytes, 0};
}
inline bp_rt_tensor_t in_memory(const bp_tensor_type_t& type, const Memory& memory,
                                uint64_t offset = 0) {
  return {type, nullptr, memory.get(), nullptr, offset};
}

class Stream : public Handle<bp_rt_stream_t, bp_rt_stream_destroy> {
 public:
  using Handle::Handle;
  void synchronize(uint64_t timeout_ns = UINT64_MAX) const {
    check(bp_rt_stream_synchronize(get(), timeout_ns));
  }
};

class Device : public Handle<bp_rt_device_t, bp_rt_device_close> {
 public:
  using Handle::Handle;

  Memory memory(uint64_t size, bp_rt_stream_t* stream = nullptr) const {
    bp_rt_memory_t* made = nullptr;
    check(bp_rt_memory_create(get(), stream, BP_MEMORY_DEVICE, size, &made));
    return Memory(made);
  }
  Stream stream(bp_stream_flags_t flags = 0) const {
    bp_rt_stream_t* made = nullptr;
    check(bp_rt_stream_create(get(), flags, &made));
    return Stream(made);
  }
  Event event(bp_event_flags_t flags = 0) const {
    bp_rt_event_t* made = nullptr;
    check(bp_rt_event_create(get(), flags, &made));
    return Event(made);
  }
  Op op(const bp_node_t& node) const {
    bp_rt_op_t* made = nullptr;
    check(bp_rt_op_create(get(), &node, &made));
    return Op(made);
  }
};

class Run : public Handle<bp_rt_run_t, bp_rt_run_destroy> {
 public:
  using Handle::Handle;
  // An output without memory comes back with some, which is the caller's: Memory(tensor.memory).
  void start(const std::vector<bp_rt_tensor_t>& inputs, std::vector<bp_rt_tensor_t>& outputs,
             bp_rt_stream_t* stream = nullptr) const {
    const bp_rt_run_config_t config = {sizeof config, 0, stream};
    check(bp_rt_run_start(get(), inputs.data(), outputs.data(), &config));
  }
};

class Session : public Handle<bp_rt_session_t, bp_rt_session_destroy> {
 public:
  using Handle::Handle;
  Session(const Graph& graph, const Device& device, const Options& options = {}) {
    bp_rt_session_t* made = nullptr;
    bp_rt_device_t* const devices[] = {device.get()};
    check(bp_rt_session_create(graph.get(), devices, 1, options.data(),
                               static_cast<uint32_t>(options.size()), &made));
    reset(made);
  }
  Run run() const {
    bp_rt_run_t* made = nullptr;
    check(bp_rt_run_create(get(), &made));
    return Run(made);
  }
  const bp_value_info_t* input(uint32_t index) const { return bp_rt_session_input(get(), index); }
  const bp_value_info_t* output(uint32_t index) const { return bp_rt_session_output(get(), index); }
};

class Runtime : public Handle<bp_rt_t, bp_rt_destroy> {
 public:
  explicit Runtime(const bp_rt_config_t* config = nullptr) {
    bp_rt_t* made = nullptr;
    check(bp_rt_create(config, &made));
    reset(made);
  }
  Device open(const std::string& selector, const Options& options = {}) const {
    bp_rt_device_t* made = nullptr;
    check(bp_rt_device_open(get(), selector.c_str(), options.data(),
                            static_cast<uint32_t>(options.size()), &made));
    return Device(made);
  }
  // `folder`: where external weights are.
  Graph read_onnx(const std::string& bytes, const std::string& folder = "") const {
    bp_graph_t* made = nullptr;
    check(bp_rt_graph_from_onnx(get(), bytes.data(), bytes.size(), folder.c_str(), nullptr, nullptr,
                                &made));
    return Graph(made);
  }
};

inline void copy(const bp_rt_tensor_t& target, const bp_rt_tensor_t& source,
                 bp_rt_stream_t* stream = nullptr) {
  check(bp_rt_copy(stream, &target, &source));
}

}  // namespace bp::rt

#endif  // BACKPLANE_RUNTIME_HPP
