// uses functions.cl
// uses arithmetic.cl
// uses expression.cl
// What is done to the results of a product or a convolution before they are stored: an expression of
// them and of tensors beside them. The host puts before all this:
//   EPILOGUE_PARAMETERS  those tensors, x1 x1_at s1 x2 ...; the results are number 0
//   LOADS_BESIDE         a1_0 a2_0 ..., by BESIDE
//   RESULT               statements that make result_0 of them
// What comes behind this has a kernel with a macro
//   BESIDE(load, from, s)  what `load` (or load_truths) finds for the lanes of a vector of results in
//                          a tensor that begins at `from` and has the steps `s`

// From one element to the next where results go on by an image or a matrix, a row and a column.
typedef struct {
  ulong outer, row, column;
} Beside;

// Results are rounded first, as if the product had stored them.
#define APPLY_EPILOGUE(value)            \
  {                                      \
    const numbers a0_0 = ROUNDED(value); \
    LOADS_BESIDE                         \
    RESULT                               \
    value = result_0;                    \
  }
