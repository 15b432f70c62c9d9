/* The kernel table up to launch: Add, Relu and Reshape of float32, dense or with strides. */
#include <string.h>

#include "checking.h"

enum { kReshapeScratch = 64 };

static const Operator kOperators[] = {
    {"Add", {7, 13, 14}, 2, add},
    {"Relu", {6, 13, 14}, 1, positive_part},
    {"Reshape", {5, 13, 14, 19, 21, 23}, 2, same_elements},
};

static const Operator* find_operator(const bp_node_t* node) {
  for (size_t i = 0; i < sizeof(kOperators) / sizeof(kOperators[0]); ++i)
    if (node->domain[0] == '\0' && strcmp(node->op, kOperators[i].name) == 0) return &kOperators[i];
  return NULL;
}

static bool knows_version(const Operator* op, uint32_t since) {
  for (const uint32_t* known = op->since; *known != 0; ++known)
    if (*known == since) return true;
  return false;
}

static const bp_attribute_t* find_attribute(const bp_node_t* node, const char* name) {
  for (uint32_t i = 0; i < node->attribute_count; ++i)
    if (strcmp(node->attributes[i].name, name) == 0) return &node->attributes[i];
  return NULL;
}

/* -1 may be any size at each launch; equal sizes below it are equal there, too. */
static bool is_equal_at_launch(const bp_tensor_type_t* a, const bp_tensor_type_t* b) {
  for (uint16_t axis = 0; axis < a->rank; ++axis)
    if (a->shape[axis] == -1) return false;
  return is_same_type(a, b);
}

static bp_status_t check_reshape(const bp_host_t* host, const bp_node_t* node) {
  if (node->inputs[1].dtype != BP_DTYPE_INT64)
    return breach(host, "the shape of a Reshape is not of int64");
  if (node->inputs[1].rank != 1)
    return fail(host, BP_STATUS_UNSUPPORTED, "Reshape by a vector alone");
  if (node->since < 14) return BP_OK;
  const bp_attribute_t* allowzero = find_attribute(node, "allowzero");
  if (allowzero == NULL || allowzero->kind != BP_ATTRIBUTE_INT)
    return breach(host, "Reshape came without its attribute allowzero [BP-HOST-4]");
  return BP_OK;
}

static bp_status_t check_add(const bp_host_t* host, const bp_node_t* node) {
  if (node->inputs[1].dtype != node->inputs[0].dtype)
    return breach(host, "the inputs of Add differ in element type");
  if (!is_equal_at_launch(&node->inputs[0], &node->inputs[1]))
    return fail(host, BP_STATUS_UNSUPPORTED, "Add without broadcasting alone");
  return BP_OK;
}

static bp_status_t check_elementwise(const bp_host_t* host, const bp_node_t* node) {
  const bp_status_t status = node->input_count > 1 ? check_add(host, node) : BP_OK;
  if (status == BP_OK && node->outputs[0].rank != node->inputs[0].rank)
    return breach(host, "the output of %s has another rank than its input", node->op);
  return status;
}

/* BP_OK, and the operator, for a node that can be created. */
static bp_status_t select_operator(const bp_host_t* host, const bp_node_t* node,
                                   const Operator** out_op) {
  const Operator* const op = find_operator(node);
  if (op == NULL)
    return fail(host, BP_STATUS_UNSUPPORTED, "no operator %s%s%s, only Add, Relu and Reshape",
                node->domain, node->domain[0] != '\0' ? "." : "", node->op);
  if (!knows_version(op, node->since))
    return fail(host, BP_STATUS_UNSUPPORTED, "no %s of version %u", node->op, node->since);
  if (node->input_count != op->input_count || node->output_count != 1)
    return breach(host, "%s has %u inputs and %u outputs, which its definition does not allow",
                  node->op, node->input_count, node->output_count);
  if (node->inputs[0].dtype != BP_DTYPE_FLOAT32 || node->outputs[0].dtype == 0)
    return fail(host, BP_STATUS_UNSUPPORTED, "%s has only float32", node->op);
  if (node->outputs[0].dtype != BP_DTYPE_FLOAT32)
    return breach(host, "the output of %s has another element type than its input", node->op);
  *out_op = op;
  return op->run == same_elements ? check_reshape(host, node) : check_elementwise(host, node);
}

static bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
  const Operator* op = NULL;
  bp_status_t status = check_handle(device, kDeviceMagic, "supports");
  if (status == BP_OK) status = check_node(device->host, node, false);
  return status == BP_OK ? select_operator(device->host, node, &op) : status;
}

/* A constant addend is copied into the kernel. */
static bp_status_t bake(bp_kernel_t* kernel, const bp_constant_t* constant) {
  const bp_host_t* const host = kernel->object.device->host;
  const uint64_t size = 4 * element_count(&constant->type);
  kernel->flags[1] = BP_ARGUMENT_FLAG_BAKED;
  if (size == 0) return BP_OK;
  kernel->baked = host->allocate(host->self, size, 64);
  if (kernel->baked == NULL) return fail(host, BP_STATUS_OUT_OF_MEMORY, "no memory for a constant");
  memcpy(kernel->baked, constant->data, size);
  kernel->info.device_memory_size = size;
  return BP_OK;
}

/* Add and Relu take what strides were announced; Relu and Add write in place of a dense input. */
static void announce(bp_kernel_t* kernel, const bp_node_t* node) {
  for (uint32_t i = 0; kernel->op->run != same_elements && i < node->input_count; ++i) {
    if (kernel->flags[i] == BP_ARGUMENT_FLAG_BAKED) continue;
    kernel->in_place[kernel->info.in_place_count++] = (bp_alias_t){.input = i, .output = 0};
    const int64_t* strides = node->input_strides != NULL ? node->input_strides[i] : NULL;
    if (strides == NULL) continue;
    kernel->flags[i] = BP_ARGUMENT_FLAG_STRIDED;
    memcpy(kernel->strides[i], strides, node->inputs[i].rank * sizeof(strides[0]));
  }
  if (kernel->op->run == same_elements) {
    kernel->flags[1] = BP_ARGUMENT_FLAG_HOST;
    kernel->info.scratch_size = kReshapeScratch;
  }
  if (kernel->op->run == positive_part) kernel->info.scratch_size = BP_SIZE_UNKNOWN;
  kernel->info.inputs = kernel->flags;
  kernel->info.in_place = kernel->in_place;
  kernel->info.is_shape_free = 1;
}

static void end_kernel(bp_kernel_t* kernel) {
  const bp_host_t* const host = kernel->object.device->host;
  host->deallocate(host->self, kernel->baked);
  end_object(kernel, sizeof(*kernel));
}

static bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node,
                                 bp_kernel_t** out_kernel) {
  const Operator* op = NULL;
  bp_status_t status = check_handle(device, kDeviceMagic, "kernel_create");
  if (status == BP_OK && out_kernel == NULL)
    status = breach(device->host, "kernel_create was given NULL for a kernel");
  if (status == BP_OK) status = check_node(device->host, node, true);
  if (status == BP_OK) status = select_operator(device->host, node, &op);
  if (status != BP_OK) return status;
  bp_kernel_t* const kernel = make_object(device, sizeof(*kernel), kKernelMagic, &status);
  if (kernel == NULL) return status;
  kernel->op = op;
  kernel->info.struct_size = sizeof(kernel->info);
  memcpy(kernel->types, node->inputs, node->input_count * sizeof(kernel->types[0]));
  kernel->types[2] = node->outputs[0];
  const bp_attribute_t* allowzero = find_attribute(node, "allowzero");
  if (allowzero != NULL) kernel->allowzero = *(const int64_t*)allowzero->data;
  if (op->run == add && node->constants != NULL && node->constants[1] != NULL)
    status = bake(kernel, node->constants[1]);
  announce(kernel, node);
  if (status == BP_OK)
    *out_kernel = kernel;
  else
    end_kernel(kernel);
  return status;
}

static void kernel_destroy(bp_kernel_t* kernel) {
  if (may_end(kernel, kKernelMagic, "kernel_destroy")) end_kernel(kernel);
}

static const bp_kernel_info_t* kernel_info(const bp_kernel_t* kernel) {
  if (is_a(kernel, kKernelMagic)) return &kernel->info;
  note_breach(NULL, "kernel_info was asked of no kernel");
  return NULL;
}

uint64_t scratch_size_of(const bp_kernel_t* kernel, const bp_tensor_type_t* output) {
  if (kernel->op->run == positive_part) return 4 * element_count(output);
  return kernel->info.scratch_size;
}

static bp_status_t scratch_size(const bp_kernel_t* kernel, const bp_tensor_type_t* inputs,
                                const bp_tensor_type_t* outputs, uint64_t* out_size) {
  bp_status_t status = check_handle(kernel, kKernelMagic, "scratch_size");
  if (status != BP_OK) return status;
  if (inputs == NULL || outputs == NULL || out_size == NULL)
    return breach(kernel->object.device->host, "scratch_size was given NULL");
  const bp_tensor_type_t* const given[3] = {
      &inputs[0], kernel->op->input_count > 1 ? &inputs[1] : NULL, &outputs[0]};
  status = check_launch_types(kernel, given);
  if (status == BP_OK) *out_size = scratch_size_of(kernel, outputs);
  return status;
}

static uint64_t estimate_ns(bp_device_t* device, const bp_node_t* node) {
  if (is_a(device, kDeviceMagic) && check_node(device->host, node, false) == BP_OK)
    return find_operator(node) != NULL ? 1000 : 0;
  note_breach(NULL, "estimate_ns was asked of no device, or for a broken node");
  return 0;
}

const bp_kernel_api_t checking_kernel_table = {.struct_size = sizeof(bp_kernel_api_t),
                                               .supports = supports,
                                               .kernel_create = kernel_create,
                                               .kernel_destroy = kernel_destroy,
                                               .kernel_info = kernel_info,
                                               .scratch_size = scratch_size,
                                               .launch = launch,
                                               .estimate_ns = estimate_ns};
