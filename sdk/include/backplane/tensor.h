/* backplane/tensor.h - how tensors and attributes are described. Plain data, no calls.
 * Every struct here is frozen. */
#ifndef BACKPLANE_TENSOR_H
#define BACKPLANE_TENSOR_H

#include <backplane/memory.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BP_MAX_RANK 8u
/* A negative size is known no earlier than at launch, and occurs only in a node's types.
 * Equal sizes below -1 in one graph are equal at every launch ("the same batch"). */
#define BP_DIM_IS_UNKNOWN(size) ((size) < 0)

typedef uint32_t bp_dtype_t; /* values equal onnx.TensorProto.DataType */
enum bp_dtype_values {
  BP_DTYPE_FLOAT32 = 1,
  BP_DTYPE_UINT8 = 2,
  BP_DTYPE_INT8 = 3,
  BP_DTYPE_UINT16 = 4,
  BP_DTYPE_INT16 = 5,
  BP_DTYPE_INT32 = 6,
  BP_DTYPE_INT64 = 7,
  BP_DTYPE_BOOL = 9,
  BP_DTYPE_FLOAT16 = 10,
  BP_DTYPE_FLOAT64 = 11,
  BP_DTYPE_UINT32 = 12,
  BP_DTYPE_UINT64 = 13,
  BP_DTYPE_BFLOAT16 = 16,
  BP_DTYPE_FLOAT8E4M3FN = 17,
  BP_DTYPE_FLOAT8E5M2 = 19,
  BP_DTYPE_UINT4 = 21, /* two to a byte, low half first, the last byte padded with 0 */
  BP_DTYPE_INT4 = 22
};

/* dtype 0: absent (an optional input, a baked one, an output nobody wants). A tensor without
 * elements has a dtype, its buffer may be NULL, and none of its bytes is touched.
 * [BP-TENSOR-2] BOOL outputs hold 0 or 1. [BP-TENSOR-1] */
typedef struct bp_tensor_type {
  bp_dtype_t dtype;
  uint16_t rank;              /* <= BP_MAX_RANK; 0 is a scalar */
  uint16_t layout;            /* 0: row-major; else a plugin's own, by extension "bp.layout/1" */
  int64_t shape[BP_MAX_RANK]; /* entries past rank are 0 */
} bp_tensor_type_t;

/* A view of device memory. It lies inside its buffer, at an offset that is a multiple of the
 * element and of offset_alignment. [BP-HOST-7] Inputs may overlap each other. An output
 * overlaps an input only as kernel_info's in_place says, and then at the same buffer, offset
 * and type, the input dense; outputs and scratch overlap nothing else. [BP-HOST-8] */
typedef struct bp_tensor {
  bp_tensor_type_t type;
  bp_buffer_t* buffer;
  uint64_t offset;        /* into buffer; see offset_alignment */
  const int64_t* strides; /* in elements, >= 0; NULL, dense, unless kernel_info says STRIDED */
  const void* host;       /* the bytes, read before launch returns, of an input that
                           * kernel_info marks HOST; buffer is then NULL */
} bp_tensor_t;

/* A tensor in host memory: a weight, an attribute. Dense, little-endian, aligned to its
 * element and no more: weights are often mapped from a file. */
typedef struct bp_constant {
  bp_tensor_type_t type;
  const void* data; /* NULL only in supports(), above 4096 bytes, when not loaded yet */
  uint64_t id;      /* 0: none. Else equal ids mean equal type and bytes for as long as the
                     * device is open, so that kernels can share one packed copy */
} bp_constant_t;

typedef uint32_t bp_attribute_kind_t; /* values equal onnx.AttributeProto.AttributeType */
enum bp_attribute_kind_values {
  BP_ATTRIBUTE_FLOAT = 1,  /* const float* */
  BP_ATTRIBUTE_INT = 2,    /* const int64_t* */
  BP_ATTRIBUTE_STRING = 3, /* const bp_string_t* */
  BP_ATTRIBUTE_TENSOR = 4, /* const bp_constant_t* */
  BP_ATTRIBUTE_GRAPH = 5,  /* struct bp_graph* const*; read through the graph view */
  BP_ATTRIBUTE_FLOATS = 6, /* const float* */
  BP_ATTRIBUTE_INTS = 7,   /* const int64_t* */
  BP_ATTRIBUTE_STRINGS = 8 /* const bp_string_t* */
};

typedef struct bp_string {
  const char* data; /* may hold NUL; NUL-terminated too */
  uint64_t size;
} bp_string_t;

/* Every attribute of the operator's definition is given, defaults filled in; one without a
 * default only if the model has it. [BP-HOST-4] */
typedef struct bp_attribute {
  const char* name; /* as in ONNX, eg "axis" */
  bp_attribute_kind_t kind;
  uint32_t count;   /* 1, or the length of a list, which may be 0 */
  const void* data; /* of the type beside the kind */
} bp_attribute_t;

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_TENSOR_H */
