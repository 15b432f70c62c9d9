// Batch normalization with given statistics, one of each for a channel.
kernel void batch_normalize(global const element* x, ulong x_at, global const element* scale,
                      ulong scale_at, global const element* bias, ulong bias_at,
                      global const element* mean, ulong mean_at, global const element* variance,
                      ulong variance_at, global element* y, ulong y_at, ulong count, ulong channels,
                      ulong inner, float epsilon) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  const ulong c = i / inner % channels;
  const number deviation = sqrt(LOAD(variance, variance_at + c) + (number)epsilon);
  const number centred = LOAD(x, x_at + i) - LOAD(mean, mean_at + c);
  STORE(y, y_at + i,
        centred / deviation * LOAD(scale, scale_at + c) + LOAD(bias, bias_at + c));
}
