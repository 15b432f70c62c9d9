// What fused.cl and epilogue.cl share: the functions of expressions that functions.cl and
// arithmetic.cl do not have.
//
// What these compute is never put together with what comes before or next: each rounds as the
// operator that it stands for.
numbers add_of(numbers a, numbers b) {
#pragma OPENCL FP_CONTRACT OFF
  return a + b;
}
numbers subtract_of(numbers a, numbers b) {
#pragma OPENCL FP_CONTRACT OFF
  return a - b;
}
numbers multiply_of(numbers a, numbers b) {
#pragma OPENCL FP_CONTRACT OFF
  return a * b;
}
numbers divide_of(numbers a, numbers b) {
#pragma OPENCL FP_CONTRACT OFF
  return a / b;
}
numbers choose_of(numbers condition, numbers a, numbers b) {
  return condition != (numbers)0 ? a : b;
}

// What an operator would have stored.
#ifdef IS_HALF
numbers rounded_to_half(numbers a) {
  ushort lanes[WIDTH];
  JOIN(vstore_half, WIDTH)(a, 0, (half*)lanes);
  return JOIN(vload_half, WIDTH)(0, (const half*)lanes);
}
#define ROUNDED(values) rounded_to_half(values)
#else
#define ROUNDED(values) (values)
#endif

// Conditions, bytes of 0 and 1, as numbers.
#define AS_NUMBERS(bytes) JOIN(convert_float, WIDTH)(bytes)
numbers load_truths_near(global const uchar* from, ulong step) {
  return step == 0 ? (numbers)(*from) : AS_NUMBERS(JOIN(vload, WIDTH)(0, from));
}
numbers load_truths(global const uchar* from, ulong step, int count) {
  float lanes[WIDTH];
  for (int k = 0; k < WIDTH; ++k) lanes[k] = from[k < count ? k * step : 0];
  return JOIN(vload, WIDTH)(0, lanes);
}
