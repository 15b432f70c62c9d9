// Each element held between two bounds, either of which may be left out. NaN stays NaN.
kernel void clip(global const element* x, ulong x_at,
#ifdef HAS_MIN
                 global const element* low, ulong low_at,
#endif
#ifdef HAS_MAX
                 global const element* high, ulong high_at,
#endif
                 global element* y, ulong y_at, ulong count) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  number value = LOAD(x, x_at + i);
#ifdef HAS_MIN
  const number least = LOAD(low, low_at);
  value = value < least ? least : value;
#endif
#ifdef HAS_MAX
  const number most = LOAD(high, high_at);
  value = value > most ? most : value;
#endif
  STORE(y, y_at + i, value);
}
