/* An application on libbackplane: next_app PLUGIN.so SELECTOR adds two vectors in a graph, and says
 * how long the structs are that the runtime gives it. Compiled on the headers of today and on those
 * to come. */
#include <backplane/runtime.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "appended.h"

enum { kCount = 64, kSize = kCount * sizeof(float) };

/* What is made on the way; children are ended before their parents. */
typedef struct use {
  bp_rt_t* rt;
  bp_rt_device_t* device;
  bp_rt_memory_t* memory;
  bp_graph_t* graph;
  bp_rt_session_t* session;
  bp_rt_run_t* run;
} use_t;

static _Noreturn void end_wrong(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  exit(1);
}

static void tell(const char* name, uint32_t size, size_t known) {
  printf("struct %s: %u of %zu bytes\n", name, size, known);
}

static void need(bp_status_t status, const char* what) {
  if (status != BP_OK)
    end_wrong("WRONG: %s gave status %d: %s", what, (int)status, bp_rt_last_error()->text);
}

static void start(use_t* use, const char* plugin) {
  const bp_option_t options[] = {{"plugin-path", plugin}};
  bp_rt_config_t* config = calloc(1, sizeof *config); /* a byte too far is a sanitizer's to see */
  if (config == NULL) end_wrong("no memory for this program");
  config->struct_size = sizeof *config;
  config->log_level = BP_LOG_ERROR;
  config->options = options;
  config->option_count = 1;
  set_appended_config(config);
  need(bp_rt_create(config, &use->rt), "bp_rt_create");
  tell("bp_rt_config", config->struct_size, sizeof *config);
  free(config);
}

static void look_around(const use_t* use) {
  const bp_rt_plugin_info_t* plugin = bp_rt_get_plugin_info(use->rt, 0);
  const bp_rt_device_info_t* device = bp_rt_get_device_info(use->rt, 0);
  if (plugin == NULL || device == NULL)
    end_wrong("WRONG: not listed: %s", plugin == NULL ? "the plugin" : plugin->refusal);
  tell("bp_rt_plugin_info", plugin->struct_size, sizeof *plugin);
  tell("bp_rt_device_info", device->struct_size, sizeof *device);
  tell("bp_device_info", device->info->struct_size, sizeof *device->info);
}

static void fail_once(const use_t* use) {
  bp_rt_device_t* none = NULL;
  if (bp_rt_device_open(use->rt, "nobody:7", NULL, 0, &none) == BP_OK)
    end_wrong("WRONG: a device that nobody has was opened");
  const bp_rt_error_t* error = bp_rt_last_error();
  tell("bp_rt_error", error->struct_size, sizeof *error);
  if (error->text[0] == '\0') end_wrong("WRONG: a failure without a text");
}

static void use_memory(use_t* use) {
  need(bp_rt_memory_create(use->device, NULL, BP_MEMORY_DEVICE, kSize, &use->memory),
       "bp_rt_memory_create");
  const bp_rt_memory_info_t* info = bp_rt_get_memory_info(use->memory);
  tell("bp_rt_memory_info", info->struct_size, sizeof *info);
  if (info->size != kSize) end_wrong("WRONG: memory of another size than was asked for");
}

static void add_node(const use_t* use, const bp_tensor_type_t* types, const bp_value_id_t* values) {
  bp_node_t* node = calloc(1, sizeof *node);
  bp_node_id_t id = 0;
  if (node == NULL) end_wrong("no memory for this program");
  node->struct_size = sizeof *node;
  node->since = 14;
  node->domain = node->name = "";
  node->op = "Add";
  node->input_count = 2;
  node->output_count = 1;
  node->inputs = types;
  set_appended_node(node);
  need(bp_rt_graph_add_node(use->graph, node, values, &id), "bp_rt_graph_add_node");
  tell("bp_node", node->struct_size, sizeof *node);
  free(node);
  const bp_graph_view_t* view = bp_rt_graph_view();
  tell("bp_graph_view", view->struct_size, sizeof *view);
  need(bp_rt_graph_add_output(use->graph, "sum", view->get_output(use->graph, id, 0)),
       "bp_rt_graph_add_output");
}

static void make_graph(use_t* use, const bp_tensor_type_t* types) {
  bp_value_id_t values[2] = {0, 0};
  need(bp_rt_graph_create(use->rt, &use->graph), "bp_rt_graph_create");
  need(bp_rt_graph_add_input(use->graph, "a", &types[0], &values[0]), "bp_rt_graph_add_input");
  need(bp_rt_graph_add_input(use->graph, "b", &types[1], &values[1]), "bp_rt_graph_add_input");
  add_node(use, types, values);
}

static void make_session(use_t* use) {
  need(bp_rt_session_create(use->graph, &use->device, 1, NULL, 0, &use->session),
       "bp_rt_session_create");
  const bp_value_info_t* output = bp_rt_session_output(use->session, 0);
  if (output == NULL) end_wrong("WRONG: the session has no output");
  tell("bp_value_info", output->struct_size, sizeof *output);
  need(bp_rt_run_create(use->session, &use->run), "bp_rt_run_create");
}

static void add(use_t* use, bp_tensor_type_t type) {
  float a[kCount], b[kCount], sum[kCount] = {0};
  for (int i = 0; i < kCount; ++i) a[i] = (float)i, b[i] = (float)(2 * i + 1);
  const bp_rt_tensor_t inputs[] = {{.type = type, .host = a}, {.type = type, .host = b}};
  bp_rt_tensor_t output = {.type = type, .host = sum};
  bp_rt_run_config_t* config = calloc(1, sizeof *config);
  if (config == NULL) end_wrong("no memory for this program");
  config->struct_size = sizeof *config;
  set_appended_run(config);
  need(bp_rt_run_start(use->run, inputs, &output, config), "bp_rt_run_start");
  tell("bp_rt_run_config", config->struct_size, sizeof *config);
  free(config);
  for (int i = 0; i < kCount; ++i)
    if (sum[i] != (float)(3 * i + 1))
      end_wrong("WRONG: element %d of the sum is %g, not %d", i, (double)sum[i], 3 * i + 1);
}

static void end_all(use_t* use) {
  bp_rt_run_destroy(use->run);
  bp_rt_session_destroy(use->session);
  bp_rt_graph_destroy(use->graph);
  bp_rt_memory_destroy(use->memory);
  bp_rt_device_close(use->device);
  bp_rt_destroy(use->rt);
}

int main(int argc, char** argv) {
  if (argc != 3) end_wrong("%s PLUGIN.so SELECTOR", argv[0]);
  const bp_tensor_type_t type = {.dtype = BP_DTYPE_FLOAT32, .rank = 1, .shape = {kCount}};
  const bp_tensor_type_t types[] = {type, type};
  use_t use = {0};
  start(&use, argv[1]);
  look_around(&use);
  fail_once(&use);
  need(bp_rt_device_open(use.rt, argv[2], NULL, 0, &use.device), "bp_rt_device_open");
  use_memory(&use);
  make_graph(&use, types);
  make_session(&use);
  add(&use, type);
  end_all(&use);
  printf("%s: Add is right\n", argv[2]);
  return 0;
}
