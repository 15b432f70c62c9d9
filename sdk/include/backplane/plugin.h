/* backplane/plugin.h - the one symbol a plugin exports, and its devices.
 *
 * Life of a plugin:
 *   dlopen -> bp_plugin_query -> device_open ... device_close -> unload [-> dlclose]
 *
 * What a first plugin must have: bp_plugin_query, device_info, device_open, device_close,
 * buffer_create, buffer_destroy, write, read, supports, kernel_create, kernel_destroy,
 * launch. The host emulates the rest, and conformance proves that the emulated and the
 * plugin's own version agree.
 */
#ifndef BACKPLANE_PLUGIN_H
#define BACKPLANE_PLUGIN_H

#include <backplane/host.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bp_device bp_device_t; /* defined by the plugin */

typedef struct bp_memory_api bp_memory_api_t; /* backplane/memory.h */
typedef struct bp_stream_api bp_stream_api_t; /* backplane/stream.h */
typedef struct bp_kernel_api bp_kernel_api_t; /* backplane/kernel.h */

typedef uint32_t bp_device_kind_t;
enum bp_device_kind_values {
  BP_DEVICE_OTHER = 0,
  BP_DEVICE_CPU = 1,
  BP_DEVICE_GPU = 2,
  BP_DEVICE_NPU = 3
};

typedef uint32_t bp_device_flags_t;
enum bp_device_flag_values {
  BP_DEVICE_FLAG_HOST_ADDRESSABLE = 1u << 0, /* map() of device memory works, at no copy */
  BP_DEVICE_FLAG_POOLED = 1u << 1,           /* buffer_create is already a cheap pool */
  BP_DEVICE_FLAG_SYNCHRONOUS = 1u << 2       /* every call is done when it returns */
};

typedef struct bp_device_info {
  uint32_t struct_size;
  bp_device_kind_t kind;
  bp_device_flags_t flags;
  uint32_t vendor_id;           /* PCI's, or 0 */
  uint32_t hardware_id;         /* PCI's device id, or 0 */
  int32_t dlpack_type;          /* DLDeviceType of its memory; 12 (kDLExtDev) if it has none */
  const char* name;             /* eg "Acme X100" */
  const char* architecture;     /* eg "x100-r2"; equal strings run each other's compiled blobs */
  const char* driver_version;   /* eg "535.104"; part of every compiled blob's cache key */
  const char* uuid;             /* the same chip at every start, or "" */
  const char* bus_address;      /* eg "0000:65:00.0", or "" */
  uint64_t memory_size;         /* 0 when it shares the host's memory */
  uint64_t max_buffer_size;     /* the host offers no tensor above it */
  uint64_t buffer_alignment;    /* of every buffer's start; a power of two */
  uint64_t offset_alignment;    /* of a tensor's offset, a power of two; 1 is best. An offset is
                                 * always a multiple of the element, too */
  uint64_t preferred_alignment; /* a power of two; scratch always has it, other tensors where
                                 * the host places them */
  uint64_t tensor_padding;      /* bytes after a tensor that kernels may read, and after outputs
                                 * overwrite; imported memory and host_space have none */
  uint32_t stream_depth;        /* pieces of work a stream takes behind an unreached event before a
                                 * call may block; at least 64, when there are streams */
  uint32_t reserved;            /* 0 */
  uint64_t capture_size;        /* bytes that write() takes behind an unreached event, likewise; at
                                 * least 65,536 */
  uint64_t wait_limit_ns;       /* longest a host-signalled event may keep work waiting; then the
                                 * waiting streams fail with CANCELLED; 0: no limit */
} bp_device_info_t;

typedef uint32_t bp_sanitizers_t;
enum bp_sanitizer_values {
  BP_SANITIZER_ADDRESS = 1u << 0,
  BP_SANITIZER_THREAD = 1u << 1,
  BP_SANITIZER_UNDEFINED = 1u << 2
};

/* What the file that reads this is being built with, for bp_plugin_t::sanitizers. */
#if defined(__has_feature)
#define BP_SANITIZER_FEATURE(name) __has_feature(name)
#else
#define BP_SANITIZER_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || BP_SANITIZER_FEATURE(address_sanitizer)
#define BP_SANITIZERS ((bp_sanitizers_t)BP_SANITIZER_ADDRESS)
#elif defined(__SANITIZE_THREAD__) || BP_SANITIZER_FEATURE(thread_sanitizer)
#define BP_SANITIZERS ((bp_sanitizers_t)BP_SANITIZER_THREAD)
#else
#define BP_SANITIZERS ((bp_sanitizers_t)0)
#endif

/* The plugin: constant data. It MUST stay valid and unchanged until dlclose. [BP-PLUGIN-1]
 * The layout up to `version` is the same in every MAJOR. */
typedef struct bp_plugin {
  uint32_t struct_size;
  bp_version_t abi;           /* { BP_ABI_MAJOR, BP_ABI_MINOR } it was built with */
  const char* id;             /* eg "com.acme.x100"; reverse DNS; never changes */
  const char* version;        /* eg "2.3.1"; semantic */
  const char* vendor;         /* eg "Acme" */
  const char* build_id;       /* eg a commit; part of every compiled blob's cache key */
  bp_sanitizers_t sanitizers; /* what it was built with; a host without refuses it */

  /* Required. */
  const bp_memory_api_t* memory;
  const bp_kernel_api_t* kernel;
  /* NULL only if every device is SYNCHRONOUS. Such a device gets NULL for streams and nothing
   * in this table is called for it. [BP-HOST-14] Elsewhere a NULL stream is INVALID_ARGUMENT.
   * [BP-STREAM-11] */
  const bp_stream_api_t* stream;

  /* Describes device `index`, or NULL past the end; none at all is not an error, but the
   * reason is logged. The answer does not change while any host uses the plugin. [BP-PLUGIN-2]
   * [any-thread] [may-block] */
  const bp_device_info_t* (*device_info)(const bp_host_t* host, uint32_t index);

  /* Opens a device. It may be opened more than once; each open is independent. [BP-PLUGIN-10]
   * What is made from one open is used with no other. [BP-HOST-3] `host` serves everything
   * made from it and outlives it. A key that begins with "bp." is understood, or ignored.
   * [BP-PLUGIN-12] Any other unknown key is INVALID_ARGUMENT. [BP-PLUGIN-11] So far there are
   * "bp.memory-limit" (bytes), "bp.threads", and "bp.cache-folder", where compiled code may be
   * kept for the next start; one that cannot be used is no failure. [BP-PLUGIN-13]
   * Fails: UNSUPPORTED (driver too old), NOT_READY (in exclusive use). [any-thread]
   * [may-block] */
  bp_status_t (*device_open)(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                             uint32_t option_count, bp_device_t** out_device);

  /* Closes it. The host MUST have destroyed every object made from it. [BP-HOST-1]
   * After DEVICE_LOST every destroy and close still releases, and waits for no device; host
   * calls still come, with DEVICE_LOST. [BP-DEVICE-1] Any other call on any open of that
   * device returns DEVICE_LOST soon. [BP-DEVICE-2] [one-thread] [may-block] */
  void (*device_close)(bp_device_t* device);

  /* Returns a plugin extension, eg "bp.graph-pass/1", or NULL. Its table is constant, and no
   * function in it is NULL unless its comment says [optional]. [BP-PLUGIN-7] [any-thread]
   * [optional] */
  const void* (*get_extension)(const char* extension_id);

  /* Ends what one successful bp_plugin_query began; a plugin that cares counts them
   * atomically. The last one MUST leave no thread running, and no callback into, the plugin's
   * own code. [BP-PLUGIN-3] A plugin over a driver that keeps threads leaves this NULL, and is
   * never dlclosed. [any-thread] [optional] */
  void (*unload)(void);
} bp_plugin_t;

/* The only exported symbol. [BP-PLUGIN-4] Hosts load with RTLD_LOCAL and take it from the
 * handle, so any number of plugins live in one process. Returns NULL, after host->explain with
 * both versions, when it cannot work with host->abi. [BP-PLUGIN-5] MUST NOT touch a device,
 * start a thread or print. [BP-PLUGIN-8] (Hosts call it to list plugins.) Calling it again, by
 * another host of the process too, returns the same pointer. [BP-PLUGIN-9] [any-thread] */
BP_EXPORT const bp_plugin_t* bp_plugin_query(const bp_host_t* host);

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_PLUGIN_H */
