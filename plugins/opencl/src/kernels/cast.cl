// Elements of one type, FROM, as those of another. ONNX leaves open what a floating-point number
// beyond an integer type becomes: here the nearest that there is, and NaN 0.
#ifdef HAS_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#ifdef IS_FROM_HALF
typedef JOIN(float, WIDTH) sources;
typedef float source;
#define LOAD_SOURCE(pointer, index) vload_half(index, pointer)
#define LOAD_SOURCES(pointer) JOIN(vload_half, WIDTH)(0, pointer)
#else
typedef JOIN(FROM, WIDTH) sources;
typedef FROM source;
#define LOAD_SOURCE(pointer, index) ((pointer)[index])
#define LOAD_SOURCES(pointer) JOIN(vload, WIDTH)(0, pointer)
#endif

#define PLAIN 0   // the nearest number, or of integers the low bits
#define TRUTH 1   // is it other than 0?
#define HELD 2    // a floating-point number as an integer: cut off
#define NARROW 3  // double as half

#if KIND == TRUTH
numbers converted(sources x) { return JOIN(convert_uchar, WIDTH)(x != (sources)0) & (numbers)1; }
#elif KIND == HELD
numbers converted(sources x) {
  const sources known = x == x ? x : (sources)0;
  return JOIN(JOIN(JOIN(convert_, ELEMENT), WIDTH), _sat_rtz)(known);
}
#elif KIND == NARROW
// The bits that a float has no room for become its odd last one, so that rounding it to half gives
// what rounding the double would; rounding twice would not always.
#define LOST 0x1ffffffful
numbers converted(sources x) {
  typedef JOIN(ulong, WIDTH) words;
  const words bits = JOIN(as_ulong, WIDTH)(x);
  const words odd = (bits & LOST) != (words)0 ? (words)(LOST + 1) : (words)0;
  return JOIN(convert_float, WIDTH)(JOIN(as_double, WIDTH)((bits & ~(words)LOST) | odd));
}
#elif defined(IS_HALF)
numbers converted(sources x) { return JOIN(convert_float, WIDTH)(x); }
#else
numbers converted(sources x) { return JOIN(JOIN(convert_, ELEMENT), WIDTH)(x); }
#endif

// `count` elements `step` apart, from 1 to WIDTH; the lanes that are left repeat the first.
sources load_sources(global const FROM* from, ulong step, int count) {
  source lanes[WIDTH];
  for (int k = 0; k < WIDTH; ++k) lanes[k] = LOAD_SOURCE(from, k < count ? k * step : 0);
  return JOIN(vload, WIDTH)(0, lanes);
}

kernel void cast(global const FROM* x, ulong x_at, global element* y, ulong y_at, Rows rows,
                 int is_streamed) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  const ulong step = rows.steps[0];
  const bool is_near = piece.count == SPAN && step == 1;
  x += x_at + piece.at[0];
  y += y_at + piece.index;
  if (is_near && is_streamed && is_aligned(y)) {
    for (int k = 0; k < SPAN; k += WIDTH) STREAM_ALL(y + k, converted(LOAD_SOURCES(x + k)));
  } else if (is_near) {
    for (int k = 0; k < SPAN; k += WIDTH) STORE_ALL(y + k, converted(LOAD_SOURCES(x + k)));
  } else {
    for (int k = 0; k < piece.count; k += WIDTH) {
      const int count = min(piece.count - k, WIDTH);
      store(y + k, converted(load_sources(x + k * step, step, count)), count);
    }
  }
}
