/* Launch, and what a host promises of the tensors that it brings. */
#include <inttypes.h>
#include <string.h>

#include "checking.h"

static const char* const kNames[3] = {"input 0", "input 1", "the output"};

/* Bytes of memory, by address. */
typedef struct Range {
  const bp_tensor_t* tensor; /* NULL: none */
  uint64_t begin, size;
} Range;

static bool is_there(const bp_kernel_t* kernel, uint32_t index) {
  return index == 2 || index < kernel->op->input_count;
}

static bp_status_t check_one_type(const bp_kernel_t* kernel, uint32_t index,
                                  const bp_tensor_type_t* given) {
  const bp_host_t* const host = kernel->object.device->host;
  const bp_tensor_type_t* const known = &kernel->types[index];
  if (index < 2 && kernel->flags[index] == BP_ARGUMENT_FLAG_BAKED)
    return given->dtype == 0 ? BP_OK : breach(host, "%s is BAKED and came", kNames[index]);
  bool is_same =
      given->dtype == known->dtype && given->rank == known->rank && given->layout == known->layout;
  for (uint16_t axis = 0; is_same && axis < known->rank; ++axis)
    is_same = given->shape[axis] >= 0 &&
              (BP_DIM_IS_UNKNOWN(known->shape[axis]) || given->shape[axis] == known->shape[axis]);
  if (!is_same)
    return breach(host, "%s has another type than the node of %s", kNames[index], kernel->op->name);
  return check_type(host, given, "tensor", index);
}

/* Whether sizes with one name below -1 are equal. */
static bool keeps_names(const bp_tensor_type_t* known_a, const bp_tensor_type_t* given_a,
                        const bp_tensor_type_t* known_b, const bp_tensor_type_t* given_b) {
  for (uint16_t a = 0; a < known_a->rank; ++a)
    for (uint16_t b = 0; b < known_b->rank; ++b)
      if (known_a->shape[a] < -1 && known_a->shape[a] == known_b->shape[b] &&
          given_a->shape[a] != given_b->shape[b])
        return false;
  return true;
}

bp_status_t check_launch_types(const bp_kernel_t* kernel, const bp_tensor_type_t* const given[3]) {
  const bp_host_t* const host = kernel->object.device->host;
  for (uint32_t i = 0; i < 3; ++i) {
    if (!is_there(kernel, i)) continue;
    const bp_status_t status = check_one_type(kernel, i, given[i]);
    if (status != BP_OK) return status;
    for (uint32_t j = 0; j <= i; ++j)
      if (is_there(kernel, j) && given[i]->dtype != 0 && given[j]->dtype != 0 &&
          !keeps_names(&kernel->types[i], given[i], &kernel->types[j], given[j]))
        return breach(host, "sizes of one name differ between %s and %s", kNames[j], kNames[i]);
  }
  if (kernel->op->run != same_elements && !is_same_type(given[0], given[2]))
    return breach(host, "the output of %s has other sizes than its input", kernel->op->name);
  if (element_count(given[0]) != element_count(given[2]))
    return breach(host, "the output of %s has another number of elements", kernel->op->name);
  return BP_OK;
}

/* Elements from the first to behind the last. */
static uint64_t span_of(const bp_tensor_t* tensor) {
  const bp_tensor_type_t* const type = &tensor->type;
  const uint64_t count = element_count(type);
  if (tensor->strides == NULL || count == 0) return count;
  uint64_t last = 0;
  for (uint16_t axis = 0; axis < type->rank; ++axis)
    last += (uint64_t)(type->shape[axis] - 1) * (uint64_t)tensor->strides[axis];
  return last + 1;
}

static bool is_dense(const bp_tensor_t* tensor) {
  int64_t step = 1;
  for (int axis = tensor->type.rank - 1; tensor->strides != NULL && axis >= 0; --axis) {
    if (tensor->type.shape[axis] != 1 && tensor->strides[axis] != step) return false;
    step *= tensor->type.shape[axis];
  }
  return true;
}

/* The buffer lives, is of this open, and the tensor lies in it, as BP-HOST-7 says. */
static bp_status_t find_range(const bp_kernel_t* kernel, const bp_tensor_t* tensor,
                              const char* name, uint64_t padding, Range* out_range) {
  const bp_device_t* const device = kernel->object.device;
  const uint64_t element = element_size(tensor->type.dtype);
  const uint64_t size = span_of(tensor) * element;
  if (size == 0) return BP_OK;
  const bp_buffer_t* const buffer = tensor->buffer;
  const bp_status_t status = check_handle(buffer, kBufferMagic, "launch");
  if (status != BP_OK) return status;
  if (buffer->object.device != device)
    return breach(device->host, "%s lies in a buffer of another open [BP-HOST-3]", name);
  if (buffer->kind != BP_MEMORY_DEVICE)
    return fail(device->host, BP_STATUS_INVALID_ARGUMENT, "%s lies in STAGING memory", name);
  if (tensor->offset % element != 0 || tensor->offset % device->info->offset_alignment != 0)
    return breach(device->host,
                  "%s is at %" PRIu64 ", no multiple of its element and of %" PRIu64 " [BP-HOST-7]",
                  name, tensor->offset, device->info->offset_alignment);
  if (buffer->is_host_space) padding = 0;
  if (tensor->offset > buffer->size || size + padding > buffer->size - tensor->offset)
    return breach(device->host,
                  "%s, %" PRIu64 " bytes and padding at %" PRIu64 ", leaves a buffer of %" PRIu64
                  " [BP-HOST-7]",
                  name, size, tensor->offset, buffer->size);
  *out_range = (Range){tensor, buffer->start + tensor->offset, size};
  return BP_OK;
}

static bool overlap(const Range* a, uint64_t padding, const Range* b) {
  return a->tensor != NULL && b->tensor != NULL && a->begin < b->begin + b->size &&
         b->begin < a->begin + a->size + padding;
}

static bool is_in_place(const bp_kernel_t* kernel, uint32_t input, const Range* in,
                        const Range* out) {
  for (uint32_t i = 0; i < kernel->info.in_place_count; ++i)
    if (kernel->in_place[i].input == input && is_dense(in->tensor) &&
        in->tensor->buffer == out->tensor->buffer && in->tensor->offset == out->tensor->offset &&
        is_same_type(&in->tensor->type, &out->tensor->type))
      return true;
  return false;
}

/* Inputs, the output and scratch, as BP-HOST-8 says: the output lies over one input at most. */
static bp_status_t check_overlaps(const bp_kernel_t* kernel, const Range ranges[4]) {
  const bp_device_t* const device = kernel->object.device;
  const uint64_t padding = device->info->tensor_padding;
  uint32_t shared = 0;
  for (uint32_t i = 0; i < 2; ++i) {
    if (!overlap(&ranges[2], padding, &ranges[i])) continue;
    if (++shared > 1 || !is_in_place(kernel, i, &ranges[i], &ranges[2]))
      return breach(device->host, "the output of %s overlaps input %u [BP-HOST-8]",
                    kernel->op->name, i);
  }
  if (overlap(&ranges[2], padding, &ranges[3]))
    return breach(device->host, "the output of %s overlaps scratch [BP-HOST-8]", kernel->op->name);
  for (uint32_t i = 0; i < 3; ++i)
    if (overlap(&ranges[3], 0, &ranges[i]))
      return breach(device->host, "scratch of %s overlaps %s [BP-HOST-8]", kernel->op->name,
                    kNames[i]);
  return BP_OK;
}

/* NULL, or the strides that were announced to a kernel that takes them. */
static bp_status_t check_strides(const bp_kernel_t* kernel, uint32_t index,
                                 const bp_tensor_t* tensor) {
  if (tensor->strides == NULL) return BP_OK;
  if (index < 2 && kernel->flags[index] == BP_ARGUMENT_FLAG_STRIDED &&
      memcmp(tensor->strides, kernel->strides[index],
             tensor->type.rank * sizeof(tensor->strides[0])) == 0)
    return BP_OK;
  return breach(kernel->object.device->host, "%s has strides that were not announced",
                kNames[index]);
}

/* What the shape input says is what the output is. */
static bp_status_t check_shape(const bp_kernel_t* kernel, const bp_tensor_t* inputs,
                               const bp_tensor_type_t* output) {
  const bp_host_t* const host = kernel->object.device->host;
  const bp_tensor_t* const shape = &inputs[1];
  bool is_right = shape->buffer == NULL && shape->type.shape[0] == output->rank &&
                  (shape->host != NULL || output->rank == 0);
  for (uint16_t axis = 0; is_right && axis < output->rank; ++axis) {
    int64_t size = 0;
    memcpy(&size, (const char*)shape->host + axis * sizeof(size), sizeof(size));
    if (size == 0 && kernel->allowzero == 0) size = inputs[0].type.shape[axis];
    is_right = size == -1 || size == output->shape[axis];
  }
  if (is_right) return BP_OK;
  return breach(host, "the shape of Reshape did not come on the host, or the output has another");
}

static bp_status_t check_scratch(const bp_kernel_t* kernel, const bp_tensor_t* scratch,
                                 uint64_t size, Range* out_range) {
  const bp_device_t* const device = kernel->object.device;
  if (size == 0 || scratch == NULL)
    return size == 0 && scratch == NULL
               ? BP_OK
               : breach(device->host, "%s wants %" PRIu64 " bytes of scratch, and %s came",
                        kernel->op->name, size, scratch == NULL ? "none" : "some");
  const bp_status_t status = check_type(device->host, &scratch->type, "scratch", 0);
  if (status != BP_OK) return status;
  if (scratch->type.dtype != BP_DTYPE_UINT8 || scratch->type.rank != 1 ||
      (uint64_t)scratch->type.shape[0] < size || scratch->strides != NULL ||
      scratch->offset % device->info->preferred_alignment != 0)
    return breach(device->host, "scratch is no aligned vector of %" PRIu64 " bytes", size);
  return find_range(kernel, scratch, "scratch", 0, out_range);
}

static char* address_of(const Range* range) {
  /* An offset into the host space is an address. NOLINTNEXTLINE(performance-no-int-to-ptr) */
  return range->tensor != NULL ? (char*)(uintptr_t)range->begin : NULL;
}

static Task task_of(bp_kernel_t* kernel, const Range ranges[4]) {
  Task task = {.run = kernel->op->run, .kernel = kernel, .type = ranges[2].tensor->type};
  for (int i = 0; i < 4; ++i)
    if (ranges[i].tensor != NULL) task.buffers[i] = ranges[i].tensor->buffer;
  for (int i = 0; i < 2; ++i) {
    task.inputs[i] = address_of(&ranges[i]);
    if (ranges[i].tensor != NULL && ranges[i].tensor->strides != NULL)
      task.strides[i] = kernel->strides[i];
  }
  if (kernel->baked != NULL) task.inputs[1] = kernel->baked;
  task.output = address_of(&ranges[2]);
  task.scratch = address_of(&ranges[3]);
  task.size = ranges[2].size;
  task.padding = (uint32_t)kernel->object.device->info->tensor_padding;
  return task;
}

static bp_status_t check_tensors(const bp_kernel_t* kernel, const bp_tensor_t* inputs,
                                 const bp_tensor_t* outputs, Range ranges[4]) {
  const uint64_t padding = kernel->object.device->info->tensor_padding;
  for (uint32_t i = 0; i < 3; ++i) {
    if (!is_there(kernel, i)) continue;
    const bp_tensor_t* const tensor = i == 2 ? &outputs[0] : &inputs[i];
    const bp_argument_flags_t flags = i == 2 ? 0 : kernel->flags[i];
    if (flags == BP_ARGUMENT_FLAG_BAKED || flags == BP_ARGUMENT_FLAG_HOST) continue;
    bp_status_t status = check_strides(kernel, i, tensor);
    if (status == BP_OK) status = find_range(kernel, tensor, kNames[i], padding, &ranges[i]);
    if (status != BP_OK) return status;
  }
  return kernel->op->run == same_elements ? check_shape(kernel, inputs, &outputs[0].type) : BP_OK;
}

bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  Range ranges[4] = {{0}};
  bp_status_t status = check_handle(kernel, kKernelMagic, "launch");
  if (status == BP_OK) status = check_stream(kernel->object.device, stream, "launch");
  if (status != BP_OK) return status;
  if (inputs == NULL || outputs == NULL)
    return breach(kernel->object.device->host, "launch was given NULL for its tensors");
  const bp_tensor_type_t* const types[3] = {
      &inputs[0].type, kernel->op->input_count > 1 ? &inputs[1].type : NULL, &outputs[0].type};
  status = check_launch_types(kernel, types);
  if (status == BP_OK) status = check_tensors(kernel, inputs, outputs, ranges);
  if (status == BP_OK)
    status = check_scratch(kernel, scratch, scratch_size_of(kernel, types[2]), &ranges[3]);
  if (status == BP_OK) status = check_overlaps(kernel, ranges);
  if (status != BP_OK || ranges[2].tensor == NULL) return status;
  const Task task = task_of(kernel, ranges);
  return give(stream, &task, 0);
}
