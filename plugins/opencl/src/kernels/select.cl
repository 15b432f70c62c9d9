// Elements of one tensor or another, as a condition says, moved as they are; ELEMENT is an unsigned
// integer of their size. A piece's whole vectors are moved as such where elements lie side by side
// or repeat, what is left one by one.
typedef JOIN(uchar, WIDTH) bools;

bools load_bools(global const uchar* from, ulong step) {
  return step == 0 ? (bools)(*from) : JOIN(vload, WIDTH)(0, from);
}

// As wide as an element, which the choice between vectors demands.
#define WIDENED(condition) JOIN(JOIN(convert_, ELEMENT), WIDTH)(condition)
#define CHOSEN                                                                          \
  (WIDENED(load_bools(c + k * c_step, c_step)) != (numbers)0                            \
       ? load_near(x + k * x_step, x_step)                                              \
       : load_near(z + k * z_step, z_step))

kernel void choose(global const uchar* c, ulong c_at, global const element* x, ulong x_at,
                   global const element* z, ulong z_at, global element* y, ulong y_at, Rows rows,
                   int is_streamed) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  const ulong c_step = rows.steps[0], x_step = rows.steps[1], z_step = rows.steps[2];
  const bool is_near = c_step <= 1 && x_step <= 1 && z_step <= 1;
  c += c_at + piece.at[0];
  x += x_at + piece.at[1];
  z += z_at + piece.at[2];
  y += y_at + piece.index;
  if (is_near && piece.count == SPAN && is_streamed && is_aligned(y)) {
    for (int k = 0; k < SPAN; k += WIDTH) STREAM_ALL(y + k, CHOSEN);
    return;
  }
  const int whole = is_near ? piece.count / WIDTH * WIDTH : 0;
  for (int k = 0; k < whole; k += WIDTH) STORE_ALL(y + k, CHOSEN);
  for (int k = whole; k < piece.count; ++k)
    y[k] = c[k * c_step] != 0 ? x[k * x_step] : z[k * z_step];
}
