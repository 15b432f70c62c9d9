// The input with elements put before and after it along each axis, or taken away. ELEMENT is an
// unsigned integer of their size; SHOWN is one of the functions below.

// As pad.cpp's. `before` the first element of the input there are so many of the output.
typedef struct {
  ulong rank;
  long sizes[8], padded[8], before[8];
  ulong strides[8];
} Padding;

// The place on an axis of the input that is shown at place `at`, counted from the input's first.
// Below 0: none.
long constant_at(long at, long size) { return -1; }
long edge_at(long at, long size) { return clamp(at, 0L, size - 1); }
long wrap_at(long at, long size) {
  const long rest = at % size;
  return rest < 0 ? rest + size : rest;
}
long reflect_at(long at, long size) {
  const ulong period = max(2 * (size - 1), 1L);
  const ulong folded = abs(at) % period;
  return (long)min(folded, period - folded);
}
long shown_at(long at, long size) { return at >= 0 && at < size ? at : SHOWN(at, size); }

// Where the row of the input that row `row` of the output shows begins; false: nowhere.
bool find_row(const Padding* padding, ulong row, ulong* begin) {
  bool is_shown = true;
  for (int axis = (int)padding->rank - 2; axis >= 0; --axis) {
    const ulong next = axis == 0 ? 0 : row / padding->padded[axis];
    const long place = (long)(row - next * padding->padded[axis]) - padding->before[axis];
    const long at = shown_at(place, padding->sizes[axis]);
    is_shown = is_shown && at >= 0;
    *begin += (ulong)at * padding->strides[axis];
    row = next;
  }
  return is_shown;
}

kernel void pad(global const element* x, ulong x_at,
#ifdef HAS_VALUE
                global const element* values, ulong value_at,
#else
                ulong bits,
#endif
                global element* y, ulong y_at, Padding padding, ulong rows, int is_streamed) {
#ifdef HAS_VALUE
  const element value = values[value_at];
#else
  const element value = (element)bits;
#endif
  const int inner = (int)padding.rank - 1;
  const long length = padding.padded[inner], size = padding.sizes[inner];
  const ulong step = padding.strides[inner];
  const ulong pieces = (length + SPAN - 1) / SPAN;
  const ulong row = get_global_id(0) / pieces;
  if (row >= rows) return;
  const long begin = (long)(get_global_id(0) - row * pieces) * SPAN;
  const int end = (int)min(length - begin, (long)SPAN);
  const long first = begin - padding.before[inner];
  const bool is_shown = find_row(&padding, row, &x_at);
  x += is_shown ? x_at : 0;
  y += y_at + row * length + begin;
  if (is_shown && step == 1 && first >= 0 && first + SPAN <= size && is_streamed && is_aligned(y)) {
    for (int k = 0; k < SPAN; k += WIDTH) STREAM_ALL(y + k, LOAD_ALL(x + first + k));
    return;
  }
  for (int k = 0; k < end; k += WIDTH) {
    const int count = min(end - k, WIDTH);
    const long at = first + k;
    if (!is_shown) {
      store(y + k, (numbers)(value), count);
    } else if (at >= 0 && at + count <= size) {
      store(y + k, load(x + at * step, step, count), count);
    } else {
      for (int i = 0; i < count; ++i) {
        const long shown = shown_at(at + i, size);
        y[k + i] = shown < 0 ? value : x[shown * step];
      }
    }
  }
}
