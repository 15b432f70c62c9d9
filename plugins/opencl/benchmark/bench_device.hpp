// The plugin's first device, used through the ABI; and the same context and device for OpenCL by
// hand.
#pragma once

#include <backplane/plugin.h>

#include <string>
#include <vector>

#include "device.hpp"

namespace backplane::opencl::benchmark {

class BenchDevice {
 public:
  // Throws plugin::Error when there is none.
  BenchDevice();
  ~BenchDevice();
  BenchDevice(const BenchDevice&) = delete;
  BenchDevice& operator=(const BenchDevice&) = delete;

  bp_device_t* get() const { return device_; }
  bp_stream_t* stream() const { return stream_; }
  const bp_plugin_t& plugin() const { return *plugin_; }
  const bp_device_info_t* info() const { return plugin_->device_info(&host_, 0); }

  // Throws what the plugin has explained unless `status` is BP_OK.
  void require(bp_status_t status) const;
  void synchronize() const;

  // DEVICE memory; the device's end is its end.
  bp_buffer_t* buffer(uint64_t size);
  bp_buffer_t* buffer(const std::vector<float>& values);
  std::vector<float> read(const bp_buffer_t* buffer, uint64_t count) const;

  // OpenCL by hand.
  cl_context context() const { return as_device(device_).context.get(); }
  cl_device_id id() const { return as_device(device_).facts.id; }
  cl_uint compute_units() const;
  static cl_mem memory(bp_buffer_t* buffer);
  Queue make_queue() const;  // as the plugin's streams have
  KernelHandle make_kernel(const std::string& source, const std::string& options);  // named "f"

 private:
  bp_host_t host_;
  std::string explained_;
  const bp_plugin_t* plugin_;
  bp_device_t* device_ = nullptr;
  bp_stream_t* stream_ = nullptr;
  std::vector<bp_buffer_t*> buffers_;
  std::vector<Program> programs_;
};

}  // namespace backplane::opencl::benchmark
