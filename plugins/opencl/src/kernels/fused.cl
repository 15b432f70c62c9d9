// uses functions.cl
// uses arithmetic.cl
// uses expression.cl
// Many functions in one kernel, which reads each input once and keeps what lies between them in
// registers. The host puts before all this what the node computes:
//   PARAMETERS  the inputs, x0 x1 ...
//   STEP_0 ...  the step of each, 1 or 0: elements of a row are side by side, or the same one
//   MOVES_0 ... 1 or 0: rows of it begin in different places, or in the same one
//   IS_WHOLE_0 ... 1 or 0: it has as many elements as the output
//   PLACES      moves each to where the row begins
//   LOADS_AHEAD asks for what work items further on will load of whole inputs
//   LOADS_NEAR  all vectors of them: a0_0 a0_1 ... a1_0 ...
//   RESULTS     statements that make result_0 result_1 ... of them
//   STORES      stores these
//   LOADS, RESULT  the same for one vector, not all of it there, from k on
// Where an input has its rows: row r begins at `scale` times r / `divisor` modulo `period`, 0 being
// no end.
typedef struct {
  ulong divisor, period, scale;
} Repeat;

typedef struct {
  ulong count, length;  // rows, and elements of one
  Repeat inputs[16];
} Repeats;

ulong begin_of(const Repeat* input, ulong row) {
  if (row == 0 || input->scale == 0) return 0;
  const ulong index = input->divisor == 1 ? row : row / input->divisor;
  return (input->period == 0 ? index : index % input->period) * input->scale;
}

kernel void fused(PARAMETERS global element* y, ulong y_at, Repeats rows, int is_streamed) {
  const ulong item = get_global_id(0), pieces = (rows.length + SPAN - 1) / SPAN;
  const ulong row = item < pieces ? 0 : item / pieces;
  const ulong begin = (item - row * pieces) * SPAN;
  const int count = row < rows.count ? (int)min(rows.length - begin, (ulong)SPAN) : 0;
  if (count == 0) return;
  y += y_at + row * rows.length + begin;
  PLACES
  if (count == SPAN) {
    if (is_streamed) {
      LOADS_AHEAD
    }
    LOADS_NEAR
    RESULTS
    if (is_streamed && is_aligned(y)) {
      STORES(STREAM_ALL)
    } else {
      STORES(STORE_ALL)
    }
  } else {
    for (int k = 0; k < count; k += WIDTH) {
      const int left = min(count - k, WIDTH);
      LOADS
      RESULT
      store(y + k, result_0, left);
    }
  }
}
