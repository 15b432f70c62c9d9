// Reductions over some axes. Build options name what is made of an element (TERM), how terms are
// put together (FOLD, and an IS_ of the same name), and what is made of all of them (FINISH).
// `kept` and `reduced` are walks through x, and the rows of one of them lie side by side.

#if !defined(IS_FLOATING) && (defined(IS_SUM) || defined(IS_PRODUCT))
// Integers wrap around, but not before the last step: a mean is of the whole sum.
#define IS_WRAPPING
typedef ulong term;
typedef JOIN(ulong, WIDTH) terms;
#else
typedef number term;
typedef numbers terms;
#endif

#ifdef IS_WRAPPING
#ifdef IS_UNSIGNED
#define TO_TERMS(values) JOIN(convert_ulong, WIDTH)(values)
#define MAGNITUDE(t) (t)
#define MEAN(t, count) ((t) / (count))
#else
#define TO_TERMS(values) JOIN(as_ulong, WIDTH)(JOIN(convert_long, WIDTH)(values))
#define MAGNITUDE(t) ((t) >> 63 != 0 ? -(t) : (t))
#define MEAN(t, count) ((t) >> 63 != 0 ? -(-(t) / (count)) : (t) / (count))
#endif
#define TO_NUMBERS(t) JOIN(JOIN(convert_, ELEMENT), WIDTH)(t)
#else
#define TO_TERMS(values) (values)
#define TO_NUMBERS(t) (t)
#define MAGNITUDE(t) fabs(t)
#define MEAN(t, count) ((t) / (number)(count))
#endif

#define PLAIN(t) (t)
#define SQUARE(t) ((t) * (t))

#define WHOLE(t, count) (t)
#define ROOT(t, count) sqrt(t)
#define LOGARITHM(t, count) log(t)

#define SUM(a, b) ((a) + (b))
#define PRODUCT(a, b) ((a) * (b))
#ifdef IS_FLOATING  // NaN anywhere is NaN
#define GREATEST(a, b) (((b) > (a)) | ((b) != (b)) ? (b) : (a))
#define LEAST(a, b) (((b) < (a)) | ((b) != (b)) ? (b) : (a))
#define LOWEST -INFINITY
#define HIGHEST INFINITY
#else
#define GREATEST(a, b) max(a, b)
#define LEAST(a, b) min(a, b)
#ifdef IS_UNSIGNED
#define LOWEST 0
#else
#define LOWEST ((ulong)1 << (8 * sizeof(number) - 1))
#endif
#define HIGHEST ~(ulong)LOWEST
#endif

// What a fold of no terms is.
#ifdef IS_SUM
#define START 0
#elif defined(IS_PRODUCT)
#define START 1
#elif defined(IS_GREATEST)
#define START LOWEST
#else
#define START HIGHEST
#endif

terms terms_of(numbers values) {
  const terms whole = TO_TERMS(values);
  return TERM(whole);
}
terms both(terms a, terms b) { return FOLD(a, b); }

// Of terms side by side.
term folded(terms values) {
  term lanes[WIDTH];
  JOIN(vstore, WIDTH)(values, 0, lanes);
  for (int half_way = WIDTH / 2; half_way > 0; half_way /= 2)
    for (int k = 0; k < half_way; ++k) lanes[k] = FOLD(lanes[k], lanes[k + half_way]);
  return lanes[0];
}

// `values`, with terms that change nothing in the lanes from `count` on.
terms first_of(terms values, int count) {
  if (count == WIDTH) return values;
  term lanes[WIDTH];
  JOIN(vstore, WIDTH)(values, 0, lanes);
  for (int k = 0; k < WIDTH; ++k) lanes[k] = k < count ? lanes[k] : (term)START;
  return JOIN(vload, WIDTH)(0, lanes);
}

// Lanes that are folded side by side.
#if defined(IS_SUM) && defined(IS_FLOATING)
typedef Sums Folds;
Folds no_folds() {
  const Folds none = {(numbers)0, (numbers)0};
  return none;
}
void fold_in(Folds* folds, terms values) { add_to(folds, values); }
terms each_of(const Folds* folds) { return folds->sum - folds->lost; }
term all_of(const Folds* folds) { return folded(folds->sum) - folded(folds->lost); }
#else
typedef terms Folds;
Folds no_folds() { return (terms)(term)START; }
void fold_in(Folds* folds, terms values) { *folds = both(*folds, values); }
terms each_of(const Folds* folds) { return *folds; }
term all_of(const Folds* folds) { return folded(*folds); }
#endif

// The rows of `reduced` lie side by side: a work item has one element of the output.
kernel void reduce_along(global const element* x, ulong x_at, global element* y, ulong y_at,
                         ulong count, Walk kept, Rows reduced) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  x += x_at + place(&kept, 0, i);
  Folds folds = no_folds();
  for (ulong row = 0; row < reduced.count; ++row) {
    global const element* from = x + place(&reduced.outer, 0, row);
    ulong k = 0;
    for (; k + 4 * WIDTH <= reduced.length; k += 4 * WIDTH)
      fold_in(&folds, both(both(terms_of(LOAD_ALL(from + k)), terms_of(LOAD_ALL(from + k + WIDTH))),
                           both(terms_of(LOAD_ALL(from + k + 2 * WIDTH)),
                                terms_of(LOAD_ALL(from + k + 3 * WIDTH)))));
    for (; k < reduced.length; k += WIDTH) {
      const int part = (int)min(reduced.length - k, (ulong)WIDTH);
      fold_in(&folds, first_of(terms_of(load(from + k, 1, part)), part));
    }
  }
  const term result = FINISH(all_of(&folds), reduced.count * reduced.length);
  STORE(y, y_at + i, (number)result);
}

// Those of `kept`, or neither's: a work item has a piece of the output.
kernel void reduce_across(global const element* x, ulong x_at, global element* y, ulong y_at,
                          Rows kept, Rows reduced) {
  const Piece piece = piece_of(&kept, get_global_id(0));
  const ulong step = kept.steps[0];
  x += x_at + piece.at[0];
  y += y_at + piece.index;
  Folds folds[SPAN / WIDTH];
  for (int v = 0; v < SPAN / WIDTH; ++v) folds[v] = no_folds();
  for (ulong row = 0; row < reduced.count; ++row) {
    global const element* from = x + place(&reduced.outer, 0, row);
    for (ulong r = 0; r < reduced.length; ++r, from += reduced.steps[0])
      if (piece.count == SPAN && step == 1)
        for (int v = 0; v < SPAN / WIDTH; ++v)
          fold_in(&folds[v], terms_of(LOAD_ALL(from + v * WIDTH)));
      else
        for (int k = 0; k < piece.count; k += WIDTH)
          fold_in(&folds[k / WIDTH],
                  terms_of(load(from + k * step, step, min(piece.count - k, WIDTH))));
  }
  for (int k = 0; k < piece.count; k += WIDTH) {
    const terms all = each_of(&folds[k / WIDTH]);
    store(y + k, TO_NUMBERS(FINISH(all, reduced.count * reduced.length)),
          min(piece.count - k, WIDTH));
  }
}
