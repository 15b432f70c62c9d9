/* backplane/ext/draft/test.h - extension "bp.test/1": lets a test make a device fail, and counts
 * what it has. No plugin needs it; with it conformance-run proves what nobody can see from outside.
 * A draft: it may change, or go, with any MINOR. */
#ifndef BACKPLANE_EXT_DRAFT_TEST_H
#define BACKPLANE_EXT_DRAFT_TEST_H

#include <backplane/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BP_EXT_TEST "bp.test/1"

/* The functions of an open device and its objects that may fail. */
typedef uint32_t bp_test_function_t;
enum bp_test_function_values {
  BP_TEST_BUFFER_CREATE = 0,
  BP_TEST_WRITE = 1,
  BP_TEST_READ = 2,
  BP_TEST_COPY = 3,
  BP_TEST_FILL = 4,
  BP_TEST_MAP = 5,
  BP_TEST_BUFFER_IMPORT = 6,
  BP_TEST_BUFFER_EXPORT = 7,
  BP_TEST_USAGE = 8,
  BP_TEST_STREAM_CREATE = 9,
  BP_TEST_STREAM_SYNCHRONIZE = 10,
  BP_TEST_EVENT_CREATE = 11,
  BP_TEST_EVENT_RECORD = 12,
  BP_TEST_EVENT_WAIT = 13,
  BP_TEST_EVENT_QUERY = 14,
  BP_TEST_EVENT_SYNCHRONIZE = 15,
  BP_TEST_EVENT_ELAPSED = 16,
  BP_TEST_EVENT_SIGNAL = 17,
  BP_TEST_HOST_CALL = 18,
  BP_TEST_SUPPORTS = 19,
  BP_TEST_KERNEL_CREATE = 20,
  BP_TEST_SCRATCH_SIZE = 21,
  BP_TEST_LAUNCH = 22
};
#define BP_TEST_FUNCTION_COUNT 23u

/* Of one open of a device. The first five go up and down, the others only up. */
typedef struct bp_test_counters { /* frozen */
  uint64_t buffers;               /* that live; host_space is none */
  uint64_t streams;
  uint64_t events;
  uint64_t kernels;
  uint64_t device_bytes;  /* of live buffers that were created, not imported */
  uint64_t launches;      /* taken so far, for the device to run */
  uint64_t host_launches; /* taken so far, and run by the host's processor in the device's place */
  uint64_t compiles;      /* of kernels and programs, so far, wherever they happened */
} bp_test_counters_t;

typedef struct bp_test_api {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* The `n`-th call of `function` from now on, for this open of the device, fails with `status` and
   * does nothing else. [BP-TEST-1] All others are served as ever. [BP-TEST-2] Asked again for one
   * function, the last word counts; n 0 takes it back. [BP-TEST-3] BP_OK for a status, and a
   * function that is not in the list, are INVALID_ARGUMENT. [BP-TEST-4] [any-thread] */
  bp_status_t (*fail_next)(bp_device_t* device, bp_test_function_t function, uint32_t n,
                           bp_status_t status);

  /* The same for the work that `function`, a write, read, copy, fill or launch, gives to a stream:
   * the call is taken, and the work fails. [BP-TEST-5] Any other function is INVALID_ARGUMENT, and
   * a device without streams UNSUPPORTED. [BP-TEST-6] Fails: UNSUPPORTED. [any-thread] */
  bp_status_t (*fail_work)(bp_device_t* device, bp_test_function_t function, uint32_t n,
                           bp_status_t status);

  /* What there is now; a lost device answers, too. When every object made since is destroyed, the
   * first five are as they were. [BP-TEST-7] A launch adds one to `launches` or `host_launches`.
   * [BP-TEST-8] [any-thread] */
  bp_status_t (*counters)(bp_device_t* device, bp_test_counters_t* out_counters);

  /* The device is lost from now on, as if the chip were gone, for this open of it and every other
   * that there is. [BP-TEST-9] One opened later finds it there again. [BP-TEST-10] Calls that began
   * earlier may still end as they would have. [any-thread] */
  bp_status_t (*lose)(bp_device_t* device);
} bp_test_api_t;

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_EXT_DRAFT_TEST_H */
