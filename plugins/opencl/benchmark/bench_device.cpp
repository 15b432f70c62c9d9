#include "bench_device.hpp"

#include <cstdlib>

#include "memory.hpp"

extern "C" const bp_plugin_t* bp_plugin_query(const bp_host_t* host);

namespace backplane::opencl::benchmark {

namespace {

bp_host_t make_host(std::string* explained) {
  bp_host_t host = {};
  host.struct_size = sizeof host;
  host.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  host.self = explained;
  host.explain = [](void* self, const char* text) { *static_cast<std::string*>(self) = text; };
  host.log = [](void* self, bp_log_level_t, const char* text) {
    *static_cast<std::string*>(self) = text;
  };
  host.allocate = [](void*, uint64_t size, uint64_t alignment) -> void* {
    const uint64_t unit = alignment < sizeof(void*) ? sizeof(void*) : alignment;
    return std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
  };
  host.deallocate = [](void*, void* pointer) { std::free(pointer); };
  host.get_extension = [](void*, const char*) -> const void* { return nullptr; };
  return host;
}

}  // namespace

BenchDevice::BenchDevice() : host_(make_host(&explained_)), plugin_(bp_plugin_query(&host_)) {
  if (plugin_->device_info(&host_, 0) == nullptr) plugin::fail(BP_STATUS_UNSUPPORTED, explained_);
  require(plugin_->device_open(&host_, 0, nullptr, 0, &device_));
  require(plugin_->stream->stream_create(device_, 0, &stream_));
}

BenchDevice::~BenchDevice() {
  for (bp_buffer_t* buffer : buffers_) plugin_->memory->buffer_destroy(buffer);
  programs_.clear();
  plugin_->stream->stream_destroy(stream_);
  plugin_->device_close(device_);
}

void BenchDevice::require(bp_status_t status) const {
  if (status != BP_OK) plugin::fail(status, explained_);
}

void BenchDevice::synchronize() const {
  require(plugin_->stream->stream_synchronize(stream_, UINT64_MAX));
}

bp_buffer_t* BenchDevice::buffer(uint64_t size) {
  bp_buffer_t* made = nullptr;
  require(plugin_->memory->buffer_create(device_, BP_MEMORY_DEVICE, size, &made));
  buffers_.push_back(made);
  return made;
}

bp_buffer_t* BenchDevice::buffer(const std::vector<float>& values) {
  bp_buffer_t* made = buffer(values.size() * sizeof(float));
  require(plugin_->memory->write(stream_, made, 0, values.data(), values.size() * sizeof(float)));
  synchronize();
  return made;
}

std::vector<float> BenchDevice::read(const bp_buffer_t* buffer, uint64_t count) const {
  std::vector<float> values(count);
  require(plugin_->memory->read(stream_, buffer, 0, values.data(), count * sizeof(float)));
  synchronize();
  return values;
}

cl_uint BenchDevice::compute_units() const {
  cl_uint units = 0;
  check(cl().clGetDeviceInfo(id(), CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, nullptr),
        "clGetDeviceInfo");
  return units;
}

cl_mem BenchDevice::memory(bp_buffer_t* buffer) { return as_buffer(buffer).memory.get(); }

Queue BenchDevice::make_queue() const {
  cl_int error = CL_SUCCESS;
  Queue queue(cl().clCreateCommandQueue(context(), id(), 0, &error));
  check(error, "clCreateCommandQueue");
  return queue;
}

KernelHandle BenchDevice::make_kernel(const std::string& source, const std::string& options) {
  cl_int error = CL_SUCCESS;
  const char* text = source.c_str();
  Program program(cl().clCreateProgramWithSource(context(), 1, &text, nullptr, &error));
  check(error, "clCreateProgramWithSource");
  const cl_device_id device = id();
  check(cl().clBuildProgram(program.get(), 1, &device, options.c_str(), nullptr, nullptr),
        "clBuildProgram");
  KernelHandle kernel(cl().clCreateKernel(program.get(), "f", &error));
  check(error, "clCreateKernel");
  programs_.push_back(std::move(program));
  return kernel;
}

}  // namespace backplane::opencl::benchmark
