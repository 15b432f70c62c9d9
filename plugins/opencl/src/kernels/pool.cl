// Pools, over the windows of window.cl.
#ifdef IS_MAX
// NaN stays.
#define JOINED_BY(result, value) ((value) > (result) || (value) != (value) ? (value) : (result))

// The greatest cell of each window and where it is, -1 when it has none; a work item an output.
kernel void pool_indices(global const element* x, ulong x_at, global element* y, ulong y_at,
                         global long* indices, ulong indices_at, ulong planes, Windows windows,
                         int is_column_major) {
  const Window d = windows.axes[0], h = windows.axes[1], l = windows.axes[2];
  const ulong places = d.output * h.output * l.output;
  const ulong i = get_global_id(0);
  if (i >= places * planes) return;
  const ulong at = i % places;
  const long plane = (long)(i / places) * d.input * h.input * l.input;
  const long z = (long)(at / (h.output * l.output)) * d.stride - d.pad_begin;
  const long r = (long)(at / l.output % h.output) * h.stride - h.pad_begin;
  const long c = (long)(at % l.output) * l.stride - l.pad_begin;
  number greatest = START;
  long found = -1;
  x += x_at + plane;
  for (long a = first_cell(d, z, 0); a < last_cell(d, z, d.input); ++a)
    for (long b = first_cell(h, r, 0); b < last_cell(h, r, h.input); ++b)
      for (long e = first_cell(l, c, 0); e < last_cell(l, c, l.input); ++e) {
        const long in_z = z + a * d.dilation, in_r = r + b * h.dilation, in_c = c + e * l.dilation;
        const number value = LOAD(x, (in_z * h.input + in_r) * l.input + in_c);
        const bool is_first_nan = value != value && greatest == greatest;
        if (found >= 0 && !(value > greatest) && !is_first_nan) continue;
        greatest = value;
        found = plane + (is_column_major ? in_z + d.input * (in_r + h.input * in_c)
                                         : (in_z * h.input + in_r) * l.input + in_c);
      }
  STORE(y, y_at + i, greatest);
  indices[indices_at + i] = found;
}
#else
#define JOINED_BY(result, value) ((result) + (value))
#endif

// Cells `from` + k * stride of a row, for `count` outputs; NOTHING where they lie outside.
numbers load_cells(global const element* row, Window l, long from, int count) {
  if (from >= 0 && from + (count - 1) * l.stride < l.input)
    return only(load(row + from, l.stride, count), count, START);
  number lanes[WIDTH];
  for (int k = 0; k < WIDTH; ++k) {
    const long at = from + k * l.stride;
    lanes[k] = k < count && at >= 0 && at < l.input ? LOAD(row, at) : (number)START;
  }
  return JOIN(vload, WIDTH)(0, lanes);
}

#ifndef IS_MAX
// How many cells of each window count.
numbers cells_of(Window d, Window h, Window l, long z, long r, long c) {
#ifdef COUNTS_PADDING
  const long before = 1, after = 1;
#else
  const long before = 0, after = 0;
#endif
#define COUNTED(w, begin)                                         \
  max(last_cell(w, begin, w.input + after * w.pad_end) -          \
          first_cell(w, begin, -before * w.pad_begin), 0L)
  const number rows = (number)(COUNTED(d, z) * COUNTED(h, r));
  number lanes[WIDTH];
  for (int k = 0; k < WIDTH; ++k) lanes[k] = rows * (number)COUNTED(l, c + k * l.stride);
  return JOIN(vload, WIDTH)(0, lanes);
}
#endif

// A work item has a vector of outputs that lie side by side.
kernel void pool(global const element* x, ulong x_at, global element* y, ulong y_at, ulong planes,
                 Windows windows) {
  const Window d = windows.axes[0], h = windows.axes[1], l = windows.axes[2];
  const ulong pieces = (l.output + WIDTH - 1) / WIDTH;
  const ulong line = get_global_id(0) / pieces;  // of the output
  const long first = (long)(get_global_id(0) % pieces * WIDTH);
  const ulong plane = line / (d.output * h.output);
  if (plane >= planes) return;
  const int count = (int)min(l.output - first, (long)WIDTH);
  const long z = (long)(line / h.output % d.output) * d.stride - d.pad_begin;
  const long r = (long)(line % h.output) * h.stride - h.pad_begin;
  const long c = first * l.stride - l.pad_begin;
  const long z_end = last_cell(d, z, d.input), r_end = last_cell(h, r, h.input);
  x += x_at + plane * d.input * h.input * l.input;
  numbers result = (numbers)START;
  for (long a = first_cell(d, z, 0); a < z_end; ++a)
    for (long b = first_cell(h, r, 0); b < r_end; ++b) {
      global const element* row =
          x + ((z + a * d.dilation) * h.input + r + b * h.dilation) * l.input;
      for (long e = 0; e < l.size; ++e) {
        const numbers value = load_cells(row, l, c + e * l.dilation, count);
        result = JOINED_BY(result, value);
      }
    }
#ifndef IS_MAX
  result /= cells_of(d, h, l, z, r, c);
#endif
  store(y + y_at + line * l.output + first, result, count);
}
