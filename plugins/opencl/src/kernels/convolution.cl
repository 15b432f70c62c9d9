// A convolution over two spatial axes in tiles. Places of Y are columns: they are numbered along
// padded rows of X (`pitch` elements), so that whatever the cell of the window, a vector of places
// needs a vector of X. A group stages what its places need of some channels of X in `panel`, padding
// included: for every channel one segment of `span` elements for each phase of the strides. The
// numbers between two rows of Y (pitch - width) are summed too, and not stored.
// With HAS_EPILOGUE epilogue.cl is before this.
// uses tile.cl
typedef struct {
  int input, output, size, stride, dilation, pad, phases;
} Axis;
typedef struct {
  Axis rows, columns;
  int pitch, places, span;
} Staging;

// Elements of one row of X, and zeros before `first` and from `last` on, where it is padded.
void stage_row(global const element* from, int stride, int count, int first, int last,
               local float* to) {
  for (int i = 0; i < first; ++i) to[i] = 0;
  if (stride == 1 && last - first >= WIDTH) {
    for (int i = first; i < last; i += WIDTH) {
      const int at = min(i, last - WIDTH);  // the last vector begins inside the one before
      VSTORE(LOAD_VECTOR(from + at), 0, to + at);
    }
  } else {
    for (int i = first; i < last; ++i) to[i] = LOAD(from, (long)i * stride);
  }
  for (int i = last; i < count; ++i) to[i] = 0;
}

// The first column c, from 0 to pitch, whose element of X, c * stride + phase - pad, is no less
// than `low`.
int first_column_at(Axis axis, int phase, int low, int pitch) {
  const int distance = low + axis.pad - phase;
  return clamp((max(distance, 0) + axis.stride - 1) / axis.stride, 0, pitch);
}

// Segments of `channels` channels for the places from `begin`, by the items of a group together:
// what a row of a phase is, and then that of every channel.
void stage(global const element* x, int channels, Staging s, int begin, uint item,
           local float* panel) {
  const long plane = (long)s.rows.input * s.columns.input;
  const int segment = s.rows.phases * s.columns.phases * s.span;
  for (int row = begin / s.pitch; row * s.pitch < begin + s.span; ++row) {
    const int its_begin = max(begin, row * s.pitch);
    const int column = its_begin - row * s.pitch;
    const int count = min(begin + s.span, (row + 1) * s.pitch) - its_begin;
    for (int phase = 0; phase < s.rows.phases * s.columns.phases; ++phase) {
      const int of_columns = phase % s.columns.phases;
      const int from_row = row * s.rows.stride + phase / s.columns.phases - s.rows.pad;
      const bool is_inside = from_row >= 0 && from_row < s.rows.input;
      const int low = first_column_at(s.columns, of_columns, 0, s.pitch);
      const int high = first_column_at(s.columns, of_columns, s.columns.input, s.pitch);
      const int first = is_inside ? clamp(low - column, 0, count) : count;
      const int last = is_inside ? clamp(high - column, 0, count) : count;
      const long from = (long)from_row * s.columns.input + (long)column * s.columns.stride +
                        of_columns - s.columns.pad;
      local float* to = panel + phase * s.span + (its_begin - begin);
      for (int channel = (int)item; channel < channels; channel += ITEMS)
        stage_row(x + channel * plane + from, s.columns.stride, count, first, last,
                  to + channel * segment);
    }
  }
}

// Stores a vector of places from (row, column) on, without those between the rows of Y; what is
// stored lies together in Y.
void store_places(vector value, global element* y, Staging s, int row, int column) {
  if (row >= s.rows.output) return;
  y += (long)row * s.columns.output + min(column, s.columns.output);
  if (column + WIDTH <= s.columns.output) {
    STORE_VECTOR(value, y);
    return;
  }
  float values[WIDTH];
  VSTORE(value, 0, values);
  for (int j = 0; j < WIDTH && row < s.rows.output; ++j) {
    if (column < s.columns.output) {
      STORE(y, 0, values[j]);
      ++y;
    }
    const bool is_last = ++column == s.pitch;
    row += is_last;
    column = is_last ? 0 : column;
  }
}

#ifdef HAS_EPILOGUE
// Do the places of a vector from (row, column) on lie together in Y?
bool lie_together(Staging s, int row, int column) {
  return row < s.rows.output && column + WIDTH <= s.columns.output;
}

// The number in Y's plane of each lane's place; of those between the rows, of one beside them.
void find_places(Staging s, int row, int column, int* places) {
  for (int j = 0; j < WIDTH; ++j) {
    places[j] = min(row, s.rows.output - 1) * s.columns.output + min(column, s.columns.output - 1);
    const bool is_last = ++column == s.pitch;
    row += is_last;
    column = is_last ? 0 : column;
  }
}

numbers load_places(global const element* from, ulong step, Staging s, int row, int column) {
  if (step == 0) return (numbers)(LOAD(from, 0));
  if (lie_together(s, row, column)) return LOAD_ALL(from + (long)row * s.columns.output + column);
  int places[WIDTH];
  number lanes[WIDTH];
  find_places(s, row, column, places);
  for (int j = 0; j < WIDTH; ++j) lanes[j] = LOAD(from, places[j]);
  return VLOAD(0, lanes);
}

numbers load_truths_places(global const uchar* from, ulong step, Staging s, int row, int column) {
  int places[WIDTH];
  number lanes[WIDTH];
  find_places(s, row, column, places);
  for (int j = 0; j < WIDTH; ++j) lanes[j] = from[step * places[j]];
  return VLOAD(0, lanes);
}
#endif

kernel __attribute__((reqd_work_group_size(GROUP_COLUMNS, GROUP_ROWS, 1))) void convolve_tiles(
    global const element* restrict x, ulong x_at, global const element* restrict w, ulong w_at,
#ifdef HAS_BIAS
    global const element* restrict bias, ulong bias_at,
#endif
#ifdef HAS_EPILOGUE
    EPILOGUE_PARAMETERS
#endif
    global element* restrict y, ulong y_at, ulong groups, ulong inputs, ulong outputs,
    Staging staging, ulong block, uint subtiles_down, uint subtiles_across) {
  local float panel[PANEL];
  local int cells[MOST_CELLS];  // where the elements of a cell of the window are staged
#ifndef IS_KEPT
  local vector parts[PARTS / WIDTH];
#endif
  const Axis h = staging.rows, l = staging.columns;
  const uint across = get_local_id(0), down = get_local_id(1);
  const uint item = down * GROUP_COLUMNS + across;
  const ulong group = get_global_id(2) % groups, image = get_global_id(2) / groups;
  const ulong first_output = get_group_id(1) * subtiles_down * (GROUP_ROWS * ROWS);
  const int begin = (int)get_group_id(0) * (int)subtiles_across * (ACROSS * WIDTH);
  const int count = h.size * l.size;
  const ulong segment = (ulong)h.phases * l.phases * staging.span;  // of a channel
  x += x_at + get_global_id(2) * inputs * h.input * l.input;
  w += w_at + group * outputs * inputs * count;
  y += y_at + get_global_id(2) * outputs * h.output * l.output;
  for (int cell = (int)item; cell < count; cell += ITEMS) {
    const int r = cell / l.size * h.dilation, c = cell % l.size * l.dilation;
    cells[cell] = (r % h.stride * l.phases + c % l.stride) * staging.span +
                  r / h.stride * staging.pitch + c / l.stride;
  }

  vector sums[ROWS][VECTORS];
  FOR_ALL_SUMS sums[i][j] = 0;
  ulong channel = 0;
  do {
    const ulong depth = min(block, inputs - channel);
    stage(x + channel * h.input * l.input, (int)depth, staging, begin, item, panel);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint subtile = 0; subtile < subtiles_across * subtiles_down; ++subtile) {
      const uint tile_down = subtile % subtiles_down * GROUP_ROWS + down;
      const int first = (int)(subtile / subtiles_down) * (ACROSS * WIDTH) + (int)across * WIDTH;
      const ulong output = first_output + tile_down * ROWS;
      if (output >= outputs || begin + first >= staging.places) continue;
      global const element* left[ROWS];  // past the edge: computed twice, stored once
      _Pragma("unroll") for (uint i = 0; i < ROWS; ++i)
        left[i] = w + (min(output + i, outputs - 1) * inputs + channel) * count;
#ifndef IS_KEPT
      local vector* waiting = parts + (subtile * GROUP_ROWS + down) * ROWS * ACROSS + across;
      if (channel == 0) {
        FOR_ALL_SUMS sums[i][j] = 0;
      } else {
        FOR_ALL_SUMS sums[i][j] = waiting[i * ACROSS + j * GROUP_COLUMNS];
      }
#endif
      local const float* from = panel + first;
      ulong at = 0;
      for (ulong k = 0; k < depth; ++k) {
        for (int cell = 0; cell < count; ++cell) {
          vector top[VECTORS];
          _Pragma("unroll") for (uint j = 0; j < VECTORS; ++j)
            top[j] = VLOAD(0, from + cells[cell] + j * (GROUP_COLUMNS * WIDTH));
          ADD_PRODUCTS(at)
          ++at;
        }
        from += segment;
      }
      if (channel + depth < inputs) {
#ifndef IS_KEPT
        FOR_ALL_SUMS waiting[i * ACROSS + j * GROUP_COLUMNS] = sums[i][j];
#endif
        continue;
      }
      vector results[ROWS][VECTORS];  // so that only these leave registers for a long epilogue
      FOR_ALL_SUMS results[i][j] = sums[i][j];
      FOR_RESULTS(j, VECTORS) {
        const int place = begin + first + (int)j * (GROUP_COLUMNS * WIDTH);
        const int row = place / staging.pitch, column = place % staging.pitch;
        FOR_RESULTS(i, ROWS) if (output + i < outputs) {
          vector result = results[i][j];
          const ulong its_channel = group * outputs + output + i;
#ifdef HAS_BIAS
          result += LOAD(bias, bias_at + its_channel);
#endif
#ifdef HAS_EPILOGUE
#define BESIDE(load, from, s) \
  JOIN(load, _places)(from + image * s.outer + its_channel * s.row, s.column, staging, row, column)
          APPLY_EPILOGUE(result)
#endif
          store_places(result, y + (output + i) * h.output * l.output, staging, row, column);
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    channel += depth;
  } while (channel < inputs);
}
