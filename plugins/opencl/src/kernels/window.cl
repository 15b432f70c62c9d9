// Windows over three spatial axes; where a tensor has fewer, the first are trivial. Conv, and pools.
typedef struct {
  long input, output, size, stride, dilation, pad_begin, pad_end;
} Window;
typedef struct {
  Window axes[3];
} Windows;

// Cells [first, last) of a window that lie in [low, high) of its axis.
long first_cell(Window w, long begin, long low) {
  return begin >= low ? 0 : (low - begin + w.dilation - 1) / w.dilation;
}
long last_cell(Window w, long begin, long high) {
  const long room = high - begin;
  return room <= 0 ? 0 : min(w.size, (room + w.dilation - 1) / w.dilation);
}

#ifdef IS_CONV
// A work item has CHANNELS outputs of one place, of one group: what it loads of X serves them all.
// With HAS_EPILOGUE epilogue.cl is before this, for vectors of four.
#define CHANNELS 4

kernel void convolve(global const element* x, ulong x_at, global const element* w, ulong w_at,
#ifdef HAS_BIAS
                     global const element* bias, ulong bias_at,
#endif
#ifdef HAS_EPILOGUE
                     EPILOGUE_PARAMETERS
#endif
                     global element* y, ulong y_at, ulong batch, ulong groups, ulong inputs,
                     ulong outputs, Windows windows) {
  const Window d = windows.axes[0], h = windows.axes[1], l = windows.axes[2];
  const ulong places = d.output * h.output * l.output;
  const ulong plane = d.input * h.input * l.input;
  const ulong cells = d.size * h.size * l.size;
  const ulong blocks = (outputs + CHANNELS - 1) / CHANNELS;
  const ulong i = get_global_id(0);
  if (i >= places * blocks * groups * batch) return;
  const ulong at = i % places;
  const ulong block = i / places % blocks;
  const ulong group = i / places / blocks % groups;
  const ulong image = i / places / blocks / groups;
  const ulong first = block * CHANNELS;
  const long z = (long)(at / (h.output * l.output)) * d.stride - d.pad_begin;
  const long r = (long)(at / l.output % h.output) * h.stride - h.pad_begin;
  const long c = (long)(at % l.output) * l.stride - l.pad_begin;

  number sums[CHANNELS];
  ulong filter[CHANNELS];
  for (int k = 0; k < CHANNELS; ++k) {
    sums[k] = 0;
    filter[k] = w_at + (group * outputs + min(first + k, outputs - 1)) * inputs * cells;
  }
  const long z_end = last_cell(d, z, d.input), r_end = last_cell(h, r, h.input);
  const long c_begin = first_cell(l, c, 0), c_end = last_cell(l, c, l.input);
  for (ulong channel = 0; channel < inputs; ++channel) {
    global const element* from = x + x_at + ((image * groups + group) * inputs + channel) * plane;
    for (long a = first_cell(d, z, 0); a < z_end; ++a)
      for (long b = first_cell(h, r, 0); b < r_end; ++b) {
        const long row =
            ((z + a * d.dilation) * h.input + r + b * h.dilation) * l.input + c;
        const ulong cell = ((channel * d.size + a) * h.size + b) * l.size;
        for (long e = c_begin; e < c_end; ++e) {
          const number value = LOAD(from, row + e * l.dilation);
          for (int k = 0; k < CHANNELS; ++k) sums[k] += value * LOAD(w, filter[k] + cell + e);
        }
      }
  }
  const ulong channel = group * outputs + first;
#ifdef HAS_BIAS
  for (int k = 0; k < CHANNELS && first + k < outputs; ++k)
    sums[k] += LOAD(bias, bias_at + channel + k);
#endif
#ifdef HAS_EPILOGUE
#define BESIDE(load, from, s)                                                \
  load(from + image * s.outer + channel * s.row + at * s.column, s.row,      \
       (int)min(outputs - first, (ulong)CHANNELS))
  numbers four = vload4(0, sums);
  APPLY_EPILOGUE(four)
  vstore4(four, 0, sums);
#endif
  y += y_at + (image * groups * outputs + channel) * places + at;
  for (int k = 0; k < CHANNELS && first + k < outputs; ++k) STORE(y, k * places, sums[k]);
}
#endif
