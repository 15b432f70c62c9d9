// Bools, bytes of 0 and 1, from one floating-point number each, over rows.
typedef JOIN(uchar, WIDTH) truths;

void store_truths(global uchar* to, truths values, int count) {
  if (count == WIDTH) {
    JOIN(vstore, WIDTH)(values, 0, to);
    return;
  }
  uchar lanes[WIDTH];
  JOIN(vstore, WIDTH)(values, 0, lanes);
  for (int k = 0; k < count; ++k) to[k] = lanes[k];
}

#define QUESTION(name, parameters, answer)                                              \
  kernel void name(global const element* x, ulong x_at, global uchar* y, ulong y_at,    \
                   Rows rows parameters) {                                              \
    const Piece piece = piece_of(&rows, get_global_id(0));                              \
    const ulong step = rows.steps[0];                                                   \
    x += x_at + piece.at[0];                                                            \
    y += y_at + piece.index;                                                            \
    for (int k = 0; k < piece.count; k += WIDTH) {                                      \
      const int count = min(piece.count - k, WIDTH);                                    \
      const numbers a = load(x + k * step, step, count);                                \
      const numbers truth = (answer) ? (numbers)1 : (numbers)0;                         \
      store_truths(y + k, JOIN(convert_uchar, WIDTH)(truth), count);                    \
    }                                                                                   \
  }
#define TWO_NUMBERS , float first, float second

QUESTION(is_nan, , a != a)
QUESTION(is_one_of_two, TWO_NUMBERS, a == (numbers)first || a == (numbers)second)
