// The mean over some axes, a work item an element of the output. Compensated sums (Kahan), so that
// the error does not grow with the length.
kernel void mean(global const element* x, ulong x_at, global element* y, ulong y_at, ulong count,
                 Walk kept, Walk reduced, ulong length) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  x += x_at + place(&kept, 0, i);
  number sum = 0, lost = 0;
  for (ulong k = 0; k < length; ++k) {
    const number term = LOAD(x, place(&reduced, 0, k)) - lost;
    const number next = sum + term;
    lost = (next - sum) - term;
    sum = next;
  }
  STORE(y, y_at + i, sum / (number)length);
}
