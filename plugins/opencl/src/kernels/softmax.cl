// Softmax along one axis: the greatest first, so that no exp overflows.

// Of a row that lies side by side: a work item has it.
kernel void softmax_along(global const element* x, ulong x_at, global element* y, ulong y_at,
                          ulong rows, ulong length) {
  const ulong row = get_global_id(0);
  if (row >= rows) return;
  x += x_at + row * length;
  y += y_at + row * length;
  numbers greatest = (numbers)(LOAD(x, 0));
  for (ulong k = 0; k < length; k += WIDTH)
    greatest = fmax(greatest, load(x + k, 1, (int)min(length - k, (ulong)WIDTH)));
  number lanes[WIDTH];
  JOIN(vstore, WIDTH)(greatest, 0, lanes);
  for (int k = 1; k < WIDTH; ++k) lanes[0] = fmax(lanes[0], lanes[k]);
  const number most = lanes[0];
  Sums sums = {(numbers)0, (numbers)0};
  for (ulong k = 0; k < length; k += WIDTH) {
    const int count = (int)min(length - k, (ulong)WIDTH);
    const numbers power = exp(load(x + k, 1, count) - most);
    add_to(&sums, only(power, count));
#ifndef IS_HALF
    store(y + k, power, count);
#endif
  }
  const number total = total_of(sums.sum) - total_of(sums.lost);
  for (ulong k = 0; k < length; k += WIDTH) {
    const int count = (int)min(length - k, (ulong)WIDTH);
#ifdef IS_HALF  // which would round the powers
    const numbers power = exp(load(x + k, 1, count) - most);
#else
    const numbers power = load(y + k, 1, count);
#endif
    store(y + k, power / total, count);
  }
}

// Of columns: a work item has a vector of them. `length` elements of one are `step` apart.
kernel void softmax_across(global const element* x, ulong x_at, global element* y, ulong y_at,
                           ulong planes, ulong length, ulong step) {
  const ulong pieces = (step + WIDTH - 1) / WIDTH;
  const ulong plane = get_global_id(0) / pieces;
  const ulong column = get_global_id(0) % pieces * WIDTH;
  if (plane >= planes) return;
  const int count = (int)min(step - column, (ulong)WIDTH);
  x += x_at + plane * length * step + column;
  y += y_at + plane * length * step + column;
  numbers greatest = load(x, 1, count);
  for (ulong i = 1; i < length; ++i) greatest = fmax(greatest, load(x + i * step, 1, count));
  Sums sums = {(numbers)0, (numbers)0};
  for (ulong i = 0; i < length; ++i) {
    const numbers power = exp(load(x + i * step, 1, count) - greatest);
    add_to(&sums, power);
#ifndef IS_HALF
    store(y + i * step, power, count);
#endif
  }
  const numbers total = sums.sum - sums.lost;
  for (ulong i = 0; i < length; ++i) {
#ifdef IS_HALF
    const numbers power = exp(load(x + i * step, 1, count) - greatest);
#else
    const numbers power = load(y + i * step, 1, count);
#endif
    store(y + i * step, power / total, count);
  }
}
