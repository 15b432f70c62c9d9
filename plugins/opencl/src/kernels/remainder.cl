// What a division leaves, over rows. Where ONNX leaves it open, x mod 0 of integers is 0.

// The sign is the dividend's.
#ifdef IS_FLOATING
number as_c(number a, number b) { return fmod(a, b); }
#else
number as_c(number a, number b) {
  if (b == 0) return 0;
#ifndef IS_UNSIGNED
  if (b == (number)-1) return 0;  // a processor would trap at the smallest number
#endif
  return (number)(a % b);
}

// The sign is the divisor's.
number as_python(number a, number b) {
  const number rest = as_c(a, b);
#ifndef IS_UNSIGNED
  if (rest != 0 && (rest < 0) != (b < 0)) return (number)(rest + b);
#endif
  return rest;
}
#endif

// One by one: no processor divides vectors of integers.
kernel void remainder_of(global const element* x, ulong x_at, global const element* z, ulong z_at,
                         global element* y, ulong y_at, Rows rows) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  x += x_at + piece.at[0];
  z += z_at + piece.at[1];
  y += y_at + piece.index;
  for (int k = 0; k < piece.count; ++k)
    STORE(y, k, SIGNED(LOAD(x, k * rows.steps[0]), LOAD(z, k * rows.steps[1])));
}
