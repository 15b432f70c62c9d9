/* backplane/base.h - the rules every other header relies on.
 *
 * Read order: base -> host -> plugin -> memory -> stream -> tensor -> kernel -> graph.
 * Everything a vendor may rely on is in these files; anything else is private.
 *
 * A sentence that ends in an id in square brackets is a rule: a MUST, whatever its words. Rules
 * BP-HOST-* bind the host, all others the plugin. docs/rules.md lists each with the case of
 * conformance-run that proves it. Ids are never reused; a withdrawn one says so.
 *
 * Strings are UTF-8, NUL-terminated, and live as long as the object they came from.
 * Sizes and offsets are bytes unless the name ends in _count or _ns. Times are nanoseconds;
 * a timeout above 2^62 is for ever, 0 asks without waiting.
 *
 * Ownership, by verb:
 *   *_create / *_open   caller owns the result and ends it with *_destroy / *_close
 *   *_info / get_*      callee keeps ownership; valid until its parent is destroyed
 *   out_* parameters    written only when BP_OK is returned, otherwise untouched. [BP-BASE-2]
 *   *_destroy, *_close  accept NULL and do nothing. [BP-BASE-3] They come in any order, after
 *                       all other calls on the object have returned.
 *   handles             differ from every live one of their kind. [BP-BASE-7]
 *   arguments           are borrowed: no pointer to one, or to anything reachable from it, is
 *                       used after the call, unless its comment says so. [BP-BASE-8]
 *
 * Failure: any call may fail with INVALID_ARGUMENT, OUT_OF_MEMORY, DEVICE_LOST or INTERNAL;
 * "Fails:" and [optional] add to these, and no other status comes. [BP-BASE-6]
 * A call that fails has done nothing, unless its comment says otherwise. [BP-BASE-10]
 *
 * Tags after each function, from this closed list. Each has exactly one of the first three.
 *   [any-thread]      may be called from several threads at once
 *   [one-thread]      the caller serialises calls on the same object. [BP-HOST-11]
 *   [stream-ordered]  may return before the work is done; ordered by the stream it was given;
 *                     one thread at a time per stream, any thread between streams. On a
 *                     synchronous device, where the stream is NULL, as [any-thread].
 *   [may-block]       may wait for the device
 *   [optional]        the pointer may be NULL, or the call may return UNSUPPORTED having done
 *                     nothing; the host then does without, and says so
 *
 * No exception, abort or exit of a plugin crosses these calls. [BP-BASE-4]
 * Signal handlers, signal mask, locale, rounding mode and working directory are after a call
 * as they were before. [BP-BASE-9]
 */
#ifndef BACKPLANE_BASE_H
#define BACKPLANE_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ----------------------------------------------------------------------- */

/* MAJOR changes when an existing plugin could misbehave; MINOR when only additions were
 * made. A host loads a plugin when majors are equal, whatever the minors, in both
 * directions. While MAJOR is 0, a host of 0.m loads plugins of 0.m, and of 0.n for
 * 2 <= n <= m. [BP-HOST-12] */
#define BP_ABI_MAJOR 0u
#define BP_ABI_MINOR 2u

typedef struct bp_version { /* frozen */
  uint32_t major;
  uint32_t minor;
} bp_version_t;

/* ---- Structs ----------------------------------------------------------------------- */

/* A struct is either frozen (it says so and never changes) or growing.
 * A growing struct begins with `uint32_t struct_size`, set by whoever fills it to sizeof in
 * the header it was compiled with, and gets new fields only at its end. Fields of MAJOR.0
 * are always there. A reader MUST NOT touch a later one unless BP_HAS says so. [BP-BASE-1]
 * It has no padding at its end (a `reserved` field, 0, fills it), else BP_HAS could lie.
 * Growing structs are only ever handed over as const pointers: never filled in for the
 * caller, never embedded by value, never elements of an array.
 * Why: a newer plugin filling an older host's smaller struct writes past its end. */
#define BP_HAS(type, ptr, field) \
  ((ptr)->struct_size >= offsetof(type, field) + sizeof((ptr)->field))

/* ---- Status ------------------------------------------------------------------------ */

/* One list; the enum, the names and the documentation all come from it. It may grow. A value
 * that is not in the list MUST be taken as INTERNAL. [BP-HOST-6] */
#define BP_STATUS_MAP(X)                                                                        \
  X(OK, 0, "done")                                                                              \
  X(INVALID_ARGUMENT, 1, "the call was wrong and will be wrong again")                          \
  X(UNSUPPORTED, 2, "a correct call this device cannot serve; try another")                     \
  X(OUT_OF_MEMORY, 3, "too little memory now; the device is still usable")                      \
  X(NOT_READY, 4, "not now; the same call may succeed later")                                   \
  X(TIMEOUT, 5, "waited as long as asked; the work goes on")                                    \
  X(DEVICE_LOST, 6, "the device is gone; close it; open it again, if need be in a new process") \
  X(CORRUPT, 7, "the bytes given are not what this plugin once wrote")                          \
  X(INTERNAL, 8, "a fault in the plugin; please report it")                                     \
  X(CANCELLED, 9, "not done, because the caller withdrew it")

typedef int32_t bp_status_t;
enum bp_status_values {
#define BP_STATUS_ENUM(name, value, text) BP_STATUS_##name = (value),
  BP_STATUS_MAP(BP_STATUS_ENUM)
#undef BP_STATUS_ENUM
};
#define BP_OK ((bp_status_t)0)

/* ---- Options ----------------------------------------------------------------------- */

typedef struct bp_option { /* frozen */
  const char* key;         /* eg "bp.threads"; a vendor's own as "com.acme.power-mode" */
  const char* value;       /* eg "2" */
} bp_option_t;

/* ---- Linkage ----------------------------------------------------------------------- */

#if defined(_WIN32)
#define BP_EXPORT __declspec(dllexport)
#else
#define BP_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_BASE_H */
