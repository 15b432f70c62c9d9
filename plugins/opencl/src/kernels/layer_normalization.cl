// Rows of x less their mean, over their deviation, scaled and shifted. The mean is taken first, so
// that nothing cancels in the variance; both are Kahan sums.
number mean_of(global const element* x, ulong length) {
  Sums sums = {(numbers)0, (numbers)0};
  ulong k = 0;
  for (; k + 4 * WIDTH <= length; k += 4 * WIDTH)
    add_to(&sums, (LOAD_ALL(x + k) + LOAD_ALL(x + k + WIDTH)) +
                      (LOAD_ALL(x + k + 2 * WIDTH) + LOAD_ALL(x + k + 3 * WIDTH)));
  for (; k < length; k += WIDTH) {
    const int part = (int)min(length - k, (ulong)WIDTH);
    add_to(&sums, only(load(x + k, 1, part), part));
  }
  return (total_of(sums.sum) - total_of(sums.lost)) / (number)length;
}

numbers squares(numbers values, number mean) { return (values - mean) * (values - mean); }

number variance_of(global const element* x, ulong length, number mean) {
  Sums sums = {(numbers)0, (numbers)0};
  ulong k = 0;
  for (; k + 2 * WIDTH <= length; k += 2 * WIDTH)
    add_to(&sums, squares(LOAD_ALL(x + k), mean) + squares(LOAD_ALL(x + k + WIDTH), mean));
  for (; k < length; k += WIDTH) {
    const int part = (int)min(length - k, (ulong)WIDTH);
    add_to(&sums, only(squares(load(x + k, 1, part), mean), part));
  }
  return (total_of(sums.sum) - total_of(sums.lost)) / (number)length;
}

// A work item has a row. `outer` says where the scale [0] and the bias [1] of a row begin; `inner`
// are the parts of a row along which they go on by equal steps.
kernel void normalize_rows(global const element* x, ulong x_at, global const element* scale,
                           ulong scale_at,
#ifdef HAS_BIAS
                           global const element* bias, ulong bias_at,
#endif
                           global element* y, ulong y_at,
#ifdef HAS_MEAN
                           global float* means, ulong means_at,
#endif
#ifdef HAS_INVERSE
                           global float* inverses, ulong inverses_at,
#endif
                           ulong count, ulong length, Walk outer, Rows inner, float epsilon) {
  const ulong row = get_global_id(0);
  if (row >= count) return;
  x += x_at + row * length;
  y += y_at + row * length;
  const number mean = mean_of(x, length);
  const number inverse = 1 / sqrt(variance_of(x, length, mean) + (number)epsilon);
#ifdef HAS_MEAN
  means[means_at + row] = (float)mean;
#endif
#ifdef HAS_INVERSE
  inverses[inverses_at + row] = (float)inverse;
#endif
  scale += scale_at + place(&outer, 0, row);
#ifdef HAS_BIAS
  bias += bias_at + place(&outer, 1, row);
#endif
  for (ulong part = 0; part < inner.count; ++part, x += inner.length, y += inner.length) {
    global const element* scales = scale + place(&inner.outer, 0, part);
#ifdef HAS_BIAS
    global const element* biases = bias + place(&inner.outer, 1, part);
#endif
    for (ulong k = 0; k < inner.length; k += WIDTH) {
      const int lanes = (int)min(inner.length - k, (ulong)WIDTH);
      numbers values = (load(x + k, 1, lanes) - mean) * inverse *
                       load(scales + k * inner.steps[0], inner.steps[0], lanes);
#ifdef HAS_BIAS
      values += load(biases + k * inner.steps[1], inner.steps[1], lanes);
#endif
      store(y + k, values, lanes);
    }
  }
}
