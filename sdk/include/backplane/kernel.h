/* backplane/kernel.h - operators. The words are ONNX's: domain, operator, attributes.
 * The host asks in three steps, cheapest first:
 *   supports (a pure question) -> kernel_create (may compile) -> launch (the hot path)
 */
#ifndef BACKPLANE_KERNEL_H
#define BACKPLANE_KERNEL_H

#include <backplane/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bp_kernel bp_kernel_t; /* defined by the plugin */

/* How a kernel computes. Saying nothing promises the most: exact products, at least float32
 * accumulation, each operation rounded to nearest even, functions (exp, tanh ...) within
 * OpenCL's full-profile bounds, subnormals kept, the same bits run to run. What is said
 * widens the bound that conformance derives. Results MUST lie within the bound that the
 * declaration gives. [BP-KERNEL-6] */
typedef uint32_t bp_numerics_flags_t;
enum bp_numerics_flag_values {
  BP_NUMERICS_FLAG_NONDETERMINISTIC = 1u << 0,
  BP_NUMERICS_FLAG_FLUSHES_INPUTS = 1u << 1,  /* subnormals are read as 0 */
  BP_NUMERICS_FLAG_FLUSHES_OUTPUTS = 1u << 2, /* and stored as 0 */
  BP_NUMERICS_FLAG_TRUNCATES = 1u << 3,       /* rounds towards zero where it stores or sums */
  BP_NUMERICS_FLAG_FAST_ALGORITHM = 1u << 4,  /* eg Winograd: other sums than the definition's */
  BP_NUMERICS_FLAG_FAST_DIVISION = 1u << 5,   /* division and roots within 3 ulp */
  BP_NUMERICS_FLAG_FAST_FUNCTIONS = 1u << 6   /* exp, tanh ... within OpenCL's relaxed bounds */
};

/* 0: as promised above; FLOAT64, FLOAT32, FLOAT16, BFLOAT16, INT32, INT64; or one of these. */
typedef uint32_t bp_arithmetic_t;
enum bp_arithmetic_values {
  BP_ARITHMETIC_TF32 = 0x10000,
  BP_ARITHMETIC_BFLOAT16_TIMES_2 = 0x10001, /* operands split in two or three bfloat16 */
  BP_ARITHMETIC_BFLOAT16_TIMES_3 = 0x10002
};

/* One node, checked by the host against its definition: dtype and rank of everything known,
 * sizes as far as they are; absent inputs and outputs are listed, with dtype 0. */
typedef struct bp_node {
  uint32_t struct_size;
  uint32_t since;     /* version at which this definition of `op` began, eg 13 for MatMul in a
                       * model of opset 21; one the plugin does not know is UNSUPPORTED, and the
                       * host then also offers older definitions that the node fits */
  const char* domain; /* "" is ai.onnx; a vendor's own operator has its reverse DNS */
  const char* op;     /* eg "MatMul" */
  const char* name;   /* of the node in the model, for messages; may be "" */
  uint32_t input_count, output_count, attribute_count;
  bp_numerics_flags_t refused; /* the kernel MUST NOT have these, nor, with any set, products or
                                * sums less exact than promised above; else UNSUPPORTED.
                                * [BP-KERNEL-11] */
  const bp_tensor_type_t* inputs;
  const bp_tensor_type_t* outputs;
  const bp_attribute_t* attributes;
  const bp_constant_t* const* constants; /* per input: its value if it never changes, or NULL */
  const int64_t* const* input_strides;   /* per input of known sizes: what launch would like to
                                          * bring, or NULL. Either array may be NULL: none */
} bp_node_t;

typedef uint32_t bp_argument_flags_t;
enum bp_argument_flag_values {
  BP_ARGUMENT_FLAG_BAKED = 1u << 0,   /* a constant that was copied; launch brings it absent */
  BP_ARGUMENT_FLAG_HOST = 1u << 1,    /* launch brings its bytes in bp_tensor_t::host */
  BP_ARGUMENT_FLAG_STRIDED = 1u << 2, /* launch brings the strides announced, else dense */
  BP_ARGUMENT_FLAG_BOUNDED = 1u << 3  /* of an output whose sizes the data decides (NonZero):
                                       * launch brings bounds, and a tensor for the sizes */
};

typedef struct bp_alias { /* frozen */
  uint32_t input;
  uint32_t output;
} bp_alias_t;

#define BP_SIZE_UNKNOWN UINT64_MAX /* ask scratch_size for each launch's types */

typedef struct bp_kernel_info {
  uint32_t struct_size;
  bp_numerics_flags_t numerics;
  bp_arithmetic_t products;          /* what operands are rounded to before they are multiplied */
  bp_arithmetic_t accumulates;       /* what sums are kept in */
  uint64_t scratch_size;             /* what launch needs, or BP_SIZE_UNKNOWN */
  uint64_t device_memory_size;       /* what it holds beyond scratch; a shared part counts in the
                                      * kernel that made it */
  const bp_argument_flags_t* inputs; /* one per input, or NULL: all 0 */
  const bp_alias_t* in_place;        /* pairs that may share memory, one per output at a time */
  uint32_t in_place_count;
  uint32_t is_shape_free; /* 1: for unknown sizes as fast as made for each; make no other */
  const bp_argument_flags_t* outputs; /* one per output, or NULL: all 0 */
} bp_kernel_info_t;

/* supports and kernel_create are NULL only in a plugin that offers "bp.compile/1" instead. */
struct bp_kernel_api {
  uint32_t struct_size;

  /* BP_OK when kernel_create would accept this node, else UNSUPPORTED with the reason in
   * host->explain. Binding: kernel_create then returns neither UNSUPPORTED nor
   * INVALID_ARGUMENT. [BP-KERNEL-1] It has no side effect that a caller could see, and the same
   * node gets the same answer: the host keeps it. [BP-KERNEL-8] A node with unknown sizes asks
   * for a kernel that serves every size. [BP-KERNEL-9] Fails: UNSUPPORTED. [any-thread]
   * [may-block] */
  bp_status_t (*supports)(bp_device_t* device, const bp_node_t* node);

  /* Prepares a node: selects, compiles, packs constants. Node and constants may be freed when
   * it returns. [BP-KERNEL-2] Fails: UNSUPPORTED. [any-thread] [may-block] */
  bp_status_t (*kernel_create)(bp_device_t* device, const bp_node_t* node,
                               bp_kernel_t** out_kernel);
  /* The host MUST NOT have unfinished work on it. [BP-HOST-5] [any-thread] */
  void (*kernel_destroy)(bp_kernel_t* kernel);
  /* Borrowed until kernel_destroy. NULL, or all zero: nothing special. [any-thread]
   * [optional] */
  const bp_kernel_info_t* (*kernel_info)(const bp_kernel_t* kernel);
  /* Needed where kernel_info says BP_SIZE_UNKNOWN. [any-thread] [optional] */
  bp_status_t (*scratch_size)(const bp_kernel_t* kernel, const bp_tensor_type_t* inputs,
                              const bp_tensor_type_t* outputs, uint64_t* out_size);

  /* Runs it. The types equal the node's, unknown sizes filled in, a BAKED input with dtype 0
   * (in scratch_size too), so a kernel of known sizes need not read them. Inputs MUST NOT be
   * written except in place. [BP-KERNEL-3] Bytes outside outputs, their padding and scratch
   * MUST NOT change. [BP-KERNEL-10] An absent output is not computed into any memory of the
   * host's. [BP-KERNEL-7] `scratch` is a UINT8 vector that the host keeps for this launch until
   * it is finished, at most max_buffer_size, or NULL when its size is 0. Launches of one kernel
   * on two streams at once MUST give right results, if need be one after the other.
   * [BP-KERNEL-4] A kernel keeps nothing from one launch to the next that changes a result.
   * [BP-KERNEL-5] After the node's outputs come, for each BOUNDED one in order, an INT64 vector
   * of its rank: the kernel stores the real sizes there, none above its bound. [BP-KERNEL-12]
   * It stores the output dense in these sizes. [BP-KERNEL-13] No allocation, please, and no lock
   * that other streams hold: this is the hot path. [stream-ordered] */
  bp_status_t (*launch)(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                        const bp_tensor_t* outputs, const bp_tensor_t* scratch);

  /* Expected device time of one launch, for choosing between chips; 0 if unknown.
   * [any-thread] [optional] */
  uint64_t (*estimate_ns)(bp_device_t* device, const bp_node_t* node);
};

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_KERNEL_H */
