// Pools.
// uses window.cl
bool is_nan(number value) {
#ifdef IS_FLOATING
  return isnan(value);
#else
  return false;
#endif
}

#ifdef IS_MAX
// NaN stays.
#define JOINED_BY(result, value) ((value) > (result) || is_nan(value) ? (value) : (result))
#else
#define JOINED_BY(result, value) ((result) + (value))

// How many cells of an axis count in the window that begins at `begin`.
long counted(Window w, long begin) {
#ifdef COUNTS_PADDING
  return last_cell(w, begin, w.input + w.pad_end) - first_cell(w, begin, -w.pad_begin);
#else
  if (begin >= 0 && begin + (w.size - 1) * w.dilation < w.input) return w.size;
  return max(last_cell(w, begin, w.input) - first_cell(w, begin, 0), 0L);
#endif
}
#endif

// A work item has one output; with HAS_INDICES where its cell is, too, -1 when it has none.
kernel void pool_cells(global const element* x, ulong x_at, global element* y, ulong y_at,
#ifdef HAS_INDICES
                       global long* indices, ulong indices_at, int is_column_major,
#endif
                       ulong planes, Windows windows) {
  const Window d = windows.axes[0], h = windows.axes[1], l = windows.axes[2];
  const ulong places = d.output * h.output * l.output;
  const ulong i = get_global_id(0);
  if (i >= places * planes) return;
  const ulong at = i % places;
  const long plane = (long)(i / places) * d.input * h.input * l.input;
  const long z = (long)(at / (h.output * l.output)) * d.stride - d.pad_begin;
  const long r = (long)(at / l.output % h.output) * h.stride - h.pad_begin;
  const long c = (long)(at % l.output) * l.stride - l.pad_begin;
  const long z_end = last_cell(d, z, d.input), r_end = last_cell(h, r, h.input);
  const long c_end = last_cell(l, c, l.input);
  number result = START;
#ifdef HAS_INDICES
  long found = -1;
#endif
  x += x_at + plane;
  for (long a = first_cell(d, z, 0); a < z_end; ++a)
    for (long b = first_cell(h, r, 0); b < r_end; ++b)
      for (long e = first_cell(l, c, 0); e < c_end; ++e) {
        const long in_z = z + a * d.dilation, in_r = r + b * h.dilation, in_c = c + e * l.dilation;
        const number value = LOAD(x, (in_z * h.input + in_r) * l.input + in_c);
#ifdef HAS_INDICES  // the first NaN, else the first of the greatest
        if (found >= 0 && !(value > result || (is_nan(value) && !is_nan(result)))) continue;
        found = plane + (is_column_major ? in_z + d.input * (in_r + h.input * in_c)
                                         : (in_z * h.input + in_r) * l.input + in_c);
        result = value;
#else
        result = JOINED_BY(result, value);
#endif
      }
#ifndef IS_MAX
  result /= (number)(counted(d, z) * counted(h, r) * counted(l, c));
#endif
  STORE(y, y_at + i, result);
#ifdef HAS_INDICES
  indices[indices_at + i] = found;
#endif
}

// A work item has up to `span` outputs that lie side by side. First the rows of their windows become
// one, START where they lie outside; then its cells the outputs. They have ROOM.
#define ROOM 256

kernel void pool_rows(global const element* x, ulong x_at, global element* y, ulong y_at, ulong planes,
                 Windows windows, ulong span) {
  const Window d = windows.axes[0], h = windows.axes[1], l = windows.axes[2];
  const ulong pieces = (l.output + span - 1) / span;
  const ulong line = get_global_id(0) / pieces;  // of the output
  const long first = (long)(get_global_id(0) % pieces * span);
  const ulong plane = line / (d.output * h.output);
  if (plane >= planes) return;
  const int count = (int)min(l.output - first, (long)span);
  const long z = (long)(line / h.output % d.output) * d.stride - d.pad_begin;
  const long r = (long)(line % h.output) * h.stride - h.pad_begin;
  const long c = first * l.stride - l.pad_begin;
  const int stride = (int)l.stride, dilation = (int)l.dilation, size = (int)l.size;
  const int extent = (count - 1) * stride + (size - 1) * dilation + 1;
  const int begin = (int)clamp(-c, 0L, (long)extent), end = (int)clamp(l.input - c, 0L, (long)extent);
  number cells[ROOM];
  for (int k = 0; k < extent; ++k) cells[k] = START;
  x += x_at + plane * d.input * h.input * l.input;
  const long z_end = last_cell(d, z, d.input), r_end = last_cell(h, r, h.input);
  for (long a = first_cell(d, z, 0); a < z_end; ++a)
    for (long b = first_cell(h, r, 0); b < r_end; ++b) {
      global const element* row =
          x + ((z + a * d.dilation) * h.input + r + b * h.dilation) * l.input + c;
      for (int k = begin; k < end; ++k) {
        const number value = LOAD(row, k);
        cells[k] = JOINED_BY(cells[k], value);
      }
    }
#ifndef IS_MAX
  const long rows = counted(d, z) * counted(h, r);
#endif
  y += y_at + line * l.output + first;
  for (int k = 0; k < count; ++k) {
    number result = cells[k * stride];
    for (int e = 1; e < size; ++e) {
      const number value = cells[k * stride + e * dilation];
      result = JOINED_BY(result, value);
    }
#ifndef IS_MAX
    result /= (number)(rows * counted(l, c + k * stride));
#endif
    STORE(y, k, result);
  }
}
