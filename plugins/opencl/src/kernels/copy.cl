// Elements moved as they are, from [0] to [1]; ELEMENT is an unsigned integer of their size.
kernel void copy_rows(global const element* x, ulong x_at, global element* y, ulong y_at,
                      Rows rows, int is_streamed) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  const long x_step = (long)rows.steps[0], y_step = (long)rows.steps[1];  // backwards below 0
  x += x_at + piece.at[0];
  y += y_at + piece.at[1];
  if (piece.count == SPAN && x_step == 1 && y_step == 1) {
    if (is_streamed && is_aligned(y)) {
      for (int k = 0; k < SPAN; k += WIDTH) STREAM_ALL(y + k, LOAD_ALL(x + k));
    } else {
      for (int k = 0; k < SPAN; k += WIDTH) STORE_ALL(y + k, LOAD_ALL(x + k));
    }
    return;
  }
  if (y_step == 1 && (x_step == 0 || x_step == 1)) {
    for (int k = 0; k < piece.count; k += WIDTH) {
      const int count = min(piece.count - k, WIDTH);
      store(y + k, load(x + k * x_step, (ulong)x_step, count), count);
    }
    return;
  }
  for (int k = 0; k < piece.count; ++k) y[k * y_step] = x[k * x_step];
}

// Each round is a perfect shuffle of the whole tile: log2(WIDTH) of them exchange rows and columns.
// In registers, if the compiler unrolls them.
void transpose(numbers* tile) {
#pragma unroll
  for (int round = 1; round < WIDTH; round *= 2) {
    numbers next[WIDTH];
#pragma unroll
    for (int i = 0; i < WIDTH / 2; ++i) {
      next[2 * i].even = tile[i].lo;
      next[2 * i].odd = tile[i + WIDTH / 2].lo;
      next[2 * i + 1].even = tile[i].hi;
      next[2 * i + 1].odd = tile[i + WIDTH / 2].hi;
    }
#pragma unroll
    for (int i = 0; i < WIDTH; ++i) tile[i] = next[i];
  }
}

// A matrix whose columns lie side by side in one tensor, and whose rows in the other: what lies
// side by side in x has the step y_step in y, and the other way round. A work item has a tile of
// WIDTH x WIDTH, a group tiles that lie together, EDGE x EDGE of them.
#define EDGE 8
kernel void copy_tiles(global const element* x, ulong x_at, global element* y, ulong y_at,
                       Walk outer, ulong x_length, ulong y_length, long x_step, long y_step,
                       int is_streamed) {
  const ulong edge = EDGE * WIDTH;
  const ulong across = (x_length + edge - 1) / edge, down = (y_length + edge - 1) / edge;
  const ulong group = get_group_id(0), item = get_local_id(0);
  const ulong matrix = group / (across * down), block = group % (across * down);
  const ulong i = (block % across * EDGE + item % EDGE) * WIDTH;  // along x
  const ulong j = (block / across * EDGE + item / EDGE) * WIDTH;  // along y
  if (i >= x_length || j >= y_length) return;
  x += x_at + place(&outer, 0, matrix) + i + j * x_step;
  y += y_at + place(&outer, 1, matrix) + j + i * y_step;
  if (i + WIDTH <= x_length && j + WIDTH <= y_length) {
    numbers tile[WIDTH];
#pragma unroll
    for (int b = 0; b < WIDTH; ++b) tile[b] = LOAD_ALL(x + b * x_step);
    transpose(tile);
    if (is_streamed && is_aligned(y) && y_step % WIDTH == 0) {
#pragma unroll
      for (int a = 0; a < WIDTH; ++a) STREAM_ALL(y + a * y_step, tile[a]);
    } else {
#pragma unroll
      for (int a = 0; a < WIDTH; ++a) STORE_ALL(y + a * y_step, tile[a]);
    }
    return;
  }
  const int a_end = (int)min(x_length - i, (ulong)WIDTH), b_end = (int)min(y_length - j, (ulong)WIDTH);
  for (int b = 0; b < b_end; ++b)
    for (int a = 0; a < a_end; ++a) y[a * y_step + b] = x[b * x_step + a];
}
