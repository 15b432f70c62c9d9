#include "abi/opening.hpp"

#include <cstddef>
#include <exception>
#include <thread>

#include "abi/kernel_tools.hpp"
#include "support/status.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kPatienceNs = 20'000'000'000;
constexpr int64_t kCount = 64;
constexpr uint64_t kSize = kCount * sizeof(float);

}  // namespace

Opening::Opening(Subject& subject, const bp_plugin_t& plugin, const bp_host_t* host, uint32_t index,
                 const std::vector<bp_option_t>& options)
    : subject_(subject), plugin_(plugin), info_(plugin.device_info(host, index)) {
  subject.entering("device_open");
  require(info_ != nullptr, "device_info(" + std::to_string(index) + ") gave NULL");
  check(plugin.device_open(host, index, options.data(), static_cast<uint32_t>(options.size()),
                           &device_),
        "device_open");
}

Opening::~Opening() {
  while (!ends_.empty()) {
    ends_.back()();
    ends_.pop_back();
  }
  subject_.entering("device_close");
  plugin_.device_close(device_);
}

void Opening::check(bp_status_t status, const char* call) { subject_.check(status, call); }

bool Opening::has_streams() const { return (info_->flags & BP_DEVICE_FLAG_SYNCHRONOUS) == 0; }

bp_stream_t* Opening::make_stream() {
  if (!has_streams()) return nullptr;
  subject_.entering("stream_create");
  bp_stream_t* stream = nullptr;
  check(plugin_.stream->stream_create(device_, 0, &stream), "stream_create");
  ends_.emplace_back([this, stream] { plugin_.stream->stream_destroy(stream); });
  return stream;
}

void Opening::finish(bp_stream_t* stream) {
  if (stream != nullptr)
    check(plugin_.stream->stream_synchronize(stream, kPatienceNs), "stream_synchronize");
}

bp_buffer_t* Opening::make_buffer(uint64_t size) {
  subject_.entering("buffer_create");
  bp_buffer_t* buffer = nullptr;
  check(plugin_.memory->buffer_create(device_, BP_MEMORY_DEVICE, size, &buffer), "buffer_create");
  ends_.emplace_back([this, buffer] { plugin_.memory->buffer_destroy(buffer); });
  return buffer;
}

std::string Opening::read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t size) {
  std::string bytes(size, '\xee');
  subject_.entering("read");
  check(plugin_.memory->read(stream, source, 0, bytes.data(), size), "read");
  finish(stream);
  return bytes;
}

void Opening::transfer(uint64_t salt) {
  const std::string bytes = subject_.pattern(4096, salt);
  bp_buffer_t* buffer = make_buffer(bytes.size());
  bp_stream_t* stream = make_stream();
  subject_.entering("write");
  check(plugin_.memory->write(stream, buffer, 0, bytes.data(), bytes.size()), "write");
  require_equal(read(stream, buffer, bytes.size()), bytes, "a buffer");
}

bp_kernel_t* Opening::make_add() {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  for (uint32_t since : {14, 13, 7}) {
    NodeDraft draft("Add", since, {type, type}, {type});
    subject_.entering("supports");
    if (plugin_.kernel->supports(device_, &draft.node()) != BP_OK) continue;
    bp_kernel_t* kernel = nullptr;
    subject_.entering("kernel_create");
    check(plugin_.kernel->kernel_create(device_, &draft.node(), &kernel), "kernel_create");
    ends_.emplace_back([this, kernel] { plugin_.kernel->kernel_destroy(kernel); });
    return kernel;
  }
  return nullptr;
}

void Opening::add() {
  if (plugin_.kernel->supports == nullptr) return;
  bp_kernel_t* kernel = make_add();
  const auto info_of = plugin_.kernel->kernel_info;
  const bp_kernel_info_t* info =
      kernel != nullptr && info_of != nullptr ? info_of(kernel) : nullptr;
  const bool wants_scratch = info != nullptr && info->scratch_size != 0;
  if (kernel != nullptr && !wants_scratch) launch_add(kernel, make_stream());
}

void Opening::launch_add(bp_kernel_t* kernel, bp_stream_t* stream) {
  const std::string a = bytes_of(ramp(kCount, 1));
  bp_tensor_t tensors[3] = {};
  for (bp_tensor_t& tensor : tensors) {
    tensor.type = type_of(BP_DTYPE_FLOAT32, {kCount});
    tensor.buffer = make_buffer(kSize + info_->tensor_padding);
  }
  for (int i : {0, 1})
    check(plugin_.memory->write(stream, tensors[i].buffer, 0, a.data(), kSize), "write");
  subject_.entering("launch");
  check(plugin_.kernel->launch(kernel, stream, tensors, tensors + 2, nullptr), "launch");
  require_equal(read(stream, tensors[2].buffer, kSize),
                bytes_of(sums(ramp(kCount, 1), ramp(kCount, 1))), "a sum");
}

void use_every_device(Subject& subject, const bp_plugin_t& plugin, const bp_host_t* host) {
  for (uint32_t index = 0; plugin.device_info(host, index) != nullptr; ++index)
    Opening(subject, plugin, host, index).use();
}

void on_another_thread(const std::function<void()>& body) {
  std::exception_ptr ended;
  std::thread thread([&] {
    try {
      body();
    } catch (...) {
      ended = std::current_exception();
    }
  });
  thread.join();
  if (ended != nullptr) std::rethrow_exception(ended);
}

void on_two_threads(const std::function<void(int)>& body) {
  std::exception_ptr ended;
  std::thread first([&] {
    try {
      body(0);
    } catch (...) {
      ended = std::current_exception();
    }
  });
  std::exception_ptr here;
  try {
    body(1);
  } catch (...) {
    here = std::current_exception();
  }
  first.join();
  if (ended != nullptr) std::rethrow_exception(ended);
  if (here != nullptr) std::rethrow_exception(here);
}

}  // namespace backplane::conformance
