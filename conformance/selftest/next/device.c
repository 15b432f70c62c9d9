/* One device under the small host: memory, a stream with an event, and an Add of two vectors. */
#include <backplane/ext/draft/test.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appended.h"
#include "host.h"

enum { kCount = 64, kSize = kCount * sizeof(float) };
static const uint64_t kPatience = UINT64_C(60000000000);

/* What is made from one device; NULL where it has none. */
typedef struct use {
  const bp_plugin_t* plugin;
  const bp_device_info_t* info;
  bp_device_t* device;
  bp_stream_t* stream;
  bp_event_t* event;
  bp_kernel_t* kernel;
  bp_tensor_t vectors[3]; /* two inputs, their sum */
  bp_tensor_t scratch;
} use_t;

static bool has_streams(const use_t* use) {
  return (use->info->flags & BP_DEVICE_FLAG_SYNCHRONOUS) == 0;
}

static bp_tensor_type_t type_of(bp_dtype_t dtype, uint64_t count) {
  return (bp_tensor_type_t){.dtype = dtype, .rank = 1, .shape = {(int64_t)count}};
}

/* With an option that no plugin of today has heard of. [BP-PLUGIN-12] */
static void open_device(use_t* use, uint32_t index) {
  const bp_option_t options[] = {{"bp.next-option", "1"}};
  need(use->plugin->device_open(host_table(), index, options, 1, &use->device), "device_open");
  if (!has_streams(use)) return;
  need(use->plugin->stream->stream_create(use->device, 0, &use->stream), "stream_create");
  need(use->plugin->stream->event_create(use->device, 0, &use->event), "event_create");
}

static void make_tensor(use_t* use, bp_tensor_t* tensor, bp_tensor_type_t type, uint64_t size) {
  *tensor = (bp_tensor_t){.type = type};
  need(use->plugin->memory->buffer_create(use->device, BP_MEMORY_DEVICE,
                                          size + use->info->tensor_padding, &tensor->buffer),
       "buffer_create");
}

static void make_vectors(use_t* use) {
  for (int i = 0; i < 3; ++i) {
    float values[kCount];
    for (int at = 0; at < kCount; ++at) values[at] = (float)(at * (i + 1) + i);
    make_tensor(use, &use->vectors[i], type_of(BP_DTYPE_FLOAT32, kCount), kSize);
    need(use->plugin->memory->write(use->stream, use->vectors[i].buffer, 0, values, kSize),
         "write");
  }
}

static bp_node_t* make_node(const bp_tensor_type_t* types) {
  bp_node_t* node = calloc(1, sizeof *node);
  if (node == NULL) end(kEndWrong, "no memory for this program");
  node->struct_size = sizeof *node;
  node->domain = node->name = "";
  node->op = "Add";
  node->input_count = 2;
  node->output_count = 1;
  node->inputs = types;
  node->outputs = types;
  set_appended_node(node);
  return node;
}

static void make_kernel(use_t* use) {
  static const uint32_t definitions[] = {14, 13, 7};
  const bp_kernel_api_t* api = use->plugin->kernel;
  const bp_tensor_type_t types[] = {use->vectors[0].type, use->vectors[1].type};
  bp_node_t* node = make_node(types);
  bp_status_t status = BP_STATUS_UNSUPPORTED;
  for (size_t i = 0; i < sizeof definitions / sizeof *definitions && status != BP_OK; ++i) {
    node->since = definitions[i];
    status = api->supports(use->device, node);
  }
  need(status, "supports of Add");
  tell("bp_node", node->struct_size, sizeof *node);
  need(api->kernel_create(use->device, node, &use->kernel), "kernel_create");
  if (BP_HAS(bp_kernel_api_t, api, estimate_ns) && api->estimate_ns != NULL)
    api->estimate_ns(use->device, node);
  free(node);
}

static uint64_t scratch_size(const use_t* use, const bp_kernel_info_t* info) {
  if (info == NULL || info->scratch_size != BP_SIZE_UNKNOWN)
    return info == NULL ? 0 : info->scratch_size;
  const bp_tensor_type_t types[] = {use->vectors[0].type, use->vectors[1].type};
  uint64_t size = 0;
  need(use->plugin->kernel->scratch_size(use->kernel, types, types, &size), "scratch_size");
  return size;
}

static void launch(use_t* use) {
  const bp_kernel_api_t* api = use->plugin->kernel;
  const bp_kernel_info_t* info = api->kernel_info != NULL ? api->kernel_info(use->kernel) : NULL;
  if (info != NULL) tell("bp_kernel_info", info->struct_size, sizeof *info);
  const uint64_t size = scratch_size(use, info);
  if (size != 0) make_tensor(use, &use->scratch, type_of(BP_DTYPE_UINT8, size), size);
  need(api->launch(use->kernel, use->stream, use->vectors, &use->vectors[2],
                   size != 0 ? &use->scratch : NULL),
       "launch");
}

static void wait_for_it(use_t* use) {
  if (!has_streams(use)) return;
  const bp_stream_api_t* api = use->plugin->stream;
  need(api->event_record(use->event, use->stream), "event_record");
  need(api->event_synchronize(use->event, kPatience), "event_synchronize");
}

static void check_sum(use_t* use) {
  float sum[kCount] = {0};
  need(use->plugin->memory->read(use->stream, use->vectors[2].buffer, 0, sum, kSize), "read");
  if (has_streams(use))
    need(use->plugin->stream->stream_synchronize(use->stream, kPatience), "stream_synchronize");
  for (int at = 0; at < kCount; ++at)
    if (sum[at] != (float)(at * 3 + 1))
      end(kEndWrong, "WRONG: element %d of the sum is %g, not %g", at, (double)sum[at],
          (double)(at * 3 + 1));
}

/* Where the plugin lets itself be tested, its counters are asked. */
static void count_objects(const use_t* use) {
  if (!BP_HAS(bp_plugin_t, use->plugin, get_extension) || use->plugin->get_extension == NULL)
    return;
  const bp_test_api_t* test = use->plugin->get_extension(BP_EXT_TEST);
  if (test == NULL) return;
  bp_test_counters_t counters = {0};
  tell("bp_test_api", test->struct_size, sizeof *test);
  need(test->counters(use->device, &counters), "counters");
  if (counters.kernels != 1)
    end(kEndWrong, "WRONG: %" PRIu64 " kernels live, not 1", counters.kernels);
}

static void close_device(use_t* use) {
  use->plugin->kernel->kernel_destroy(use->kernel);
  for (int i = 0; i < 3; ++i) use->plugin->memory->buffer_destroy(use->vectors[i].buffer);
  use->plugin->memory->buffer_destroy(use->scratch.buffer);
  if (has_streams(use)) {
    use->plugin->stream->event_destroy(use->event);
    use->plugin->stream->stream_destroy(use->stream);
  }
  use->plugin->device_close(use->device);
}

void use_device(const bp_plugin_t* plugin, uint32_t index) {
  use_t use = {.plugin = plugin, .info = plugin->device_info(host_table(), index)};
  tell("bp_device_info", use.info->struct_size, sizeof *use.info);
  open_device(&use, index);
  make_vectors(&use);
  make_kernel(&use);
  launch(&use);
  wait_for_it(&use);
  check_sum(&use);
  count_objects(&use);
  close_device(&use);
  printf("device %u, %s: Add is right\n", index, use.info->name);
}
