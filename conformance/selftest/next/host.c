/* A small host: next_host PLUGIN.so opens it, agrees with it on a version, says how long its tables
 * are and adds on each of its devices. Compiled on the headers of today and on those to come. */
#include "host.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appended.h"

static char explanation[512];
static char last_log[512];

_Noreturn void end(int how, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  fflush(stdout);
  exit(how);
}

static void explain(void* self, const char* text) {
  (void)self;
  snprintf(explanation, sizeof explanation, "%s", text);
}

static void log_line(void* self, bp_log_level_t level, const char* text) {
  (void)self, (void)level;
  snprintf(last_log, sizeof last_log, "%s", text);
}

static void* allocate(void* self, uint64_t size, uint64_t alignment) {
  (void)self;
  void* pointer = NULL;
  const size_t least = alignment < sizeof(void*) ? sizeof(void*) : alignment;
  return posix_memalign(&pointer, least, size) == 0 ? pointer : NULL;
}

static void deallocate(void* self, void* pointer) {
  (void)self;
  free(pointer);
}

static const void* get_extension(void* self, const char* extension_id) {
  (void)self, (void)extension_id;
  return NULL;
}

const bp_host_t* host_table(void) {
  static bp_host_t* host = NULL;
  if (host != NULL) return host;
  host = calloc(1, sizeof *host); /* a byte too far is a sanitizer's to see */
  if (host == NULL) end(kEndWrong, "no memory for this program");
  host->struct_size = sizeof *host;
  host->abi = (bp_version_t){BP_ABI_MAJOR, BP_ABI_MINOR};
  host->self = host;
  host->explain = explain;
  host->log = log_line;
  host->allocate = allocate;
  host->deallocate = deallocate;
  host->get_extension = get_extension;
  set_appended_host(host);
  return host;
}

void need(bp_status_t status, const char* what) {
  if (status != BP_OK)
    end(kEndWrong, "WRONG: %s gave status %d: %s", what, (int)status, explanation);
}

static const bp_plugin_t* query(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) end(kEndWrong, "WRONG: %s", dlerror());
  void* const symbol = dlsym(library, "bp_plugin_query");
  const bp_plugin_t* (*ask)(const bp_host_t*) = NULL;
  if (symbol == NULL) end(kEndWrong, "WRONG: no bp_plugin_query in %s", path);
  memcpy(&ask, &symbol, sizeof ask);
  const bp_plugin_t* plugin = ask(host_table());
  if (plugin == NULL) end(kEndRefused, "refused by the plugin: %s", explanation);
  return plugin;
}

/* BP-HOST-12 */
static bool takes(bp_version_t plugin) {
  if (plugin.major != BP_ABI_MAJOR) return false;
  return plugin.major != 0 || (plugin.minor >= 2 && plugin.minor <= BP_ABI_MINOR);
}

static void agree(const bp_plugin_t* plugin) {
  if (!takes(plugin->abi))
    end(kEndRefused, "refused by the host: a plugin of ABI %u.%u, a host of %u.%u",
        plugin->abi.major, plugin->abi.minor, BP_ABI_MAJOR, BP_ABI_MINOR);
  if ((plugin->sanitizers & ~BP_SANITIZERS) != 0)
    end(kEndRefused, "refused by the host: the plugin was built with a sanitizer");
  if (plugin->memory == NULL || plugin->kernel == NULL) end(kEndWrong, "WRONG: a table is missing");
}

void tell(const char* name, uint32_t size, size_t known) {
  printf("struct %s: %u of %zu bytes\n", name, size, known);
}

static void tell_of_tables(const bp_plugin_t* plugin) {
  printf("plugin %s: ABI %u.%u, host %u.%u\n", plugin->id, plugin->abi.major, plugin->abi.minor,
         BP_ABI_MAJOR, BP_ABI_MINOR);
  tell("bp_host", host_table()->struct_size, sizeof(bp_host_t));
  tell("bp_plugin", plugin->struct_size, sizeof *plugin);
  tell("bp_memory_api", plugin->memory->struct_size, sizeof *plugin->memory);
  tell("bp_kernel_api", plugin->kernel->struct_size, sizeof *plugin->kernel);
  if (plugin->stream != NULL)
    tell("bp_stream_api", plugin->stream->struct_size, sizeof *plugin->stream);
}

static void print_seen(const bp_plugin_t* plugin) {
  if (plugin->get_extension == NULL) return;
  const next_seen_api_t* seen = plugin->get_extension(NEXT_EXTENSION);
  if (seen == NULL) return;
  printf("the plugin has seen %s in the host, %s in a node\n",
         seen->seen_in_host() == NEXT_MARK ? "the mark" : "nothing",
         seen->seen_in_node() == NEXT_MARK ? "the mark" : "nothing");
}

int main(int argc, char** argv) {
  if (argc != 2) end(kEndWrong, "%s PLUGIN.so", argv[0]);
  const bp_plugin_t* plugin = query(argv[1]);
  agree(plugin);
  tell_of_tables(plugin);
  uint32_t count = 0;
  while (plugin->device_info(host_table(), count) != NULL) use_device(plugin, count++);
  if (count == 0) end(kEndNoDevice, "no device: %s", last_log);
  print_seen(plugin);
  if (BP_HAS(bp_plugin_t, plugin, unload) && plugin->unload != NULL) plugin->unload();
  return 0;
}
