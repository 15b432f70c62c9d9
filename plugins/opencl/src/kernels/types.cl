// What every .cl file begins with, and a program that is made of two of them has once. ELEMENT is how
// an element is stored, `number` what is computed in: float16 is storage only, computed in float.
#ifndef HAS_TYPES
#define HAS_TYPES
#ifdef IS_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#define JOINED(a, b) a##b
#define JOIN(a, b) JOINED(a, b)
typedef ELEMENT element;
#ifdef IS_HALF
typedef float number;
#define LOAD(pointer, index) vload_half(index, pointer)
#define STORE(pointer, index, value) vstore_half(value, index, pointer)
#else
typedef ELEMENT number;
#define LOAD(pointer, index) ((pointer)[index])
#define STORE(pointer, index, value) ((pointer)[index] = (value))
#endif

// Sizes and strides of one walk through tensors, in elements; the last axis is the innermost.
typedef struct {
  ulong rank;
  ulong sizes[8];
  ulong strides[3][8];
} Walk;

// Where element `index` of the walk is in tensor `which`.
ulong place(const Walk* walk, int which, ulong index) {
  ulong at = 0;
  for (int axis = (int)walk->rank - 1; axis > 0; --axis) {
    const ulong rest = index / walk->sizes[axis];
    at += (index - rest * walk->sizes[axis]) * walk->strides[which][axis];
    index = rest;
  }
  return walk->rank == 0 ? at : at + index * walk->strides[which][0];
}

// Rows by vectors of WIDTH elements, for the kernels that are built with a SPAN, a multiple of it.
#ifdef SPAN
#ifdef IS_HALF
typedef JOIN(float, WIDTH) numbers;
#define LOAD_SOME(n, pointer) JOIN(vload_half, n)(0, pointer)
#define STORE_SOME(n, pointer, values) JOIN(vstore_half, n)(values, 0, pointer)
#else
typedef JOIN(ELEMENT, WIDTH) numbers;
#define LOAD_SOME(n, pointer) JOIN(vload, n)(0, pointer)
#define STORE_SOME(n, pointer, values) JOIN(vstore, n)(values, 0, pointer)
#endif
#define LOAD_ALL(pointer) LOAD_SOME(WIDTH, pointer)
#define STORE_ALL(pointer, values) STORE_SOME(WIDTH, pointer, values)

// Elements side by side, or one repeated: steps of 1 and 0.
numbers load_near(global const element* from, ulong step) {
  return step == 0 ? (numbers)(LOAD(from, 0)) : LOAD_ALL(from);
}

// `count` elements side by side, fewer than WIDTH; the lanes that are left repeat the first.
numbers load_part(global const element* from, int count) {
  number lanes[WIDTH];
  JOIN(vstore, WIDTH)((numbers)(LOAD(from, 0)), 0, lanes);
  int k = 0;
#if WIDTH > 8
  if (count & 8) vstore8(LOAD_SOME(8, from), 0, lanes);
  k = count & 8;
#endif
#if WIDTH > 4
  if (count & 4) vstore4(LOAD_SOME(4, from + k), 0, lanes + k);
  k = count & 12;
#endif
  if (count & 2) vstore2(LOAD_SOME(2, from + k), 0, lanes + k);
  if (count & 1) lanes[count - 1] = LOAD(from, count - 1);
  return JOIN(vload, WIDTH)(0, lanes);
}

// `count` elements `step` apart, from 1 to WIDTH; the lanes that are left repeat the first.
numbers load(global const element* from, ulong step, int count) {
  if (step == 0 || (step == 1 && count == WIDTH)) return load_near(from, step);
  if (step == 1) return load_part(from, count);
  number lanes[WIDTH];
  for (int k = 0; k < WIDTH; ++k) lanes[k] = LOAD(from, k < count ? k * step : 0);
  return JOIN(vload, WIDTH)(0, lanes);
}

// The first `count`, side by side.
void store(global element* to, numbers values, int count) {
  if (count == WIDTH) {
    STORE_ALL(to, values);
    return;
  }
  number lanes[WIDTH];
  JOIN(vstore, WIDTH)(values, 0, lanes);
  int k = 0;
#if WIDTH > 8
  if (count & 8) STORE_SOME(8, to, vload8(0, lanes));
  k = count & 8;
#endif
#if WIDTH > 4
  if (count & 4) STORE_SOME(4, to + k, vload4(0, lanes + k));
  k = count & 12;
#endif
  if (count & 2) STORE_SOME(2, to + k, vload2(0, lanes + k));
  if (count & 1) STORE(to, count - 1, lanes[count - 1]);
}

// All of them, past the caches where the compiler has a way: so that a cache line is not read only
// to be overwritten. Compilers keep vectors whole if a loop has this store alone.
#define STREAM_ALL STORE_ALL
#if !defined(IS_HALF) && defined(__has_builtin)
#if __has_builtin(__builtin_nontemporal_store)
#undef STREAM_ALL
#define STREAM_ALL(pointer, values) __builtin_nontemporal_store(values, (global numbers*)(pointer))
#endif
#endif

// Asks for what the work items 8 KiB on will load, on a CPU and where the compiler has a way: left to
// itself a processor stops at the end of each page. Past the end of a tensor that is no access.
#define ASK_AHEAD(from)
#if WIDTH > 8 && defined(__has_builtin)
#if __has_builtin(__builtin_prefetch)
#undef ASK_AHEAD
#define ASK_AHEAD(from)                                                                 \
  for (int ahead = 0; ahead < SPAN * (int)sizeof(element); ahead += 64)                 \
  __builtin_prefetch((const void*)((size_t)(from) + 8192 + ahead))
#endif
#endif

bool is_aligned(global const element* to) { return (size_t)to % sizeof(numbers) == 0; }

#ifdef IS_FLOATING
// Sums that keep what rounding loses (Kahan's), so that the error does not grow with the length.
typedef struct {
  numbers sum, lost;
} Sums;

void add_to(Sums* sums, numbers values) {
  const numbers term = values - sums->lost;
  const numbers next = sums->sum + term;
  const numbers lost = (next - sums->sum) - term;
  sums->lost = isfinite(next) ? lost : (numbers)0;  // an infinity loses nothing
  sums->sum = next;
}

// `values`, with 0 in the lanes from `count` on.
numbers only(numbers values, int count) {
  if (count == WIDTH) return values;
  number lanes[WIDTH];
  JOIN(vstore, WIDTH)(values, 0, lanes);
  for (int k = 0; k < WIDTH; ++k) lanes[k] = k < count ? lanes[k] : 0;
  return JOIN(vload, WIDTH)(0, lanes);
}

number total_of(numbers values) {
  number lanes[WIDTH];
  JOIN(vstore, WIDTH)(values, 0, lanes);
  for (int half_way = WIDTH / 2; half_way > 0; half_way /= 2)
    for (int k = 0; k < half_way; ++k) lanes[k] += lanes[k + half_way];
  return lanes[0];
}
#endif

// Rows of `length` elements, which a work item has SPAN of. `outer` says where rows begin, `steps`
// how far the elements of one are apart, in each of three tensors.
typedef struct {
  Walk outer;
  ulong count, length;
  ulong steps[3];
} Rows;

// What one work item has: `count` elements (0 past the end), the first of them number `index` of
// all, and at `at` in each tensor.
typedef struct {
  ulong index;
  ulong at[3];
  int count;
} Piece;

Piece piece_of(const Rows* rows, ulong item) {
  const ulong pieces = (rows->length + SPAN - 1) / SPAN;
  const ulong row = item < pieces ? 0 : item / pieces;  // most launches have one row
  const ulong begin = (item - row * pieces) * SPAN;
  Piece piece;
  piece.index = row * rows->length + begin;
  piece.count = row < rows->count ? (int)min(rows->length - begin, (ulong)SPAN) : 0;
  for (int i = 0; i < 3; ++i) piece.at[i] = begin * rows->steps[i];
  const Walk* outer = &rows->outer;
  ulong rest = row;
  for (int axis = (int)outer->rank - 1; axis >= 0 && rest != 0; --axis) {
    const ulong next = axis == 0 ? 0 : rest / outer->sizes[axis];
    const ulong digit = rest - next * outer->sizes[axis];
    for (int i = 0; i < 3; ++i) piece.at[i] += digit * outer->strides[i][axis];
    rest = next;
  }
  return piece;
}
#endif
#endif
