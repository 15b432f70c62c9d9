// What gemm.cl and convolution.cl share: a work item's tile of ROWS x VECTORS vectors of WIDTH
// columns, summed in registers. tuning.cpp says which sizes.
#define vector JOIN(float, WIDTH)
#define VLOAD JOIN(vload, WIDTH)
#define VSTORE JOIN(vstore, WIDTH)
#ifdef IS_HALF
#define LOAD_VECTOR(pointer) JOIN(vload_half, WIDTH)(0, pointer)
#define STORE_VECTOR(value, pointer) JOIN(vstore_half, WIDTH)(value, 0, pointer)
#define LOAD4(pointer) vload_half4(0, pointer)
#else
#define LOAD_VECTOR(pointer) VLOAD(0, pointer)
#define LOAD4(pointer) vload4(0, pointer)
#define STORE_VECTOR(value, pointer) VSTORE(value, 0, pointer)
#endif
#define ACROSS (GROUP_COLUMNS * VECTORS)  // vectors of a tile's row
#define ITEMS (GROUP_COLUMNS * GROUP_ROWS)

// `count` elements, `step` apart, and zeros after them.
vector load_some(global const element* from, ulong step, ulong count) {
  float values[WIDTH];
  for (uint j = 0; j < WIDTH; ++j) values[j] = j < count ? LOAD(from, j * step) : 0;
  return VLOAD(0, values);
}

void store_some(vector value, global element* to, ulong count) {
  float values[WIDTH];
  VSTORE(value, 0, values);
  for (uint j = 0; j < WIDTH && j < count; ++j) STORE(to, j, values[j]);
}

// One step of the sums: the row of B in `top`, and element `at` of the rows of A.
#define ADD_PRODUCTS(at)                                      \
  _Pragma("unroll") for (uint i = 0; i < ROWS; ++i) {         \
    const vector value = (vector)(LOAD(left[i], at));         \
    _Pragma("unroll") for (uint j = 0; j < VECTORS; ++j)      \
      sums[i][j] = fma(value, top[j], sums[i][j]);            \
  }
#define FOR_ALL_SUMS                                  \
  _Pragma("unroll") for (uint i = 0; i < ROWS; ++i)   \
  _Pragma("unroll") for (uint j = 0; j < VECTORS; ++j)
// Over what is stored. A long epilogue is better there once.
#ifdef IS_LONG_EPILOGUE
#define FOR_RESULTS(i, count) for (uint i = 0; i < count; ++i)
#else
#define FOR_RESULTS(i, count) _Pragma("unroll") for (uint i = 0; i < count; ++i)
#endif
