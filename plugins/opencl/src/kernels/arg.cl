// Where along an axis the greatest element is (IS_MAX), or the least: the first of equal ones, or
// the last (TAKES_LAST). NaN counts as the most extreme.
#ifdef IS_MAX
#define IS_MORE(a, b) ((a) > (b))
#define IS_AS_MUCH(a, b) ((a) >= (b))
#else
#define IS_MORE(a, b) ((a) < (b))
#define IS_AS_MUCH(a, b) ((a) <= (b))
#endif

// Does `a`, which comes after `b`, take its place? Without !, which Oclgrind gets wrong for vectors.
#if defined(TAKES_LAST) && defined(IS_FLOATING)
#define REPLACES(a, b) (IS_AS_MUCH(a, b) | ((a) != (a)))
#elif defined(TAKES_LAST)
#define REPLACES(a, b) IS_AS_MUCH(a, b)
#elif defined(IS_FLOATING)
#define REPLACES(a, b) (IS_MORE(a, b) | (((a) != (a)) & ((b) == (b))))
#else
#define REPLACES(a, b) IS_MORE(a, b)
#endif

typedef JOIN(long, WIDTH) places;

// The best of each lane, and where it came from.
typedef struct {
  numbers best;
  places at;
} Found;

void look_at(Found* found, numbers values, ulong at) {
  const places is_new = JOIN(convert_long, WIDTH)(REPLACES(values, found->best));
  found->at = is_new ? (places)(long)at : found->at;
  found->best = REPLACES(values, found->best) ? values : found->best;
}

// Of lanes that lie side by side, whose vectors came from `at`.
long best_lane(const Found* found) {
  number best[WIDTH];
  long at[WIDTH];
  JOIN(vstore, WIDTH)(found->best, 0, best);
  JOIN(vstore, WIDTH)(found->at, 0, at);
  int chosen = 0;
  for (int k = 1; k < WIDTH; ++k) {
    const bool is_later = at[k] + k > at[chosen] + chosen;
    const bool is_chosen = is_later ? REPLACES(best[k], best[chosen])
                                    : !REPLACES(best[chosen], best[k]);
    chosen = is_chosen ? k : chosen;
  }
  return at[chosen] + chosen;
}

// The elements along the axis lie side by side: a work item has one element of the output.
kernel void arg_along(global const element* x, ulong x_at, global long* y, ulong y_at, ulong count,
                      Walk kept, ulong length) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  x += x_at + place(&kept, 0, i);
  ulong chosen = 0, k = 1;
  if (length >= WIDTH) {
    Found found = {LOAD_ALL(x), (places)0};
    for (k = WIDTH; k + WIDTH <= length; k += WIDTH) look_at(&found, LOAD_ALL(x + k), k);
    chosen = (ulong)best_lane(&found);
  }
  number best = LOAD(x, chosen);
  for (; k < length; ++k) {
    const number value = LOAD(x, k);
    if (!REPLACES(value, best)) continue;
    best = value;
    chosen = k;
  }
  y[y_at + i] = (long)chosen;
}

// They do not: a work item has a piece of the output.
kernel void arg_across(global const element* x, ulong x_at, global long* y, ulong y_at, Rows kept,
                       ulong length, ulong distance) {
  const Piece piece = piece_of(&kept, get_global_id(0));
  const ulong step = kept.steps[0];
  x += x_at + piece.at[0];
  y += y_at + piece.index;
  for (int k = 0; k < piece.count; k += WIDTH) {
    const int part = min(piece.count - k, WIDTH);
    global const element* from = x + k * step;
    Found found = {load(from, step, part), (places)0};
    for (ulong r = 1; r < length; ++r) look_at(&found, load(from + r * distance, step, part), r);
    long lanes[WIDTH];
    JOIN(vstore, WIDTH)(found.at, 0, lanes);
    for (int lane = 0; lane < part; ++lane) y[k + lane] = lanes[lane];
  }
}
