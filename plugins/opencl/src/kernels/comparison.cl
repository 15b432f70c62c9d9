// A question about elements, answered in bools, over rows. A bool is 0 or 1. There is one kernel,
// of the QUESTION that the program is built for: drivers compile all that a program has.
#define EQUAL(a, b) ((a) == (b))
#define LESS(a, b) ((a) < (b))
#define LESS_OR_EQUAL(a, b) ((a) <= (b))
#define GREATER(a, b) ((a) > (b))
#define GREATER_OR_EQUAL(a, b) ((a) >= (b))
#define BOTH(a, b) ((a) & (b))
#define EITHER(a, b) ((a) | (b))
#define ONLY_ONE(a, b) ((a) ^ (b))
#define NOT(a) ((a) == (numbers)0)

typedef JOIN(uchar, WIDTH) answers;
// A comparison of vectors is -1 where it holds, of which the lowest bit is kept.
#define ANSWERS(values) (JOIN(convert_uchar, WIDTH)(values) & (answers)1)
#define STORE_ANSWERS(pointer, values) JOIN(vstore, WIDTH)(values, 0, pointer)

// The first `count`, side by side.
void store_answers(global uchar* to, answers values, int count) {
  uchar lanes[WIDTH];
  JOIN(vstore, WIDTH)(values, 0, lanes);
  for (int k = 0; k < count; ++k) to[k] = lanes[k];
}

#ifdef IS_OF_ONE
kernel void answer(global const element* x, ulong x_at, global uchar* y, ulong y_at, Rows rows) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  const ulong step = rows.steps[0];
  x += x_at + piece.at[0];
  y += y_at + piece.index;
  if (piece.count == SPAN && step <= 1) {
    for (int k = 0; k < SPAN; k += WIDTH) {
      const numbers a = load_near(x + k * step, step);
      STORE_ANSWERS(y + k, ANSWERS(QUESTION(a)));
    }
  } else {
    for (int k = 0; k < piece.count; k += WIDTH) {
      const int count = min(piece.count - k, WIDTH);
      const numbers a = load(x + k * step, step, count);
      store_answers(y + k, ANSWERS(QUESTION(a)), count);
    }
  }
}
#else
kernel void answer(global const element* x, ulong x_at, global const element* z, ulong z_at,
                   global uchar* y, ulong y_at, Rows rows) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  const ulong x_step = rows.steps[0], z_step = rows.steps[1];
  x += x_at + piece.at[0];
  z += z_at + piece.at[1];
  y += y_at + piece.index;
  if (piece.count == SPAN && x_step <= 1 && z_step <= 1) {
    for (int k = 0; k < SPAN; k += WIDTH) {
      const numbers a = load_near(x + k * x_step, x_step);
      const numbers b = load_near(z + k * z_step, z_step);
      STORE_ANSWERS(y + k, ANSWERS(QUESTION(a, b)));
    }
  } else {
    for (int k = 0; k < piece.count; k += WIDTH) {
      const int count = min(piece.count - k, WIDTH);
      const numbers a = load(x + k * x_step, x_step, count);
      const numbers b = load(z + k * z_step, z_step, count);
      store_answers(y + k, ANSWERS(QUESTION(a, b)), count);
    }
  }
}
#endif
