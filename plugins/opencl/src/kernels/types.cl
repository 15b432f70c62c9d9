// What every .cl file begins with. ELEMENT is how an element is stored, `number` what is computed
// in: float16 is storage only, computed in float.
#ifdef IS_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
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
  for (int axis = (int)walk->rank - 1; axis >= 0; --axis) {
    at += index % walk->sizes[axis] * walk->strides[which][axis];
    index /= walk->sizes[axis];
  }
  return at;
}
