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
  const bool is_past = piece.count == SPAN && is_streamed && is_aligned(y);
  numbers factor, shift, centre;
  for (int k = 0; k < piece.count; k += WIDTH) {
    const int count = min(piece.count - k, WIDTH);
    if (k == 0 || step != 0) {
      const ulong at = channel + k * step;
      const numbers deviation =
          sqrt(load(variance + variance_at + at, step, count) + (numbers)epsilon);
      factor = load(scale + scale_at + at, step, count) / deviation;
      centre = load(mean + mean_at + at, step, count);
      shift = load(bias + bias_at + at, step, count);
    }
    const numbers result = (load(x + k, 1, count) - centre) * factor + shift;
    if (is_past)
      STREAM_ALL(y + k, result);
    else
      store(y + k, result, count);
  }
}
