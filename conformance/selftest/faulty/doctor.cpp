#include "doctor.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

namespace backplane::selftest {
namespace {

// What the fault of this process works with; set once, when it is planted.
Doctor the_doctor = nullptr;
std::mutex kernels_mutex;
std::map<const bp_kernel_t*, std::shared_ptr<Launched>> kernels;

// Behind the outputs a launch brings the sizes of each that the data decides.
size_t bounded_count(const bp_kernel_t* kernel, uint32_t output_count) {
  const bp_kernel_info_t* info = honest().kernel->kernel_info(kernel);
  size_t count = 0;
  for (uint32_t i = 0; info->outputs != nullptr && i < output_count; ++i)
    if ((info->outputs[i] & BP_ARGUMENT_FLAG_BOUNDED) != 0) ++count;
  return count;
}

bp_status_t create(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  const bp_status_t status = honest().kernel->kernel_create(device, node, out_kernel);
  if (status != BP_OK) return status;
  auto made = std::make_shared<Launched>();
  made->op = node->op;
  made->input_count = node->input_count;
  made->output_count = node->output_count + bounded_count(*out_kernel, node->output_count);
  for (uint32_t i = 0; i < node->attribute_count; ++i)
    if (node->attributes[i].kind == BP_ATTRIBUTE_INT)
      made->settings[node->attributes[i].name] =
          *static_cast<const int64_t*>(node->attributes[i].data);
  const std::lock_guard<std::mutex> lock(kernels_mutex);
  kernels[*out_kernel] = std::move(made);
  return status;
}

void destroy(bp_kernel_t* kernel) {
  {
    const std::lock_guard<std::mutex> lock(kernels_mutex);
    kernels.erase(kernel);
  }
  honest().kernel->kernel_destroy(kernel);
}

struct Visit {
  std::shared_ptr<Launched> kernel;
  std::vector<Part> inputs;
  std::vector<Part> outputs;
};

void see(void* argument, bp_status_t status) {
  const std::unique_ptr<Visit> visit(static_cast<Visit*>(argument));
  if (status != BP_OK) return;
  const std::lock_guard<std::mutex> lock(kernels_mutex);
  visit->kernel->inputs = visit->inputs;
  visit->kernel->outputs = visit->outputs;
  ++visit->kernel->launches;
  the_doctor(*visit->kernel);
}

bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  const bp_status_t status = honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
  if (status != BP_OK) return status;
  auto visit = std::make_unique<Visit>();
  {
    const std::lock_guard<std::mutex> lock(kernels_mutex);
    visit->kernel = kernels.at(kernel);
  }
  for (size_t i = 0; i < visit->kernel->input_count; ++i)
    visit->inputs.push_back(part_of(inputs[i]));
  for (size_t i = 0; i < visit->kernel->output_count; ++i)
    visit->outputs.push_back(part_of(outputs[i]));
  if (stream == nullptr) {
    see(visit.release(), BP_OK);
    return BP_OK;
  }
  return honest().stream->host_call(stream, see, visit.release());
}

// To nearest even, `bits` of the fraction dropped.
float without_bits(float x, int bits) {
  uint32_t word = 0;
  std::memcpy(&word, &x, sizeof word);
  if (!std::isfinite(x)) return x;
  const uint32_t half = (1u << (bits - 1)) - 1 + (word >> bits & 1u);
  word = (word + half) & ~((1u << bits) - 1);
  std::memcpy(&x, &word, sizeof x);
  return x;
}

}  // namespace

bool Launched::is(const char* name) const {
  const auto is_float = [](const Part& part) {
    return part.type.dtype == BP_DTYPE_FLOAT32 && part.bytes != nullptr;
  };
  return op == name && std::all_of(inputs.begin(), inputs.end(), is_float) &&
         std::all_of(outputs.begin(), outputs.end(), is_float);
}

Part part_of(const bp_tensor_t& tensor) {
  Part part;
  part.type = tensor.type;
  part.count = tensor.type.dtype != 0 ? 1 : 0;
  for (uint16_t axis = 0; axis < tensor.type.rank; ++axis) part.count *= tensor.type.shape[axis];
  void* start = nullptr;
  if (tensor.buffer != nullptr && honest().memory->map(tensor.buffer, &start) == BP_OK)
    part.bytes = static_cast<char*>(start) + tensor.offset;
  return part;
}

bp_kernel_info_t& own_info(const bp_kernel_t* kernel) {
  static std::map<const bp_kernel_t*, bp_kernel_info_t> infos;
  const std::lock_guard<std::mutex> lock(kernels_mutex);
  return infos[kernel] = *honest().kernel->kernel_info(kernel);
}

void plant_doctor(Tables* tables, Doctor doctor) {
  the_doctor = doctor;
  tables->kernel.kernel_create = create;
  tables->kernel.kernel_destroy = destroy;
  tables->kernel.launch = launch;
}

float rounded_to_bfloat16(float x) { return without_bits(x, 16); }
float rounded_to_tf32(float x) { return without_bits(x, 13); }

float rounded_to_float16(float x) {
  if (std::fabs(x) < 0x1p-14f) return std::nearbyint(x * 0x1p24f) * 0x1p-24f;
  const float rounded = without_bits(x, 13);
  return std::fabs(rounded) > 65504.0f ? std::copysign(INFINITY, x) : rounded;
}

}  // namespace backplane::selftest
