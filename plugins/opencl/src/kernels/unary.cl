// uses functions.cl
// Elements of the output from one element of the input each: a kernel a function, over rows.
// Most pieces are whole, and of elements side by side or repeated; the last loop has the others.
#define UNARY_WITH(name, parameters, result)                                            \
  kernel void name(global const element* x, ulong x_at, global element* y, ulong y_at,  \
                   Rows rows, int is_streamed parameters) {                             \
    const Piece piece = piece_of(&rows, get_global_id(0));                              \
    const ulong step = rows.steps[0];                                                   \
    const bool is_near = piece.count == SPAN && step <= 1;                              \
    x += x_at + piece.at[0];                                                            \
    y += y_at + piece.index;                                                            \
    if (is_near && is_streamed && is_aligned(y)) {                                      \
      for (int k = 0; k < SPAN; k += WIDTH) {                                           \
        const numbers a = load_near(x + k * step, step);                                \
        STREAM_ALL(y + k, result);                                                      \
      }                                                                                 \
    } else if (is_near) {                                                               \
      for (int k = 0; k < SPAN; k += WIDTH) {                                           \
        const numbers a = load_near(x + k * step, step);                                \
        STORE_ALL(y + k, result);                                                       \
      }                                                                                 \
    } else {                                                                            \
      for (int k = 0; k < piece.count; k += WIDTH) {                                    \
        const int count = min(piece.count - k, WIDTH);                                  \
        const numbers a = load(x + k * step, step, count);                              \
        store(y + k, result, count);                                                    \
      }                                                                                 \
    }                                                                                   \
  }
#define UNARY(name) UNARY_WITH(name, , name##_of(a))
// With attributes behind the other arguments.
#define UNARY_1(name) UNARY_WITH(name, FIRST, name##_of(a, first))
#define UNARY_2(name) UNARY_WITH(name, FIRST FURTHER, name##_of(a, first, second))
#define FIRST , float first
#define FURTHER , float second

UNARY(positive_part)
UNARY(signum)
UNARY(magnitude)
#ifndef IS_UNSIGNED
UNARY(negative)
#endif
#ifdef IS_FLOATING
UNARY(rounded_down)
UNARY(rounded_up)
UNARY(rounded)
UNARY(reciprocal)
UNARY(square_root)
UNARY(exponential)
UNARY(logarithm)
UNARY(error_function)
UNARY(sine)
UNARY(cosine)
UNARY(hyperbolic_tangent)
UNARY(sigmoid)
UNARY(softplus)
UNARY(softsign)
UNARY(hard_swish)
UNARY_1(leaky_relu)
UNARY_1(thresholded_relu)
UNARY_1(elu)
UNARY_1(celu)
UNARY_2(hard_sigmoid)
UNARY_2(selu)
#endif
