/* A framework in small: finds the plugin in the folder given, negates three numbers on its device
 * and prints them. */
#include <backplane/runtime.h>
#include <stdio.h>
#include <string.h>

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, bp_rt_last_error()->text);
  return 1;
}

static bp_rt_tensor_t tensor_over(float* values) {
  bp_rt_tensor_t tensor;
  memset(&tensor, 0, sizeof(tensor));
  tensor.type.dtype = BP_DTYPE_FLOAT32;
  tensor.type.rank = 1;
  tensor.type.shape[0] = 3;
  tensor.host = values;
  return tensor;
}

static int negate(bp_rt_device_t* device, float* values, float* results) {
  bp_tensor_type_t type = tensor_over(values).type;
  bp_node_t node;
  memset(&node, 0, sizeof(node));
  node.struct_size = sizeof(node);
  node.domain = "";
  node.op = "Neg";
  node.name = "";
  node.since = 13;
  node.input_count = node.output_count = 1;
  node.inputs = node.outputs = &type;
  bp_rt_op_t* op = NULL;
  if (bp_rt_op_create(device, &node, &op) != BP_OK) return failed("bp_rt_op_create");
  bp_rt_tensor_t input = tensor_over(values), output = tensor_over(results);
  bp_status_t status = bp_rt_op_launch(op, NULL, &input, &output);
  bp_rt_op_destroy(op);
  return status == BP_OK ? 0 : failed("bp_rt_op_launch");
}

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  bp_option_t option = {"plugin-path", arguments[1]};
  bp_rt_config_t config;
  memset(&config, 0, sizeof(config));
  config.struct_size = sizeof(config);
  config.options = &option;
  config.option_count = 1;
  bp_rt_t* rt = NULL;
  bp_rt_device_t* device = NULL;
  float values[3] = {1, -2, 3}, results[3] = {0, 0, 0};
  if (bp_rt_create(&config, &rt) != BP_OK) return failed("bp_rt_create");
  if (bp_rt_device_open(rt, "consumer", NULL, 0, &device) != BP_OK)
    return failed("bp_rt_device_open");
  int code = negate(device, values, results);
  bp_rt_device_close(device);
  bp_rt_destroy(rt);
  if (code == 0) printf("%g %g %g\n", results[0], results[1], results[2]);
  return code;
}
