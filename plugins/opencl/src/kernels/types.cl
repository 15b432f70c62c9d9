// What every .cl file begins with. ELEMENT is how an element is stored, `number` what is computed
// in: float16 is storage only, computed in float.
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

// Vectors of WIDTH elements, for the kernels that are built with a width; SPAN is a multiple of it.
#ifdef WIDTH
#ifdef IS_HALF
typedef JOIN(float, WIDTH) numbers;
#define LOAD_ALL(pointer) JOIN(vload_half, WIDTH)(0, pointer)
#define STORE_ALL(pointer, values) JOIN(vstore_half, WIDTH)(values, 0, pointer)
#else
typedef JOIN(ELEMENT, WIDTH) numbers;
#define LOAD_ALL(pointer) JOIN(vload, WIDTH)(0, pointer)
#define STORE_ALL(pointer, values) JOIN(vstore, WIDTH)(values, 0, pointer)
#endif

// `count` elements `step` apart, from 1 to WIDTH; the lanes that are left repeat the first.
numbers load(global const element* from, ulong step, int count) {
  if (step == 0) return (numbers)(LOAD(from, 0));
  if (step == 1 && count == WIDTH) return LOAD_ALL(from);
  number lanes[WIDTH];
  for (int k = 0; k < WIDTH; ++k) lanes[k] = LOAD(from, k < count ? k * step : 0);
  return JOIN(vload, WIDTH)(0, lanes);
}

// The first `count` lanes, side by side.
void store_part(global element* to, numbers values, int count) {
  number lanes[WIDTH];
  JOIN(vstore, WIDTH)(values, 0, lanes);
  for (int k = 0; k < count; ++k) STORE(to, k, lanes[k]);
}

// The same. What `is_streamed` goes past the caches, where the compiler has a way and `to` the
// alignment for it: so a cache line is not read only to be overwritten.
void store(global element* to, numbers values, int count, int is_streamed) {
  if (count < WIDTH) {
    store_part(to, values, count);
    return;
  }
#if !defined(IS_HALF) && defined(__has_builtin)
#if __has_builtin(__builtin_nontemporal_store)
  if (is_streamed && (size_t)to % sizeof(numbers) == 0) {
    __builtin_nontemporal_store(values, (global numbers*)to);
    return;
  }
#endif
#endif
  STORE_ALL(to, values);
}

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
