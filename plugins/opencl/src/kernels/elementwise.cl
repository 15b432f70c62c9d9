// Elements of the output from one element of each of two inputs: a kernel a function, over rows.
// Integers wrap around, and what ONNX leaves open must not trap: x / 0 is 0.
// Most pieces are whole, and of elements side by side or repeated; the last loop has the others.
#define BINARY(name, result)                                                            \
  kernel void name(global const element* x, ulong x_at, global const element* z,        \
                   ulong z_at, global element* y, ulong y_at, Rows rows,                \
                   int is_streamed) {                                                   \
    const Piece piece = piece_of(&rows, get_global_id(0));                              \
    const ulong x_step = rows.steps[0], z_step = rows.steps[1];                         \
    const bool is_near = piece.count == SPAN && x_step <= 1 && z_step <= 1;             \
    x += x_at + piece.at[0];                                                            \
    z += z_at + piece.at[1];                                                            \
    y += y_at + piece.index;                                                            \
    if (is_near && is_streamed && is_aligned(y)) {                                      \
      for (int k = 0; k < SPAN; k += WIDTH) {                                           \
        const numbers a = load_near(x + k * x_step, x_step);                            \
        const numbers b = load_near(z + k * z_step, z_step);                            \
        STREAM_ALL(y + k, result);                                                      \
      }                                                                                 \
    } else if (is_near) {                                                               \
      for (int k = 0; k < SPAN; k += WIDTH) {                                           \
        const numbers a = load_near(x + k * x_step, x_step);                            \
        const numbers b = load_near(z + k * z_step, z_step);                            \
        STORE_ALL(y + k, result);                                                       \
      }                                                                                 \
    } else {                                                                            \
      for (int k = 0; k < piece.count; k += WIDTH) {                                    \
        const int count = min(piece.count - k, WIDTH);                                  \
        const numbers a = load(x + k * x_step, x_step, count);                          \
        const numbers b = load(z + k * z_step, z_step, count);                          \
        store(y + k, result, count);                                                    \
      }                                                                                 \
    }                                                                                   \
  }

BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, a * b)

#ifdef IS_FLOATING
// Squares are in every norm, and need no logarithm.
numbers power_of(numbers a, numbers b) { return all(b == (numbers)2) ? a * a : pow(a, b); }

BINARY(divide, a / b)
BINARY(power, power_of(a, b))
#else
number quotient_of(number a, number b) {
  if (b == 0) return 0;
#ifndef IS_UNSIGNED
  if (b == (number)-1) return (number)(0 - a);
#endif
  return (number)(a / b);
}
numbers quotients_of(numbers a, numbers b) {
  number quotients[WIDTH], divisors[WIDTH];
  JOIN(vstore, WIDTH)(a, 0, quotients);
  JOIN(vstore, WIDTH)(b, 0, divisors);
  for (int k = 0; k < WIDTH; ++k) quotients[k] = quotient_of(quotients[k], divisors[k]);
  return JOIN(vload, WIDTH)(0, quotients);
}
BINARY(divide, quotients_of(a, b))
#endif
