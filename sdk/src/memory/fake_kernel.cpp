#include <cstring>
#include <optional>

#include "memory/fake_objects.hpp"
#include "support/tensor_type.hpp"

namespace backplane::fake {
namespace {

struct FakeKernel {
  FakeDevice* device;
  std::string op;
  uint32_t input_count;
  std::optional<std::vector<float>> baked[2];
  std::vector<bp_argument_flags_t> flags;
  std::vector<bp_alias_t> in_place;
  bp_kernel_info_t info = {};
};

// A launch, kept until the stream gets there.
struct Work {
  FakeKernel* kernel;
  std::vector<bp_tensor_t> inputs;
  bp_tensor_t output;
  bp_tensor_t sizes;  // where those of a BOUNDED output go
  bp_tensor_t scratch;
  std::vector<int64_t> host;  // the bytes of a HOST input
};

bp_status_t check_node(const FakeDevice* device, const bp_node_t& node) {
  const std::string op = node.op;
  const bool is_binary = op == "Add" || op == "Mul" || op == "Max";
  if (!is_binary && op != "Relu" && op != "Reshape" && op != "Compress")
    return refuse(device, BP_STATUS_UNSUPPORTED, ("the fake has no " + op).c_str());
  if (node.inputs[0].dtype != BP_DTYPE_FLOAT32)
    return refuse(device, BP_STATUS_UNSUPPORTED, (op + ": only float32").c_str());
  const bool is_known = !has_unknown_size(node.inputs[0]);
  if (!is_known && !device->chip->config().is_shape_free)
    return refuse(device, BP_STATUS_UNSUPPORTED, (op + ": unknown sizes are not served").c_str());
  const bool fits = !is_binary || !is_known || *element_count(node.inputs[1]) == 1 ||
                    *element_count(node.inputs[0]) == 1 ||
                    same_type(node.inputs[0], node.inputs[1]);
  return fits ? BP_OK : refuse(device, BP_STATUS_UNSUPPORTED, (op + ": no such broadcast").c_str());
}

bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
  return check_node(as<FakeDevice>(device), *node);
}

void bake(FakeKernel& kernel, const bp_node_t& node, uint32_t input) {
  const bp_constant_t* constant = node.constants != nullptr ? node.constants[input] : nullptr;
  if (constant == nullptr || constant->type.dtype != BP_DTYPE_FLOAT32) return;
  const auto* values = static_cast<const float*>(constant->data);
  kernel.baked[input].emplace(values, values + *element_count(constant->type));
  kernel.flags[input] |= BP_ARGUMENT_FLAG_BAKED;
}

void describe(FakeKernel& kernel, const bp_node_t& node) {
  const Config& config = kernel.device->chip->config();
  kernel.flags.resize(node.input_count);
  for (uint32_t i = 0; config.bakes_constants && i < node.input_count && i < 2; ++i)
    bake(kernel, node, i);
  if (config.wants_host && kernel.op == "Reshape") kernel.flags[1] |= BP_ARGUMENT_FLAG_HOST;
  for (uint32_t i = 0; config.works_in_place && i < node.input_count; ++i)
    if (node.inputs[i].dtype == BP_DTYPE_FLOAT32) kernel.in_place.push_back({i, 0});
  kernel.info.struct_size = sizeof kernel.info;
  kernel.info.scratch_size = config.scratch_size;
  kernel.info.inputs = kernel.flags.data();
  kernel.info.in_place = kernel.in_place.empty() ? nullptr : kernel.in_place.data();
  kernel.info.in_place_count = static_cast<uint32_t>(kernel.in_place.size());
  kernel.info.is_shape_free = config.is_shape_free ? 1 : 0;
  static constexpr bp_argument_flags_t kBounded[8] = {BP_ARGUMENT_FLAG_BOUNDED};
  const bool is_bounded =
      config.has_bounded_output || (kernel.op == "Compress" && config.sizes != Sizes::kUnannounced);
  kernel.info.outputs = is_bounded ? kBounded : nullptr;
}

bp_status_t kernel_create(bp_device_t* handle, const bp_node_t* node, bp_kernel_t** out_kernel) {
  auto* device = as<FakeDevice>(handle);
  const bp_status_t possible = check_node(device, *node);
  if (possible != BP_OK) return possible;
  auto* kernel = new FakeKernel{device, node->op, node->input_count, {}, {}, {}, {}};
  describe(*kernel, *node);
  Access::live_kernels(*device->chip)++;
  Access::kernel_creates(*device->chip)++;
  *out_kernel = as<bp_kernel_t>(kernel);
  return BP_OK;
}

void kernel_destroy(bp_kernel_t* handle) {
  if (handle == nullptr) return;
  Access::live_kernels(*as<FakeKernel>(handle)->device->chip)--;
  delete as<FakeKernel>(handle);
}

const bp_kernel_info_t* kernel_info(const bp_kernel_t* kernel) {
  return &as<FakeKernel>(kernel)->info;
}

bp_status_t scratch_size(const bp_kernel_t*, const bp_tensor_type_t*, const bp_tensor_type_t*,
                         uint64_t* out_size) {
  *out_size = 64;
  return BP_OK;
}

char* bytes_of(const bp_tensor_t& tensor) {
  return tensor.buffer != nullptr ? as<FakeBuffer>(tensor.buffer)->data + tensor.offset : nullptr;
}

float apply(const std::string& op, float a, float b) {
  if (op == "Add") return a + b;
  if (op == "Mul") return a * b;
  return a > b ? a : b;
}

struct Operand {
  const float* values;
  uint64_t count;
  float at(uint64_t i) const { return values[count == 1 ? 0 : i]; }
};

Operand operand(const Work& work, uint32_t input) {
  const auto& baked = work.kernel->baked[input];
  if (baked.has_value()) return {baked->data(), baked->size()};
  const bp_tensor_t& tensor = work.inputs[input];
  return {reinterpret_cast<const float*>(bytes_of(tensor)), *element_count(tensor.type)};
}

// Those of the first input, a vector, that the second says yes to.
void compress(const Work& work) {
  const Operand from = operand(work, 0);
  const char* const is_wanted = bytes_of(work.inputs[1]);
  auto* const out = reinterpret_cast<float*>(bytes_of(work.output));
  int64_t count = 0;
  for (uint64_t i = 0; i < *element_count(work.inputs[1].type); ++i)
    if (is_wanted[i] != 0) out[count++] = from.at(i);
  if (work.kernel->device->chip->config().sizes == Sizes::kAboveBound)
    count = work.output.type.shape[0] + 1;
  std::memcpy(bytes_of(work.sizes), &count, sizeof count);
}

bp_status_t run(const Work& work) {
  const FakeKernel& kernel = *work.kernel;
  if (kernel.op == "Compress") {
    compress(work);
    return BP_OK;
  }
  const uint64_t count = *element_count(work.output.type);
  auto* out = reinterpret_cast<float*>(bytes_of(work.output));
  if (work.scratch.buffer != nullptr)  // dirt, which whoever shares these bytes sees
    std::memset(bytes_of(work.scratch), 0x7f, *byte_size(work.scratch.type));
  if (kernel.op == "Reshape") {
    for (size_t i = 0; i < work.host.size(); ++i)
      if (work.host[i] > 0 && work.host[i] != work.output.type.shape[i])
        return BP_STATUS_INVALID_ARGUMENT;
    const Operand from = operand(work, 0);
    if (count > 0) std::memmove(out, from.values, count * sizeof(float));
    return BP_OK;
  }
  const Operand a = operand(work, 0);
  const Operand b = kernel.op == "Relu" ? Operand{nullptr, 1} : operand(work, 1);
  for (uint64_t i = 0; i < count; ++i)
    out[i] = kernel.op == "Relu" ? std::max(a.at(i), 0.0f) : apply(kernel.op, a.at(i), b.at(i));
  return BP_OK;
}

bp_status_t launch(bp_kernel_t* handle, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  auto* kernel = as<FakeKernel>(handle);
  Access::launches(*kernel->device->chip)++;
  Work work{kernel, {inputs, inputs + kernel->input_count}, outputs[0], {}, {}, {}};
  if (kernel->info.outputs != nullptr) work.sizes = outputs[1];
  if (scratch != nullptr) work.scratch = *scratch;
  for (const bp_tensor_t& input : work.inputs)
    if (input.host != nullptr) {
      const auto* values = static_cast<const int64_t*>(input.host);
      work.host.assign(values, values + *element_count(input.type));
    }
  const bp_status_t code =
      give(kernel->device, as<FakeStream>(stream), [work] { return run(work); });
  return code == BP_OK ? code : refuse(kernel->device, code, "the launch failed");
}

}  // namespace

const bp_kernel_api_t kKernelTable = {sizeof(bp_kernel_api_t),
                                      supports,
                                      kernel_create,
                                      kernel_destroy,
                                      kernel_info,
                                      scratch_size,
                                      launch,
                                      nullptr};

}  // namespace backplane::fake
