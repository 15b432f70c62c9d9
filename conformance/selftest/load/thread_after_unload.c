/* Starts a thread with its first device, and does not end it when it is unloaded. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <unistd.h>

#include "minimal.h"

static bp_plugin_t plugin;

static void* sleep_for_ever(void* argument) {
  for (;;) pause();
  return argument;
}

static void unload(void) {}

static bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                               uint32_t option_count, bp_device_t** out_device) {
  static int has_thread;
  pthread_t thread;
  if (!has_thread && pthread_create(&thread, NULL, sleep_for_ever, NULL) == 0)
    has_thread = pthread_detach(thread) == 0;
  return minimal_device_open(host, index, options, option_count, out_device);
}

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.thread-after-unload");
  plugin.device_open = device_open;
  plugin.unload = unload;
  return &plugin;
}
