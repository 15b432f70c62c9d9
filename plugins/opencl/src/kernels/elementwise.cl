// Elements of the output from one element of each input. OP is one of the functions below.
// Integers wrap around, and what ONNX leaves open must not trap: x / 0 is 0.
number add(number a, number b) { return (number)(a + b); }
number subtract(number a, number b) { return (number)(a - b); }
number multiply(number a, number b) { return (number)(a * b); }
#ifdef IS_FLOATING
number divide(number a, number b) { return a / b; }
number power(number a, number b) { return pow(a, b); }
// Where exp overflows the quotient is right all the same: 1 / inf is 0.
number sigmoid(number a) { return (number)1 / ((number)1 + exp(-a)); }
number hyperbolic_tangent(number a) { return tanh(a); }
number square_root(number a) { return sqrt(a); }
number positive_part(number a) { return isnan(a) ? a : fmax(a, (number)0); }
#else
number divide(number a, number b) {
  if (b == 0) return 0;
#ifndef IS_UNSIGNED
  if (b == (number)-1) return (number)(0 - a);
#endif
  return (number)(a / b);
}
number positive_part(number a) { return a > 0 ? a : 0; }
#endif

#ifdef IS_BINARY
#ifdef SECOND  // the second input has another type, that of the exponent of Pow
typedef SECOND second;
#define LOAD_SECOND(pointer, index) ((number)(pointer)[index])
#else
typedef element second;
#define LOAD_SECOND(pointer, index) LOAD(pointer, index)
#endif

kernel void both(global const element* a, ulong a_at, global const second* b, ulong b_at,
                 global element* y, ulong y_at, ulong count) {
  const ulong i = get_global_id(0);
  if (i < count) STORE(y, y_at + i, OP(LOAD(a, a_at + i), LOAD_SECOND(b, b_at + i)));
}

kernel void walked(global const element* a, ulong a_at, global const second* b, ulong b_at,
                   global element* y, ulong y_at, ulong count, Walk walk) {
  const ulong i = get_global_id(0);
  if (i < count)
    STORE(y, y_at + i,
          OP(LOAD(a, a_at + place(&walk, 0, i)), LOAD_SECOND(b, b_at + place(&walk, 1, i))));
}
#else
kernel void each(global const element* x, ulong x_at, global element* y, ulong y_at, ulong count) {
  const ulong i = get_global_id(0);
  if (i < count) STORE(y, y_at + i, OP(LOAD(x, x_at + i)));
}
#endif
