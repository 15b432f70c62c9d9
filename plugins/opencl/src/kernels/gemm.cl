// Y = A B in tiles: a work item has ROWS x VECTORS vectors of WIDTH columns in registers, and the
// items of a group share what they read of B. gemm.cpp says which sizes, by a tiling.
//
// A group packs a block of B into its `panel` of local memory, then goes with it through
// `subtiles` tiles of rows; sums that wait for the next block of B are in `parts`. With
// IS_KEPT there is one tile of rows, and its sums stay in registers; without PANEL no local memory
// is used and B is read where it is. With HAS_EPILOGUE epilogue.cl is before this.
// uses tile.cl

// From one element to the next along each axis of A and B; a transposed matrix has them exchanged.
typedef struct {
  ulong a_row, a_inner, b_inner, b_column, c_row, c_column;
} Steps;

#ifdef PANEL
#define STRIP 4  // rows of B that an item packs at a time

// A vector of columns of STRIP rows of B, fewer at its end: `rows` and `columns` are left.
void pack(global const element* from, Steps steps, ulong rows, ulong columns, local vector* to) {
  if (columns >= WIDTH && steps.b_inner == 1 && rows >= STRIP) {  // a transposed B
    vector strip[STRIP];
    _Pragma("unroll") for (uint j = 0; j < WIDTH; ++j) {
      const float4 of_column = LOAD4(from + j * steps.b_column);
      ((float*)&strip[0])[j] = of_column.x;
      ((float*)&strip[1])[j] = of_column.y;
      ((float*)&strip[2])[j] = of_column.z;
      ((float*)&strip[3])[j] = of_column.w;
    }
    _Pragma("unroll") for (uint k = 0; k < STRIP; ++k) to[k * ACROSS] = strip[k];
    return;
  }
  for (uint k = 0; k < STRIP && k < rows; ++k) {
    global const element* its = from + k * steps.b_inner;
    if (columns >= WIDTH && steps.b_column == 1)
      to[k * ACROSS] = LOAD_VECTOR(its);
    else
      to[k * ACROSS] = load_some(its, steps.b_column, columns);
  }
}
#endif

kernel __attribute__((reqd_work_group_size(GROUP_COLUMNS, GROUP_ROWS, 1))) void multiply_tiles(
    global const element* restrict a, ulong a_at, global const element* restrict b, ulong b_at,
#ifdef HAS_C
    global const element* restrict c, ulong c_at,
#endif
#ifdef HAS_EPILOGUE
    EPILOGUE_PARAMETERS
#endif
    global element* restrict y, ulong y_at, ulong rows, ulong columns, ulong inner, Steps steps,
    Walk batch, float alpha, float beta, ulong block, uint subtiles) {
#ifdef PANEL
  local vector panel[PANEL / WIDTH];
#endif
#ifndef IS_KEPT
  local vector parts[PARTS / WIDTH];
#endif
  const uint across = get_local_id(0), down = get_local_id(1);
  const ulong matrix = get_global_id(2);
  const ulong first_row = get_group_id(1) * subtiles * (GROUP_ROWS * ROWS);
  const ulong first_column = get_group_id(0) * (ACROSS * WIDTH);
  a += a_at + place(&batch, 0, matrix);
  b += b_at + place(&batch, 1, matrix);
  y += y_at + matrix * rows * columns;

  vector sums[ROWS][VECTORS];
  FOR_ALL_SUMS sums[i][j] = 0;
  ulong begin = 0;
  do {  // at least once: without inner elements Y is 0, or C
    const ulong depth = min(block, inner - begin);
#ifdef PANEL
    for (ulong v = down * GROUP_COLUMNS + across; v < (depth + STRIP - 1) / STRIP * ACROSS; v += ITEMS) {
      const ulong k = v / ACROSS * STRIP;
      const ulong column = first_column + v % ACROSS * WIDTH;
      pack(b + (begin + k) * steps.b_inner + column * steps.b_column, steps, depth - k,
           column < columns ? columns - column : 0, panel + k * ACROSS + v % ACROSS);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    for (uint subtile = 0; subtile < subtiles; ++subtile) {
      const ulong tile = subtile * GROUP_ROWS + down;
      const ulong row = first_row + tile * ROWS;
      if (row >= rows) break;
      global const element* left[ROWS];  // past the edge: computed twice, stored once
      _Pragma("unroll") for (uint i = 0; i < ROWS; ++i)
        left[i] = a + min(row + i, rows - 1) * steps.a_row + begin * steps.a_inner;
#ifndef IS_KEPT
      local vector* waiting = parts + tile * ROWS * ACROSS + across;
      if (begin == 0) {
        FOR_ALL_SUMS sums[i][j] = 0;
      } else {
        FOR_ALL_SUMS sums[i][j] = waiting[i * ACROSS + j * GROUP_COLUMNS];
      }
#endif
#ifdef PANEL
      local const vector* from = panel + across;
      ulong at = 0;
      for (ulong k = 0; k < depth; ++k) {
        vector top[VECTORS];
        _Pragma("unroll") for (uint j = 0; j < VECTORS; ++j) top[j] = from[j * GROUP_COLUMNS];
        ADD_PRODUCTS(at)
        from += ACROSS;
        at += steps.a_inner;
      }
#else
      const ulong column = first_column + across * WIDTH;
      const bool is_whole =
          steps.b_column == 1 && first_column + ACROSS * WIDTH <= columns;
      for (ulong k = 0; k < depth; ++k) {
        vector top[VECTORS];
        _Pragma("unroll") for (uint j = 0; j < VECTORS; ++j) {
          const ulong its = column + j * (GROUP_COLUMNS * WIDTH);
          global const element* from = b + (begin + k) * steps.b_inner + its * steps.b_column;
          if (is_whole)
            top[j] = LOAD_VECTOR(from);
          else
            top[j] = load_some(from, steps.b_column, its < columns ? columns - its : 0);
        }
        ADD_PRODUCTS(k * steps.a_inner)
      }
#endif
      if (begin + depth < inner) {
#ifndef IS_KEPT
        FOR_ALL_SUMS waiting[i * ACROSS + j * GROUP_COLUMNS] = sums[i][j];
#endif
        continue;
      }
      vector results[ROWS][VECTORS];  // so that only these leave registers for a long epilogue
      FOR_ALL_SUMS results[i][j] = sums[i][j];
      FOR_RESULTS(i, ROWS) FOR_RESULTS(j, VECTORS) {
        const ulong column = first_column + (j * GROUP_COLUMNS + across) * WIDTH;
        if (row + i < rows && column < columns) {
          const ulong room = columns - column;
          vector result = results[i][j];
#ifdef IS_GEMM
          result *= alpha;
#endif
#ifdef HAS_C
          global const element* from = c + c_at + (row + i) * steps.c_row + column * steps.c_column;
          if (room >= WIDTH && steps.c_column == 1)
            result += beta * LOAD_VECTOR(from);
          else
            result += beta * load_some(from, steps.c_column, room);
#endif
#ifdef HAS_EPILOGUE
#define BESIDE(load, from, s)                                                           \
  load(from + matrix * s.outer + (row + i) * s.row + column * s.column, s.column,       \
       (int)min(room, (ulong)WIDTH))
          APPLY_EPILOGUE(result)
#endif
          global element* to = y + (row + i) * columns + column;
          if (room >= WIDTH)
            STORE_VECTOR(result, to);
          else
            store_some(result, to, room);
        }
      }
    }
#ifdef PANEL
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    begin += depth;
  } while (begin < inner);
}
