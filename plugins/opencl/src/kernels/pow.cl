// Pow where base and exponent differ in type, or are integers. `real` is what a power is computed
// in; KIND says how.
#ifdef IS_WIDE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double real;
#else
typedef float real;
#endif
typedef EXPONENT exponent;
#ifdef HAS_HALF_EXPONENT
#define LOAD_EXPONENT(pointer, index) vload_half(index, pointer)
typedef float exponent_value;
#else
#define LOAD_EXPONENT(pointer, index) ((pointer)[index])
typedef EXPONENT exponent_value;
#endif

#define WHOLE 0      // integers: wraps around
#define ROUNDED 1    // an integer to a floating-point power: truncated, held inside the type
#define REAL 2       // two floating-point numbers
#define SHORT 3      // a floating-point number to a power that an int holds
#define LONG 4       // and to one that it does not

#if KIND == WHOLE
// To a negative power 1 over the positive one, truncated, and 0 for base 0, where ONNX says nothing.
number power_of(number base, exponent_value to) {
  if (to < 0) {
    if (base == 1) return 1;
    return base == -1 ? (to % 2 == 0 ? 1 : -1) : 0;
  }
  ulong result = 1, square = (ulong)base;
  for (ulong rest = (ulong)to; rest != 0; rest /= 2) {
    if (rest % 2 != 0) result *= square;
    square *= square;
  }
  return (number)result;
}
#elif KIND == ROUNDED
number power_of(number base, exponent_value to) {
  const real power = pow((real)base, (real)to);
  return isnan(power) ? 0 : JOIN(JOIN(convert_, ELEMENT), _sat_rtz)(power);
}
#elif KIND == REAL
number power_of(number base, exponent_value to) { return (number)pow((real)base, (real)to); }
#elif KIND == SHORT
number power_of(number base, exponent_value to) { return (number)pown((real)base, (int)to); }
#else
// The sign comes from the whole number: a large odd one would be even as a `real`.
number power_of(number base, exponent_value to) {
  const real power = pow(fabs((real)base), (real)to);
  return (number)(to % 2 != 0 ? copysign(power, (real)base) : power);
}
#endif

kernel void power(global const element* x, ulong x_at, global const exponent* z, ulong z_at,
                  global element* y, ulong y_at, Rows rows) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  x += x_at + piece.at[0];
  z += z_at + piece.at[1];
  y += y_at + piece.index;
  for (int k = 0; k < piece.count; ++k)
    STORE(y, k, power_of(LOAD(x, k * rows.steps[0]), LOAD_EXPONENT(z, k * rows.steps[1])));
}
