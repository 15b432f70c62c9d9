#include "compute.hpp"

namespace backplane::opencl {

namespace {

struct ElementType {
  bp_dtype_t dtype;
  uint64_t size;
  const char* name;    // in OpenCL C
  const char* option;  // what else types.cl and the kernels want to know
};

constexpr ElementType kElementTypes[] = {
    {BP_DTYPE_FLOAT32, 4, "float", " -DIS_FLOATING=1"},
    {BP_DTYPE_FLOAT16, 2, "half", " -DIS_FLOATING=1 -DIS_HALF=1"},
    {BP_DTYPE_FLOAT64, 8, "double", " -DIS_FLOATING=1 -DIS_DOUBLE=1"},
    {BP_DTYPE_BFLOAT16, 2, nullptr, ""},
    {BP_DTYPE_BOOL, 1, "uchar", ""},
    {BP_DTYPE_UINT8, 1, "uchar", " -DIS_UNSIGNED=1"},
    {BP_DTYPE_INT8, 1, "char", ""},
    {BP_DTYPE_UINT16, 2, "ushort", " -DIS_UNSIGNED=1"},
    {BP_DTYPE_INT16, 2, "short", ""},
    {BP_DTYPE_UINT32, 4, "uint", " -DIS_UNSIGNED=1"},
    {BP_DTYPE_INT32, 4, "int", ""},
    {BP_DTYPE_UINT64, 8, "ulong", " -DIS_UNSIGNED=1"},
    {BP_DTYPE_INT64, 8, "long", ""},
};

const ElementType* find(bp_dtype_t dtype) {
  for (const ElementType& type : kElementTypes)
    if (type.dtype == dtype) return &type;
  return nullptr;
}

uint64_t rounded_up(uint64_t count, uint64_t step) { return (count + step - 1) / step * step; }

}  // namespace

void Arguments::add(const bp_tensor_t& tensor) {
  const Buffer& buffer = as_buffer(tensor.buffer);
  if (buffer.kind == BP_MEMORY_STAGING)
    plugin::fail(BP_STATUS_INVALID_ARGUMENT,
                 "launch: STAGING memory is for map, copy and destroy only");
  const cl_mem memory = buffer.memory.get();
  add(memory);
  add(cl_ulong{tensor.offset / element_size(tensor.type.dtype)});
}

Compute::Compute(Device& device, const Source& source, const std::string& options, const char* name)
    : program_(device.programs.program(source, options)), name_(name) {
  give_back(make_kernel(program_, name_).release());
}

Compute::~Compute() {
  for (std::atomic<cl_kernel>& spare : spare_) KernelHandle(spare.exchange(nullptr));
}

cl_kernel Compute::take() {
  for (std::atomic<cl_kernel>& spare : spare_)
    if (cl_kernel kernel = spare.exchange(nullptr)) return kernel;
  return make_kernel(program_, name_).release();
}

void Compute::give_back(cl_kernel kernel) {
  KernelHandle owned(kernel);
  for (std::atomic<cl_kernel>& spare : spare_) {
    cl_kernel none = nullptr;
    if (!spare.compare_exchange_strong(none, kernel)) continue;
    owned.release();
    return;
  }
}

Work work_over(uint64_t count) { return {1, {rounded_up(count, kLine), 1, 1}, {kLine, 1, 1}}; }

Work tiles_over(uint64_t rows, uint64_t columns, uint64_t batch) {
  return {3, {rounded_up(columns, kTile), rounded_up(rows, kTile), batch}, {kTile, kTile, 1}};
}

std::string element_option(bp_dtype_t dtype) {
  const ElementType* type = find(dtype);
  if (type == nullptr || type->name == nullptr) return "";
  return std::string("-DELEMENT=") + type->name + type->option;
}

const char* element_name(bp_dtype_t dtype) {
  const ElementType* type = find(dtype);
  return type != nullptr ? type->name : nullptr;
}

uint64_t element_size(bp_dtype_t dtype) {
  const ElementType* type = find(dtype);
  return type != nullptr ? type->size : 0;
}

bool is_floating(bp_dtype_t dtype) {
  return dtype == BP_DTYPE_FLOAT32 || dtype == BP_DTYPE_FLOAT16 || dtype == BP_DTYPE_FLOAT64;
}

bp_dtype_t bits_of(bp_dtype_t dtype) {
  switch (element_size(dtype)) {
    case 1:
      return BP_DTYPE_UINT8;
    case 2:
      return BP_DTYPE_UINT16;
    case 4:
      return BP_DTYPE_UINT32;
    case 8:
      return BP_DTYPE_UINT64;
    default:
      return dtype;
  }
}

}  // namespace backplane::opencl
