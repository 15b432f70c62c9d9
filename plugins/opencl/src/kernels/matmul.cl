// Y = A B for a batch of matrices, rows x inner by inner x columns; with IS_GEMM, alpha A B + beta C.
// Sums in order, in float for float16. Each work item has four by four elements of Y in registers.
// With HAS_EPILOGUE epilogue.cl is before this, for vectors of four.
#define REGISTERS 4

// From one element to the next along each axis of A and B; a transposed matrix has them exchanged.
typedef struct {
  ulong a_row, a_inner, b_inner, b_column, c_row, c_column;
} Steps;

kernel void multiply(global const element* a, ulong a_at, global const element* b, ulong b_at,
#ifdef HAS_C
                     global const element* c, ulong c_at,
#endif
#ifdef HAS_EPILOGUE
                     EPILOGUE_PARAMETERS
#endif
                     global element* y, ulong y_at, ulong rows, ulong columns, ulong inner,
                     Steps steps, Walk batch, float alpha, float beta) {
  const ulong row = get_global_id(1) * REGISTERS;
  const ulong column = get_global_id(0) * REGISTERS;
  if (row >= rows || column >= columns) return;
  const ulong matrix = get_global_id(2);
  a += a_at + place(&batch, 0, matrix);
  b += b_at + place(&batch, 1, matrix);
  y += y_at + matrix * rows * columns;

  number sums[REGISTERS][REGISTERS];
  ulong left[REGISTERS], top[REGISTERS];
  for (int i = 0; i < REGISTERS; ++i) {
    left[i] = min(row + i, rows - 1) * steps.a_row;  // past the edge: computed twice, stored once
    top[i] = min(column + i, columns - 1) * steps.b_column;
    for (int j = 0; j < REGISTERS; ++j) sums[i][j] = 0;
  }
  for (ulong k = 0; k < inner; ++k) {
    number from_b[REGISTERS];
    for (int j = 0; j < REGISTERS; ++j) from_b[j] = LOAD(b, k * steps.b_inner + top[j]);
    for (int i = 0; i < REGISTERS; ++i) {
      const number from_a = LOAD(a, left[i] + k * steps.a_inner);
      for (int j = 0; j < REGISTERS; ++j) sums[i][j] += from_a * from_b[j];
    }
  }
  for (int i = 0; i < REGISTERS && row + i < rows; ++i) {
    number* results = sums[i];
    for (int j = 0; j < REGISTERS && column + j < columns; ++j) {
#ifdef IS_GEMM
      results[j] *= alpha;
#endif
#ifdef HAS_C
      const ulong at = (row + i) * steps.c_row + (column + j) * steps.c_column;
      results[j] += beta * LOAD(c, c_at + at);
#endif
    }
#ifdef HAS_EPILOGUE
#define BESIDE(load, from, s)                                                     \
  load(from + matrix * s.outer + (row + i) * s.row + column * s.column, s.column, \
       (int)min(columns - column, (ulong)REGISTERS))
    numbers four = vload4(0, results);
    APPLY_EPILOGUE(four)
    vstore4(four, 0, results);
#endif
    for (int j = 0; j < REGISTERS && column + j < columns; ++j)
      STORE(y, (row + i) * columns + column + j, results[j]);
  }
}
