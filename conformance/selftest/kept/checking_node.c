/* What a host promises of a node. What a later minor may add (an element type, a kind of attribute)
 * is no breach here; it is refused as UNSUPPORTED where it matters. */
#include <inttypes.h>
#include <string.h>

#include "checking.h"

enum { kMostArguments = 1 << 20, kAlwaysLoaded = 4096 };

uint64_t element_size(bp_dtype_t dtype) {
  switch (dtype) {
    case BP_DTYPE_UINT8:
    case BP_DTYPE_INT8:
    case BP_DTYPE_BOOL:
    case BP_DTYPE_FLOAT8E4M3FN:
    case BP_DTYPE_FLOAT8E5M2:
      return 1;
    case BP_DTYPE_UINT16:
    case BP_DTYPE_INT16:
    case BP_DTYPE_FLOAT16:
    case BP_DTYPE_BFLOAT16:
      return 2;
    case BP_DTYPE_FLOAT32:
    case BP_DTYPE_INT32:
    case BP_DTYPE_UINT32:
      return 4;
    case BP_DTYPE_INT64:
    case BP_DTYPE_UINT64:
    case BP_DTYPE_FLOAT64:
      return 8;
    default:
      return 0; /* half a byte, or not known to 0.2 */
  }
}

uint64_t element_count(const bp_tensor_type_t* type) {
  uint64_t count = 1;
  for (uint16_t axis = 0; axis < type->rank; ++axis) count *= (uint64_t)type->shape[axis];
  return count;
}

bool is_same_type(const bp_tensor_type_t* a, const bp_tensor_type_t* b) {
  return a->dtype == b->dtype && a->rank == b->rank && a->layout == b->layout &&
         memcmp(a->shape, b->shape, sizeof(a->shape)) == 0;
}

bp_status_t check_type(const bp_host_t* host, const bp_tensor_type_t* type, const char* what,
                       uint32_t index) {
  if (type->dtype == 0) return BP_OK; /* absent */
  if (type->rank > BP_MAX_RANK) return breach(host, "%s %u has rank %u", what, index, type->rank);
  for (uint32_t axis = type->rank; axis < BP_MAX_RANK; ++axis)
    if (type->shape[axis] != 0)
      return breach(host, "%s %u of rank %u has size %" PRId64 " at %u, past its rank", what, index,
                    type->rank, type->shape[axis], axis);
  if (type->layout != 0)
    return breach(host, "%s %u has layout %u, which no plugin here offers", what, index,
                  type->layout);
  return BP_OK;
}

static bool has_unknown_size(const bp_tensor_type_t* type) {
  for (uint16_t axis = 0; axis < type->rank; ++axis)
    if (BP_DIM_IS_UNKNOWN(type->shape[axis])) return true;
  return false;
}

static bp_status_t check_constant(const bp_host_t* host, const bp_constant_t* constant,
                                  bool has_all_data, const char* what, uint32_t index) {
  const bp_status_t status = check_type(host, &constant->type, what, index);
  if (status != BP_OK) return status;
  if (has_unknown_size(&constant->type))
    return breach(host, "the constant of %s %u has an unknown size", what, index);
  const uint64_t element = element_size(constant->type.dtype);
  const uint64_t size = element * element_count(&constant->type);
  if (element == 0 || size == 0) return BP_OK;
  if (constant->data == NULL && (has_all_data || size <= kAlwaysLoaded))
    return breach(host, "the constant of %s %u, %" PRIu64 " bytes, has no data", what, index, size);
  if ((uintptr_t)constant->data % element != 0)
    return breach(host, "the constant of %s %u is not aligned to its element", what, index);
  return BP_OK;
}

static bp_status_t check_strings(const bp_host_t* host, const bp_attribute_t* attribute) {
  const bp_string_t* strings = attribute->data;
  for (uint32_t i = 0; i < attribute->count; ++i)
    if (strings[i].data == NULL || strings[i].data[strings[i].size] != '\0')
      return breach(host, "attribute \"%s\" has a text that does not end", attribute->name);
  return BP_OK;
}

static bp_status_t check_attribute(const bp_host_t* host, const bp_attribute_t* attribute,
                                   bool has_all_data) {
  if (attribute->name == NULL || attribute->name[0] == '\0')
    return breach(host, "an attribute has no name");
  if (attribute->kind == 0) return breach(host, "attribute \"%s\" has no kind", attribute->name);
  if (attribute->kind <= BP_ATTRIBUTE_GRAPH && attribute->count != 1)
    return breach(host, "attribute \"%s\" is no list and has %u values", attribute->name,
                  attribute->count);
  if (attribute->data == NULL && attribute->count != 0)
    return breach(host, "attribute \"%s\" has no data", attribute->name);
  if (attribute->kind == BP_ATTRIBUTE_STRING || attribute->kind == BP_ATTRIBUTE_STRINGS)
    return check_strings(host, attribute);
  if (attribute->kind == BP_ATTRIBUTE_TENSOR)
    return check_constant(host, attribute->data, has_all_data, "attribute", 0);
  return BP_OK;
}

static bp_status_t check_arrays(const bp_host_t* host, const bp_node_t* node) {
  if (node->struct_size < sizeof(bp_node_t))
    return breach(host, "bp_node_t::struct_size is %u, less than %zu", node->struct_size,
                  sizeof(bp_node_t));
  if (node->domain == NULL || node->op == NULL || node->name == NULL || node->op[0] == '\0')
    return breach(host, "a node's domain, op or name is NULL, or its op is empty");
  if (node->since == 0 && node->domain[0] == '\0')
    return breach(host, "the definition of %s began with version 0", node->op);
  if (node->input_count > kMostArguments || node->output_count > kMostArguments ||
      node->attribute_count > kMostArguments)
    return breach(host, "%s has %u inputs, %u outputs, %u attributes", node->op, node->input_count,
                  node->output_count, node->attribute_count);
  if ((node->input_count != 0 && node->inputs == NULL) ||
      (node->output_count != 0 && node->outputs == NULL) ||
      (node->attribute_count != 0 && node->attributes == NULL))
    return breach(host, "%s has a count above 0 for an array that is NULL", node->op);
  return BP_OK;
}

static bp_status_t check_input(const bp_host_t* host, const bp_node_t* node, uint32_t index,
                               bool has_all_data) {
  const bp_tensor_type_t* type = &node->inputs[index];
  bp_status_t status = check_type(host, type, "input", index);
  const bp_constant_t* constant = node->constants != NULL ? node->constants[index] : NULL;
  if (status == BP_OK && constant != NULL) {
    status = check_constant(host, constant, has_all_data, "input", index);
    if (status == BP_OK && !is_same_type(&constant->type, type))
      return breach(host, "input %u of %s and its constant differ in type", index, node->op);
  }
  const int64_t* strides = node->input_strides != NULL ? node->input_strides[index] : NULL;
  if (status != BP_OK || strides == NULL) return status;
  if (has_unknown_size(type))
    return breach(host, "input %u of %s has strides and unknown sizes", index, node->op);
  for (uint16_t axis = 0; axis < type->rank; ++axis)
    if (strides[axis] < 0)
      return breach(host, "input %u of %s has the stride %" PRId64, index, node->op, strides[axis]);
  return BP_OK;
}

bp_status_t check_node(const bp_host_t* host, const bp_node_t* node, bool has_all_data) {
  if (node == NULL) return breach(host, "a node is NULL");
  bp_status_t status = check_arrays(host, node);
  for (uint32_t i = 0; status == BP_OK && i < node->input_count; ++i)
    status = check_input(host, node, i, has_all_data);
  for (uint32_t i = 0; status == BP_OK && i < node->output_count; ++i)
    status = check_type(host, &node->outputs[i], "output", i);
  for (uint32_t i = 0; status == BP_OK && i < node->attribute_count; ++i)
    status = check_attribute(host, &node->attributes[i], has_all_data);
  return status;
}
