// Pools, over the windows of window.cl.
kernel void pool(global const element* x, ulong x_at, global element* y, ulong y_at, ulong planes,
                 Windows windows) {
  const Window d = windows.axes[0], h = windows.axes[1], l = windows.axes[2];
  const ulong places = d.output * h.output * l.output;
  const ulong i = get_global_id(0);
  if (i >= places * planes) return;
  const ulong at = i % places;
  x += x_at + i / places * d.input * h.input * l.input;
  const long z = (long)(at / (h.output * l.output)) * d.stride - d.pad_begin;
  const long r = (long)(at / l.output % h.output) * h.stride - h.pad_begin;
  const long c = (long)(at % l.output) * l.stride - l.pad_begin;
  const long z_begin = first_cell(d, z, 0), z_end = last_cell(d, z, d.input);
  const long r_begin = first_cell(h, r, 0), r_end = last_cell(h, r, h.input);
  const long c_begin = first_cell(l, c, 0), c_end = last_cell(l, c, l.input);
  number result = START;
  for (long a = z_begin; a < z_end; ++a)
    for (long b = r_begin; b < r_end; ++b)
      for (long e = c_begin; e < c_end; ++e) {
        const number value = LOAD(x, ((z + a * d.dilation) * h.input + r + b * h.dilation) * l.input +
                                         c + e * l.dilation);
#ifdef IS_MAX
        result = value > result || value != value ? value : result;
#else
        result += value;
#endif
      }
#ifndef IS_MAX
#ifdef COUNTS_PADDING
  const long count = (last_cell(d, z, d.input + d.pad_end) - first_cell(d, z, -d.pad_begin)) *
                     (last_cell(h, r, h.input + h.pad_end) - first_cell(h, r, -h.pad_begin)) *
                     (last_cell(l, c, l.input + l.pad_end) - first_cell(l, c, -l.pad_begin));
#else
  const long count = max(z_end - z_begin, 0L) * max(r_end - r_begin, 0L) * max(c_end - c_begin, 0L);
#endif
  result /= (number)count;
#endif
  STORE(y, y_at + i, result);
}
