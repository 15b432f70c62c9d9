// Elements of the output from one element of each input: a kernel a function, over rows.
// Integers wrap around, and what ONNX leaves open must not trap: x / 0 is 0.
#define UNARY(name, result)                                                                   \
  kernel void name(global const element* x, ulong x_at, global element* y, ulong y_at,        \
                   Rows rows, int is_streamed) {                                              \
    const Piece piece = piece_of(&rows, get_global_id(0));                                    \
    for (int k = 0; k < piece.count; k += WIDTH) {                                            \
      const int count = min(piece.count - k, WIDTH);                                          \
      const numbers a = load(x + x_at + piece.at[0] + k * rows.steps[0], rows.steps[0], count); \
      store(y + y_at + piece.index + k, result, count, is_streamed);                          \
    }                                                                                         \
  }
#define BINARY(name, result)                                                                  \
  kernel void name(global const element* x, ulong x_at, global const element* z, ulong z_at,  \
                   global element* y, ulong y_at, Rows rows, int is_streamed) {               \
    const Piece piece = piece_of(&rows, get_global_id(0));                                    \
    for (int k = 0; k < piece.count; k += WIDTH) {                                            \
      const int count = min(piece.count - k, WIDTH);                                          \
      const numbers a = load(x + x_at + piece.at[0] + k * rows.steps[0], rows.steps[0], count); \
      const numbers b = load(z + z_at + piece.at[1] + k * rows.steps[1], rows.steps[1], count); \
      store(y + y_at + piece.index + k, result, count, is_streamed);                          \
    }                                                                                         \
  }

BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, a * b)
UNARY(positive_part, a <= (numbers)0 ? (numbers)0 : a)  // NaN stays NaN

#ifdef IS_FLOATING
// Squares are in every norm, and need no logarithm.
numbers power_of(numbers a, numbers b) { return all(b == (numbers)2) ? a * a : pow(a, b); }

BINARY(divide, a / b)
BINARY(power, power_of(a, b))
// Where exp overflows the quotient is right all the same: 1 / inf is 0.
UNARY(sigmoid, (numbers)1 / ((numbers)1 + exp(-a)))
UNARY(hyperbolic_tangent, tanh(a))
UNARY(square_root, sqrt(a))
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
