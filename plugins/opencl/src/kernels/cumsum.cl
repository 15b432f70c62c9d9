// Sums of what comes before along one axis, itself included unless IS_EXCLUSIVE; from the end on if
// IS_REVERSE. `length` elements of the axis are `step` apart.
#ifdef IS_REVERSE
#define TURN(i, length) ((length)-1 - (i))
#else
#define TURN(i, length) (i)
#endif

#ifdef IS_FLOATING
typedef number term;
typedef Sums Running;
#define TO_TERM(value) (value)
void run_on(Running* running, numbers values) { add_to(running, values); }
numbers sum_of(const Running* running) { return running->sum - running->lost; }
#else  // integers wrap around
typedef ulong term;
typedef struct {
  JOIN(ulong, WIDTH) sum, lost;
} Running;
#define TO_TERM(value) (ulong)(value)
void run_on(Running* running, numbers values) {
  running->sum += JOIN(convert_ulong, WIDTH)(values);
}
numbers sum_of(const Running* running) {
  return JOIN(JOIN(convert_, ELEMENT), WIDTH)(running->sum);
}
#endif

// Kahan's sum, as add_to's, of one.
void run_on_one(term* sum, term* lost, term value) {
  const term rest = value - *lost;
  const term next = *sum + rest;
#ifdef IS_FLOATING
  *lost = isfinite(next) ? (next - *sum) - rest : 0;
#endif
  *sum = next;
}

// Elements of the axis lie side by side: a work item has a row.
kernel void cumsum_along(global const element* x, ulong x_at, global element* y, ulong y_at,
                         ulong rows, ulong length) {
  const ulong row = get_global_id(0);
  if (row >= rows) return;
  x += x_at + row * length;
  y += y_at + row * length;
  term sum = 0, lost = 0;
  for (ulong i = 0; i < length; ++i) {
    const ulong k = TURN(i, length);
    const term value = TO_TERM(LOAD(x, k));
#ifdef IS_EXCLUSIVE
    STORE(y, k, (number)(sum - lost));
    run_on_one(&sum, &lost, value);
#else
    run_on_one(&sum, &lost, value);
    STORE(y, k, (number)(sum - lost));
#endif
  }
}

// A work item has a vector of columns.
kernel void cumsum_across(global const element* x, ulong x_at, global element* y, ulong y_at,
                          ulong planes, ulong length, ulong step) {
  const ulong pieces = (step + WIDTH - 1) / WIDTH;
  const ulong plane = get_global_id(0) / pieces;
  const ulong column = get_global_id(0) % pieces * WIDTH;
  if (plane >= planes) return;
  const int count = (int)min(step - column, (ulong)WIDTH);
  x += x_at + plane * length * step + column;
  y += y_at + plane * length * step + column;
  Running running = {0, 0};
  for (ulong i = 0; i < length; ++i) {
    const ulong k = TURN(i, length) * step;
    const numbers values = load(x + k, 1, count);
#ifdef IS_EXCLUSIVE
    store(y + k, sum_of(&running), count);
    run_on(&running, values);
#else
    run_on(&running, values);
    store(y + k, sum_of(&running), count);
#endif
  }
}
