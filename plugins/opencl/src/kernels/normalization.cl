// Batch normalization with given statistics, one of each for a channel: [1] of the rows.
kernel void batch_normalize(global const element* x, ulong x_at, global const element* scale,
                            ulong scale_at, global const element* bias, ulong bias_at,
                            global const element* mean, ulong mean_at,
                            global const element* variance, ulong variance_at, global element* y,
                            ulong y_at, Rows rows, float epsilon, int is_streamed) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  const ulong channel = piece.at[1], step = rows.steps[1];
  x += x_at + piece.index;
  y += y_at + piece.index;
  numbers factor, shift, centre;
#define CHOOSE(at, count)                                                                   \
  factor = load(scale + scale_at + at, step, count) /                                       \
           sqrt(load(variance + variance_at + at, step, count) + (numbers)epsilon);         \
  centre = load(mean + mean_at + at, step, count);                                          \
  shift = load(bias + bias_at + at, step, count);
  if (step == 0 && piece.count == SPAN) {
    CHOOSE(channel, WIDTH)
    if (is_streamed && is_aligned(y)) {
      for (int k = 0; k < SPAN; k += WIDTH)
        STREAM_ALL(y + k, (LOAD_ALL(x + k) - centre) * factor + shift);
    } else {
      for (int k = 0; k < SPAN; k += WIDTH)
        STORE_ALL(y + k, (LOAD_ALL(x + k) - centre) * factor + shift);
    }
    return;
  }
  for (int k = 0; k < piece.count; k += WIDTH) {
    const int count = min(piece.count - k, WIDTH);
    if (k == 0 || step != 0) {
      CHOOSE(channel + k * step, count)
    }
    store(y + k, (load(x + k, 1, count) - centre) * factor + shift, count);
  }
}
