/* Flushes subnormals to 0 from when it is loaded, as what -ffast-math links in does. */
#include "minimal.h"

#if defined(__SSE__)
#include <xmmintrin.h>

__attribute__((constructor)) static void flush(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
#else
#include <fenv.h>

__attribute__((constructor)) static void flush(void) { fesetround(FE_TOWARDZERO); }
#endif

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.flushes-when-loaded");
  return &plugin;
}
