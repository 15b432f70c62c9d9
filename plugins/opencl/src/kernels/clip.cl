// uses arithmetic.cl
// Each element held between two bounds, either of which may be left out. NaN stays NaN.
kernel void clip(global const element* x, ulong x_at,
#ifdef HAS_MIN
                 global const element* low, ulong low_at,
#endif
#ifdef HAS_MAX
                 global const element* high, ulong high_at,
#endif
                 global element* y, ulong y_at, Rows rows, int is_streamed) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  const ulong step = rows.steps[0];
  x += x_at + piece.at[0];
  y += y_at + piece.index;
#ifdef HAS_MIN
  const numbers least = (numbers)(LOAD(low, low_at));
#define RAISED(values) raise_of(values, least)
#else
#define RAISED(values) (values)
#endif
#ifdef HAS_MAX
  const numbers most = (numbers)(LOAD(high, high_at));
#define HELD(values) hold_of(values, most)
#else
#define HELD(values) (values)
#endif
  if (piece.count == SPAN && step == 1 && is_streamed && is_aligned(y)) {
    for (int k = 0; k < SPAN; k += WIDTH) {
      const numbers raised = RAISED(LOAD_ALL(x + k));
      STREAM_ALL(y + k, HELD(raised));
    }
  } else {
    for (int k = 0; k < piece.count; k += WIDTH) {
      const int count = min(piece.count - k, WIDTH);
      const numbers raised = RAISED(load(x + k * step, step, count));
      store(y + k, HELD(raised), count);
    }
  }
}
