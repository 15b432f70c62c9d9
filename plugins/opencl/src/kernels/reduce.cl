// The mean over some axes. `kept` and `reduced` are walks through x, and the rows of one of them lie
// side by side.

// Those of `reduced`: a work item has one element of the output.
kernel void mean_along(global const element* x, ulong x_at, global element* y, ulong y_at,
                       ulong count, Walk kept, Rows reduced) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  x += x_at + place(&kept, 0, i);
  Sums sums = {(numbers)0, (numbers)0};
  for (ulong row = 0; row < reduced.count; ++row) {
    global const element* from = x + place(&reduced.outer, 0, row);
    ulong k = 0;
    for (; k + 4 * WIDTH <= reduced.length; k += 4 * WIDTH)
      add_to(&sums, (LOAD_ALL(from + k) + LOAD_ALL(from + k + WIDTH)) +
                        (LOAD_ALL(from + k + 2 * WIDTH) + LOAD_ALL(from + k + 3 * WIDTH)));
    for (; k < reduced.length; k += WIDTH) {
      const int part = (int)min(reduced.length - k, (ulong)WIDTH);
      add_to(&sums, only(load(from + k, 1, part), part));
    }
  }
  const number total = total_of(sums.sum) - total_of(sums.lost);
  STORE(y, y_at + i, total / (number)(reduced.count * reduced.length));
}

// Those of `kept`, or neither's: a work item has a piece of the output.
kernel void mean_across(global const element* x, ulong x_at, global element* y, ulong y_at,
                        Rows kept, Rows reduced) {
  const Piece piece = piece_of(&kept, get_global_id(0));
  const ulong step = kept.steps[0];
  const number length = (number)(reduced.count * reduced.length);
  x += x_at + piece.at[0];
  y += y_at + piece.index;
  Sums sums[SPAN / WIDTH];
  for (int v = 0; v < SPAN / WIDTH; ++v) sums[v].sum = sums[v].lost = (numbers)0;
  for (ulong row = 0; row < reduced.count; ++row) {
    global const element* from = x + place(&reduced.outer, 0, row);
    for (ulong r = 0; r < reduced.length; ++r, from += reduced.steps[0])
      if (piece.count == SPAN && step == 1)
        for (int v = 0; v < SPAN / WIDTH; ++v) add_to(&sums[v], LOAD_ALL(from + v * WIDTH));
      else
        for (int k = 0; k < piece.count; k += WIDTH)
          add_to(&sums[k / WIDTH], load(from + k * step, step, min(piece.count - k, WIDTH)));
  }
  for (int k = 0; k < piece.count; k += WIDTH)
    store(y + k, (sums[k / WIDTH].sum - sums[k / WIDTH].lost) / length,
          min(piece.count - k, WIDTH));
}
