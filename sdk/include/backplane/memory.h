/* backplane/memory.h - device memory.
 *
 * A buffer is an opaque handle; work names (buffer, offset, size), never an address, so a
 * chip without pointers (OpenCL, a device across a wire) fits as well as one with them.
 * The host pools memory for every chip: it asks for few large buffers and cuts them up
 * itself. So buffer_create may be slow, but (buffer, offset) MUST be accepted wherever a
 * buffer is. [BP-MEM-1]
 * write, read, copy and fill take any byte offset and size, 0 included: offset_alignment is
 * for tensors. [BP-MEM-12] A range outside the buffer, or whose end overflows, is
 * INVALID_ARGUMENT. [BP-MEM-4]
 */
#ifndef BACKPLANE_MEMORY_H
#define BACKPLANE_MEMORY_H

#include <backplane/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bp_buffer bp_buffer_t; /* defined by the plugin */
typedef struct bp_stream bp_stream_t; /* defined by the plugin; NULL on a synchronous device */

typedef uint32_t bp_memory_kind_t;
enum bp_memory_kind_values {
  BP_MEMORY_DEVICE = 0, /* what kernels run on; always there */
  BP_MEMORY_STAGING = 1 /* host memory the device copies from and to at full speed: for map,
                         * copy and destroy only, else INVALID_ARGUMENT; without map the kind
                         * is UNSUPPORTED */
};

typedef uint32_t bp_handle_kind_t;
enum bp_handle_kind_values {
  BP_HANDLE_HOST_POINTER = 0,
  BP_HANDLE_NATIVE = 1, /* what the plugin documents, eg a cl_mem */
  BP_HANDLE_FD = 2      /* a dma-buf */
};

struct bp_memory_api {
  uint32_t struct_size;

  /* Makes a buffer of `size` bytes, at a multiple of bp_device_info_t::buffer_alignment where
   * an address can be seen. [BP-MEM-11] Contents are undefined. Size 0 or more than
   * max_buffer_size is INVALID_ARGUMENT. [BP-MEM-2] An unknown kind is UNSUPPORTED.
   * [BP-MEM-10] After OUT_OF_MEMORY the device works on: the host empties its pool and asks
   * once more. [BP-MEM-13] Fails: UNSUPPORTED. [any-thread] [may-block] */
  bp_status_t (*buffer_create)(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                               bp_buffer_t** out_buffer);

  /* Ends a buffer. The host MUST NOT have unfinished work on it. [BP-HOST-2] [any-thread] */
  void (*buffer_destroy)(bp_buffer_t* buffer);

  /* Copies host bytes to the buffer. `source` was read when the call returns, whatever memory
   * it lies in: the caller may overwrite it at once. [BP-MEM-3] Why may-block: see
   * capture_size; large data goes through STAGING and copy. [stream-ordered] [may-block] */
  bp_status_t (*write)(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                       const void* source, uint64_t size);

  /* Copies to host bytes. The host keeps `target` valid until a synchronize, or an event
   * recorded after it, says that the work is finished. From then on it is not written.
   * [BP-MEM-5] [stream-ordered] */
  bp_status_t (*read)(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset, void* target,
                      uint64_t size);

  /* Copies between buffers of one device, any kinds. Overlap is INVALID_ARGUMENT. [BP-MEM-6]
   * Optional only without streams: there the host reads and writes. [stream-ordered]
   * [optional] */
  bp_status_t (*copy)(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                      const bp_buffer_t* source, uint64_t source_offset, uint64_t size);

  /* Fills with a pattern of 1, 2, 4 or 8 bytes, read when the call returns. [BP-MEM-7] Any
   * other pattern size, and an offset or size that is no multiple of it, is INVALID_ARGUMENT.
   * [BP-MEM-15] [stream-ordered] [optional] */
  bp_status_t (*fill)(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, uint64_t size,
                      const void* pattern, uint32_t pattern_size);

  /* Gives a host pointer to the buffer's own bytes, for STAGING always, for DEVICE only with
   * HOST_ADDRESSABLE. [BP-MEM-8] Borrowed until buffer_destroy; touching bytes through it needs
   * no work in flight on them. [any-thread] [optional] */
  bp_status_t (*map)(bp_buffer_t* buffer, void** out_pointer);

  /* Makes a buffer over memory that exists; the caller keeps it valid until buffer_destroy. It
   * never copies: what the device cannot reach is UNSUPPORTED. [BP-MEM-9] [any-thread]
   * [optional] */
  bp_status_t (*buffer_import)(bp_device_t* device, bp_handle_kind_t kind, uint64_t handle,
                               uint64_t size, bp_buffer_t** out_buffer);

  /* The handle behind a buffer; borrowed until buffer_destroy. [any-thread] [optional] */
  bp_status_t (*buffer_export)(bp_buffer_t* buffer, bp_handle_kind_t kind, uint64_t* out_handle);

  /* One buffer that is the host's whole address space: its offsets are addresses. [BP-MEM-16]
   * For devices that can read any host pointer; belongs to the device, and is never destroyed,
   * mapped or exported by the host. [BP-HOST-9] Why: a framework's tensor then enters without
   * any call. [any-thread] [optional] */
  bp_buffer_t* (*host_space)(bp_device_t* device);

  /* Bytes free and in all, now; free is never more than all. [BP-MEM-17] [any-thread]
   * [optional] */
  bp_status_t (*usage)(bp_device_t* device, uint64_t* out_free, uint64_t* out_total);
};

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_MEMORY_H */
