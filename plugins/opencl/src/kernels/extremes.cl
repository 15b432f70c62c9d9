// uses arithmetic.cl
// The greater or the smaller of two elements, as BETTER says, over rows.
kernel void extreme(global const element* x, ulong x_at, global const element* z, ulong z_at,
                    global element* y, ulong y_at, Rows rows, int is_streamed) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  const ulong x_step = rows.steps[0], z_step = rows.steps[1];
  const bool is_near = piece.count == SPAN && x_step <= 1 && z_step <= 1;
  x += x_at + piece.at[0];
  z += z_at + piece.at[1];
  y += y_at + piece.index;
  if (is_near && is_streamed && is_aligned(y)) {
    for (int k = 0; k < SPAN; k += WIDTH) {
      const numbers a = load_near(x + k * x_step, x_step);
      const numbers b = load_near(z + k * z_step, z_step);
      STREAM_ALL(y + k, BETTER(a, b));
    }
  } else if (is_near) {
    for (int k = 0; k < SPAN; k += WIDTH) {
      const numbers a = load_near(x + k * x_step, x_step);
      const numbers b = load_near(z + k * z_step, z_step);
      STORE_ALL(y + k, BETTER(a, b));
    }
  } else {
    for (int k = 0; k < piece.count; k += WIDTH) {
      const int count = min(piece.count - k, WIDTH);
      const numbers a = load(x + k * x_step, x_step, count);
      const numbers b = load(z + k * z_step, z_step, count);
      store(y + k, BETTER(a, b), count);
    }
  }
}
