// Elements at places of one axis that INDEX, int or long, tells; ELEMENT is an unsigned integer of
// their size. Tensor 0 of the rows is the data with its axis at place 0, 1 the indices.

// Below 0 an index counts from the end. One outside shows the nearest element.
ulong place_on(long size, INDEX index) {
  const long at = index < 0 ? (long)index + size : (long)index;
  return (ulong)clamp(at, 0L, size - 1);
}

// A row has one index, and is a copy; or it goes along the indices.
kernel void gather(global const element* x, ulong x_at, global const INDEX* indices,
                   ulong indices_at, global element* y, ulong y_at, Rows rows, long size,
                   ulong stride, int is_streamed) {
  const Piece piece = piece_of(&rows, get_global_id(0));
  if (piece.count == 0) return;
  const ulong step = rows.steps[0], index_step = rows.steps[1];
  x += x_at + piece.at[0];
  y += y_at + piece.index;
  indices += indices_at + piece.at[1];
  if (index_step != 0) {
    for (int k = 0; k < piece.count; ++k)
      y[k] = x[k * step + place_on(size, indices[k * index_step]) * stride];
    return;
  }
  x += place_on(size, *indices) * stride;
  if (piece.count == SPAN && step == 1 && is_streamed && is_aligned(y)) {
    for (int k = 0; k < SPAN; k += WIDTH) STREAM_ALL(y + k, LOAD_ALL(x + k));
    return;
  }
  for (int k = 0; k < piece.count; k += WIDTH) {
    const int count = min(piece.count - k, WIDTH);
    store(y + k, load(x + k * step, step, count), count);
  }
}
