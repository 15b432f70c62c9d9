/* backplane/runtime.h - what a framework calls. Everything here begins with bp_rt_; what a
 * plugin implements never does. Read after graph.h.
 *
 * Objects: bp_rt_t > device > stream, event, memory, op;   graph > session > run.
 * A tensor is no object: it is plain data over memory, made on the caller's stack.
 * base.h holds here too; a field beyond struct_size reads as 0, and 0 is always the default. A
 * child keeps its parents alive: any order of destroy is right. Unmarked functions are
 * [any-thread]. No callback may throw.
 *
 * What the design knows but no function here does yet is absent, not a stub: DLPack, native
 * streams, export, operators of a framework's own, several devices in one session. */
#ifndef BACKPLANE_RUNTIME_H
#define BACKPLANE_RUNTIME_H

#include <backplane/graph.h>
#include <backplane/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) && !defined(BP_BUILDING_RUNTIME)
#define BP_API __declspec(dllimport)
#else
#define BP_API BP_EXPORT
#endif

typedef struct bp_rt bp_rt_t;
typedef struct bp_rt_device bp_rt_device_t;
typedef struct bp_rt_stream bp_rt_stream_t; /* NULL: the device's own, waited for */
typedef struct bp_rt_event bp_rt_event_t;
typedef struct bp_rt_memory bp_rt_memory_t;   /* a block of the pool, or imported */
typedef struct bp_rt_op bp_rt_op_t;           /* one operator, ready to launch: eager mode */
typedef struct bp_rt_session bp_rt_session_t; /* constant: any number of runs share it */
typedef struct bp_rt_run bp_rt_run_t;         /* one execution at a time; has the arena */
/* bp_graph_t (graph.h): [one-thread] while built, constant once a session was made of it. */

/* ---- Errors and start ------------------------------------------------------------------ */

typedef struct bp_rt_error {
  uint32_t struct_size;
  bp_status_t status;
  const char* text;               /* whole sentence, the plugin's own words included */
  const char *node, *op, *device; /* eg "/layer1/MatMul", "MatMul", "opencl:0"; or "" */
} bp_rt_error_t;

/* The failure last returned on this thread; valid until the next call that fails on it. */
BP_API const bp_rt_error_t* bp_rt_last_error(void);
BP_API bp_version_t bp_rt_version(void); /* of the library loaded, not of this header */

typedef struct bp_rt_config {
  uint32_t struct_size;
  bp_log_level_t log_level;
  void* user; /* first argument of the functions below */
  void (*log)(void* user, bp_log_level_t level, const char* source, const char* text);
  const bp_option_t* options; /* "plugin-path": folders and files, ':' between them, in place of
                               * BACKPLANE_PLUGIN_PATH; "check": as BACKPLANE_CHECK;
                               * "plugin-allow": folders, ':' between, outside which none loads */
  uint32_t option_count;
  uint32_t reserved; /* 0 */
} bp_rt_config_t;

/* config may be NULL. Finds plugins, opens no device. A plugin is loaded once per process,
 * whatever the number of bp_rt_t. Fails: UNSUPPORTED (an unknown option). */
BP_API bp_status_t bp_rt_create(const bp_rt_config_t* config, bp_rt_t** out_rt);
BP_API void bp_rt_destroy(bp_rt_t* rt);

/* ---- Plugins and devices --------------------------------------------------------------- */

typedef struct bp_rt_plugin_info {
  uint32_t struct_size;
  const char *path, *id, *version; /* from the manifest while not loaded */
  const char* refusal;             /* why it is not used, or "" */
} bp_rt_plugin_info_t;

typedef struct bp_rt_device_info {
  uint32_t struct_size;
  uint32_t ordinal; /* within the plugin */
  const char* plugin_id;
  const char* selector;         /* eg "opencl:0"; what bp_rt_device_open takes */
  const bp_device_info_t* info; /* the plugin's own */
  int32_t dlpack_id;
  uint32_t reserved; /* 0 */
} bp_rt_device_info_t;

BP_API bp_status_t bp_rt_plugin_load(bp_rt_t* rt, const char* path);
/* NULL past the end. Opens no device; entries never move. */
BP_API const bp_rt_plugin_info_t* bp_rt_get_plugin_info(bp_rt_t* rt, uint32_t index);
BP_API const bp_rt_device_info_t* bp_rt_get_device_info(bp_rt_t* rt, uint32_t index);
/* `selector`: a plugin's short name (the id's last part) or its whole id, then ":" and the
 * ordinal if not 0, eg "opencl:1"; or a uuid. Without the option "bp.cache-folder" the folder is
 * BACKPLANE_CACHE_FOLDER, or "backplane" in the user's cache; "" keeps nothing. Fails:
 * INVALID_ARGUMENT (an option that neither Backplane nor the plugin has). */
BP_API bp_status_t bp_rt_device_open(bp_rt_t* rt, const char* selector, const bp_option_t* options,
                                     uint32_t option_count, bp_rt_device_t** out_device);
BP_API void bp_rt_device_close(bp_rt_device_t* device);

typedef struct bp_rt_memory_stats { /* frozen */
  uint64_t used, used_peak, reserved, reserved_peak, limit, allocation_count, retry_count;
} bp_rt_memory_stats_t;

BP_API bp_status_t bp_rt_device_stats(bp_rt_device_t* device, bp_rt_memory_stats_t* out_stats);
BP_API bp_status_t bp_rt_device_trim(bp_rt_device_t* device); /* idle blocks back to the chip */

/* ---- Memory and tensors ---------------------------------------------------------------- */

typedef struct bp_rt_memory_info {
  uint32_t struct_size;
  bp_memory_kind_t kind;
  uint64_t size;
  uint64_t address; /* with address + i, i < size, unique in the process, on opaque chips too;
                     * a real pointer only for STAGING and HOST_ADDRESSABLE */
  bp_rt_device_t* device;
  bp_buffer_t* buffer;
  uint64_t offset;
} bp_rt_memory_info_t;

typedef struct bp_rt_tensor { /* frozen */
  bp_tensor_type_t type;      /* dtype 0: absent, or an output nobody wants */
  const int64_t* strides;     /* in elements, 0 allowed for inputs; NULL means dense */
  bp_rt_memory_t* memory;     /* at most one of memory and host; neither for an empty tensor, */
  void* host;                 /* or for an output that the host is to allocate */
  uint64_t offset;            /* any multiple of the element size */
} bp_rt_tensor_t;

/* From the pool, in the order of `stream`. */
BP_API bp_status_t bp_rt_memory_create(bp_rt_device_t* device, bp_rt_stream_t* stream,
                                       bp_memory_kind_t kind, uint64_t size,
                                       bp_rt_memory_t** out_memory);
/* Never copies: else UNSUPPORTED. release(user), if any, comes once, after the last use. */
BP_API bp_status_t bp_rt_memory_import(bp_rt_device_t* device, bp_handle_kind_t kind,
                                       uint64_t handle, uint64_t size, void (*release)(void* user),
                                       void* user, bp_rt_memory_t** out_memory);
/* It is used on `stream` too: after destroy, it is not reused before this point. */
BP_API bp_status_t bp_rt_memory_use(bp_rt_memory_t* memory, bp_rt_stream_t* stream);
BP_API const bp_rt_memory_info_t* bp_rt_get_memory_info(const bp_rt_memory_t* memory);
BP_API void bp_rt_memory_destroy(bp_rt_memory_t* memory); /* work may still be on it */
/* Any devices or host, any strides; equal dtype and shape. [stream-ordered] */
BP_API bp_status_t bp_rt_copy(bp_rt_stream_t* stream, const bp_rt_tensor_t* target,
                              const bp_rt_tensor_t* source);

/* ---- Streams and events ---------------------------------------------------------------- */

BP_API bp_status_t bp_rt_stream_create(bp_rt_device_t* device, bp_stream_flags_t flags,
                                       bp_rt_stream_t** out_stream);
BP_API bp_status_t bp_rt_stream_synchronize(bp_rt_stream_t* stream, uint64_t timeout_ns);
BP_API void bp_rt_stream_destroy(bp_rt_stream_t* stream);
BP_API bp_status_t bp_rt_event_create(bp_rt_device_t* device, bp_event_flags_t flags,
                                      bp_rt_event_t** out_event);
BP_API bp_status_t bp_rt_event_record(bp_rt_event_t* event, bp_rt_stream_t* stream);
BP_API bp_status_t bp_rt_event_wait(bp_rt_event_t* event, bp_rt_stream_t* any_device_stream);
BP_API bp_status_t bp_rt_event_synchronize(bp_rt_event_t* event,
                                           uint64_t timeout_ns); /* 0: asks, NOT_READY */
BP_API bp_status_t bp_rt_event_elapsed(bp_rt_event_t* start, bp_rt_event_t* end, uint64_t* out_ns);
BP_API void bp_rt_event_destroy(bp_rt_event_t* event);

/* ---- One operator: eager mode, layers, kernel routes ------------------------------------ */

/* Output types; node->outputs is not read. Data-dependent sizes come back as upper bounds.
 * NOT_READY: a size hangs on the value of an input that constants[] lacks. */
BP_API bp_status_t bp_rt_op_infer(bp_rt_t* rt, const bp_node_t* node, bp_tensor_type_t* out_types);
/* Finds it in the device's cache (key: all of `node` but its name) or makes it. Older forms are
 * normalised first. UNSUPPORTED: the caller falls back. [may-block] */
BP_API bp_status_t bp_rt_op_create(bp_rt_device_t* device, const bp_node_t* node,
                                   bp_rt_op_t** out_op);
/* Copies what the kernel cannot take as it is: strides, offset, host, overlap with an output.
 * Writes the actual sizes to outputs[].type. [stream-ordered] */
BP_API bp_status_t bp_rt_op_launch(bp_rt_op_t* op, bp_rt_stream_t* stream,
                                   const bp_rt_tensor_t* inputs, bp_rt_tensor_t* outputs);
BP_API void bp_rt_op_destroy(bp_rt_op_t* op);

/* ---- Graphs ---------------------------------------------------------------------------- */

/* `folder`: where external weights are, "" for none. Bytes are copied if release is NULL. */
BP_API bp_status_t bp_rt_graph_from_onnx(bp_rt_t* rt, const void* bytes, uint64_t size,
                                         const char* folder, void (*release)(void* user),
                                         void* user, bp_graph_t** out_graph);
BP_API bp_status_t bp_rt_graph_create(bp_rt_t* rt, bp_graph_t** out_graph);
BP_API bp_status_t bp_rt_graph_add_input(bp_graph_t* graph, const char* name,
                                         const bp_tensor_type_t* type, bp_value_id_t* out_value);
/* The bytes are copied if release is NULL. */
BP_API bp_status_t bp_rt_graph_add_constant(bp_graph_t* graph, const bp_constant_t* constant,
                                            void (*release)(void* user), void* user,
                                            bp_value_id_t* out_value);
/* node->outputs NULL: inferred. BP_NONE: an absent input. */
BP_API bp_status_t bp_rt_graph_add_node(bp_graph_t* graph, const bp_node_t* node,
                                        const bp_value_id_t* inputs, bp_node_id_t* out_node);
BP_API bp_status_t bp_rt_graph_add_output(bp_graph_t* graph, const char* name, bp_value_id_t value);
BP_API const bp_graph_view_t* bp_rt_graph_view(void); /* to read it back */
BP_API void bp_rt_graph_destroy(bp_graph_t* graph);

/* ---- Sessions and runs ------------------------------------------------------------------ */

/* One device in this version; `device_count` others are UNSUPPORTED. Options: "dim:NAME", a
 * size for every unknown dimension of that name; "decompose", "on" (as without it) or "off": a node
 * that the device refuses runs as simpler ones, where Backplane knows such; "passes" likewise:
 * Backplane's graph passes and the plugin's run; "pass:NAME" likewise: that one runs. Unknown sizes
 * that remain are learnt from the inputs of each run, and a plan is made for each new set. */
BP_API bp_status_t bp_rt_session_create(bp_graph_t* graph, bp_rt_device_t* const* devices,
                                        uint32_t device_count, const bp_option_t* options,
                                        uint32_t option_count, bp_rt_session_t** out_session);
BP_API void bp_rt_session_destroy(bp_rt_session_t* session);
BP_API const bp_value_info_t* bp_rt_session_input(bp_rt_session_t* session, uint32_t index);
BP_API const bp_value_info_t* bp_rt_session_output(bp_rt_session_t* session, uint32_t index);
/* `what`: "placement" (node by node, with what runs in its place: JSON), "passes" (what each did:
 * JSON), "graph.dot", or "plan.dot" (what the passes left of it; NOT_READY before there is a plan);
 * else UNSUPPORTED. */
BP_API bp_status_t bp_rt_session_write(bp_rt_session_t* session, const char* what,
                                       void (*sink)(void* user, const void* bytes, uint64_t size),
                                       void* user);

typedef struct bp_rt_run_config {
  uint32_t struct_size;
  uint32_t reserved;      /* 0 */
  bp_rt_stream_t* stream; /* inputs are ready, and outputs will be, in its order */
} bp_rt_run_config_t;

BP_API bp_status_t bp_rt_run_create(bp_rt_session_t* session, bp_rt_run_t** out_run);
BP_API void bp_rt_run_destroy(bp_rt_run_t* run);
/* In the session's order. config may be NULL; without a stream it returns when all is done. An
 * output given without memory gets it from the pool, and the caller destroys it.
 * [one-thread] [stream-ordered] [may-block] */
BP_API bp_status_t bp_rt_run_start(bp_rt_run_t* run, const bp_rt_tensor_t* inputs,
                                   bp_rt_tensor_t* outputs, const bp_rt_run_config_t* config);

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_RUNTIME_H */
