/* backplane/host.h - what the host gives the plugin. A plugin links against nothing of the
 * host. [BP-PLUGIN-6] Everything it may call arrives in this table. */
#ifndef BACKPLANE_HOST_H
#define BACKPLANE_HOST_H

#include <backplane/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t bp_log_level_t;
enum bp_log_level_values {
  BP_LOG_DEBUG = 0,
  BP_LOG_INFO = 1,
  BP_LOG_WARNING = 2,
  BP_LOG_ERROR = 3
};

/* No function in it is NULL. The layout up to `explain` is the same in every MAJOR, so that a
 * plugin can always refuse in words. */
typedef struct bp_host {
  uint32_t struct_size;
  bp_version_t abi; /* frozen, so it may be embedded */
  void* self;       /* pass back as the first argument */

  /* Says why the call now returning a failure failed, eg "MatMul: inner sizes 64 and 32
   * differ". Called on the thread and inside the call that returns it; for work that failed
   * earlier, in each call that reports the failure. The text is copied; the last one counts,
   * and none if the call returns BP_OK. Every failure but NOT_READY and TIMEOUT MUST come with
   * a text. [BP-BASE-5] [any-thread] */
  void (*explain)(void* self, const char* text);

  /* Adds a line to the host's log. The text is copied. [any-thread] */
  void (*log)(void* self, bp_log_level_t level, const char* text);

  /* Host memory that the plugin asks for and that grows with the work given MUST come from here,
   * buffers of a CPU device included, so that the host can count it and make it fail.
   * [BP-MEM-14] What a driver takes for itself is its own affair. `alignment`
   * is a power of two, size > 0; NULL on failure. deallocate accepts NULL. [any-thread] */
  void* (*allocate)(void* self, uint64_t size, uint64_t alignment);
  void (*deallocate)(void* self, void* pointer);

  /* Returns a host extension, eg "bp.thread-pool/1" or "bp.cache/1", or NULL. [any-thread] */
  const void* (*get_extension)(void* self, const char* extension_id);
} bp_host_t;

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_HOST_H */
