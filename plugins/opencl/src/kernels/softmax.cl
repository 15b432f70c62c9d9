// Softmax along one axis, a work item a row: the greatest first, so that no exp overflows.
kernel void softmax(global const element* x, ulong x_at, global element* y, ulong y_at, ulong rows,
                    ulong length, ulong step) {
  const ulong row = get_global_id(0);
  if (row >= rows) return;
  const ulong begin = row / step * step * length + row % step;
  x += x_at + begin;
  y += y_at + begin;
  number greatest = LOAD(x, 0);
  for (ulong i = 1; i < length; ++i) greatest = fmax(greatest, LOAD(x, i * step));
  number sum = 0;
  for (ulong i = 0; i < length; ++i) sum += exp(LOAD(x, i * step) - greatest);
  for (ulong i = 0; i < length; ++i)
    STORE(y, i * step, exp(LOAD(x, i * step) - greatest) / sum);
}
