/* What the kernels compute. A host that lets the padding after an output, or scratch, overlap with
 * anything else sees it in its results. */
#include <string.h>

#include "checking.h"

static const int kStray = 0xc7;

/* Where element `index` of an input is. */
static int64_t position(const Task* task, int input, int64_t index) {
  const int64_t* strides = task->strides[input];
  if (strides == NULL) return index;
  int64_t found = 0;
  for (int axis = task->type.rank - 1; axis >= 0; --axis) {
    found += strides[axis] * (index % task->type.shape[axis]);
    index /= task->type.shape[axis];
  }
  return found;
}

static float element(const Task* task, int input, int64_t index) {
  return ((const float*)task->inputs[input])[position(task, input, index)];
}

static void end_output(const Task* task) {
  memset(task->output + task->size, kStray, task->padding);
}

void add(const Task* task) {
  float* const sum = (float*)task->output;
  for (int64_t i = 0; i < (int64_t)(task->size / sizeof(float)); ++i)
    sum[i] = element(task, 0, i) + element(task, 1, i);
  end_output(task);
}

void positive_part(const Task* task) {
  float* const results = (float*)task->scratch;
  for (int64_t i = 0; i < (int64_t)(task->size / sizeof(float)); ++i) {
    const float x = element(task, 0, i);
    results[i] = x < 0 ? 0 : x;
  }
  memcpy(task->output, results, task->size);
  end_output(task);
}

void same_elements(const Task* task) {
  memset(task->scratch, kStray, 64);
  memcpy(task->output, task->inputs[0], task->size);
  end_output(task);
}
