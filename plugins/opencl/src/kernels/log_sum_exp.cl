// The logarithm of the sum of e^x over some axes: the greatest first, so that no exp overflows.
// Walks are as reduce.cl's.

// What is taken off every x; an infinity would make NaN of itself.
number base_of(number greatest) { return isinf(greatest) ? 0 : greatest; }

kernel void reduce_along(global const element* x, ulong x_at, global element* y, ulong y_at,
                         ulong count, Walk kept, Rows reduced) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  x += x_at + place(&kept, 0, i);
  numbers greatest = (numbers)(-INFINITY);
  for (ulong row = 0; row < reduced.count; ++row) {
    global const element* from = x + place(&reduced.outer, 0, row);
    for (ulong k = 0; k < reduced.length; k += WIDTH)
      greatest = fmax(greatest, load(from + k, 1, (int)min(reduced.length - k, (ulong)WIDTH)));
  }
  number lanes[WIDTH];
  JOIN(vstore, WIDTH)(greatest, 0, lanes);
  for (int k = 1; k < WIDTH; ++k) lanes[0] = fmax(lanes[0], lanes[k]);
  const number base = base_of(lanes[0]);
  Sums sums = {(numbers)0, (numbers)0};
  for (ulong row = 0; row < reduced.count; ++row) {
    global const element* from = x + place(&reduced.outer, 0, row);
    for (ulong k = 0; k < reduced.length; k += WIDTH) {
      const int part = (int)min(reduced.length - k, (ulong)WIDTH);
      add_to(&sums, only(exp(load(from + k, 1, part) - base), part));
    }
  }
  STORE(y, y_at + i, base + log(total_of(sums.sum) - total_of(sums.lost)));
}

// A work item has a vector of SPAN's; each lane is an element of the output.
void sum_across(global const element* x, global element* y, ulong step, int part,
                const Rows* reduced) {
  numbers greatest = (numbers)(-INFINITY);
  for (ulong row = 0; row < reduced->count; ++row) {
    global const element* from = x + place(&reduced->outer, 0, row);
    for (ulong r = 0; r < reduced->length; ++r, from += reduced->steps[0])
      greatest = fmax(greatest, load(from, step, part));
  }
  const numbers base = isinf(greatest) ? (numbers)0 : greatest;  // as base_of
  Sums sums = {(numbers)0, (numbers)0};
  for (ulong row = 0; row < reduced->count; ++row) {
    global const element* from = x + place(&reduced->outer, 0, row);
    for (ulong r = 0; r < reduced->length; ++r, from += reduced->steps[0])
      add_to(&sums, exp(load(from, step, part) - base));
  }
  store(y, base + log(sums.sum - sums.lost), part);
}

kernel void reduce_across(global const element* x, ulong x_at, global element* y, ulong y_at,
                          Rows kept, Rows reduced) {
  const Piece piece = piece_of(&kept, get_global_id(0));
  const ulong step = kept.steps[0];
  x += x_at + piece.at[0];
  y += y_at + piece.index;
  for (int k = 0; k < piece.count; k += WIDTH)
    sum_across(x + k * step, y + k, step, min(piece.count - k, WIDTH), &reduced);
}
