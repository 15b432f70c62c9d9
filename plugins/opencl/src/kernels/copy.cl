// Elements moved as they are; ELEMENT is an unsigned integer of their size.
kernel void walk_copy(global const element* x, ulong x_at, global element* y, ulong y_at,
                      ulong count, Walk walk) {
  const ulong i = get_global_id(0);
  if (i < count) y[y_at + place(&walk, 1, i)] = x[x_at + place(&walk, 0, i)];
}
