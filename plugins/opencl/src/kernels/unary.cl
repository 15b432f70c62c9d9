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
#define UNARY(name, result) UNARY_WITH(name, , result)
// The attributes that a kernel has, behind its other arguments.
#define ALPHA , float alpha
#define ALPHA_BETA , float alpha, float beta

#define ZERO (numbers)0
#define ONE (numbers)1

// NaN stays NaN.
UNARY(positive_part, a <= ZERO ? ZERO : a)
UNARY(sign_of, a > ZERO ? ONE : a < ZERO ? (numbers)-1 : a)

// Integers wrap around: the smallest is its own magnitude and negative.
#ifndef IS_FLOATING
#define SAME_BITS(type, x) JOIN(JOIN(as_, type), WIDTH)(x)
UNARY(magnitude, SAME_BITS(ELEMENT, abs(a)))
#ifndef IS_UNSIGNED
UNARY(negative, SAME_BITS(ELEMENT, -SAME_BITS(JOIN(u, ELEMENT), a)))
#endif
#else
#ifdef IS_DOUBLE
numbers exp_less_1_of(numbers x) { return expm1(x); }
numbers erf_of(numbers x) { return erf(x); }
#else
// PoCL 3.1 has expm1 and erf of floats one by one. Here they are of vectors, within 3 ulp where exp
// is. The polynomials are fitted for the least largest error, which is below 2e-9 of the result.

// For x <= 0. Down to -ln 2 it is x and a polynomial, since the difference would cancel.
numbers exp_less_1_of(numbers x) {
  const numbers rest =
      0.49999998f +
      x * (0.16666614f +
           x * (0.041661808f + x * (0.0083124898f + x * (0.0013430181f + x * 0.00014723654f))));
  return x > (numbers)-0.6931f ? x + x * x * rest : exp(x) - ONE;
}

// To 1 it is x and x times a polynomial in its square, from there to 4, where it is 1, one less exp
// of a polynomial that stands for log(erfc).
numbers erf_of(numbers x) {
  const numbers size = fabs(x), z = x * x;
  const numbers rest =
      0.1283791661f +
      z * (-0.3761262582f +
           z * (0.1128358514f +
                z * (-0.02685381149f +
                     z * (0.005188326884f + z * (-0.0008010186862f + z * 7.853839756e-5f)))));
  const numbers held = size > (numbers)4 ? (numbers)4 : size;
  const numbers log_of_erfc =
      -0.0003537333222f +
      held * (-1.127039978f +
              held * (-0.6382257762f +
                      held * (-0.1030372809f +
                              held * (0.02180527551f +
                                      held * (-0.002939596447f + held * 0.0001855728907f)))));
  return size < ONE ? x + x * rest : copysign(ONE - exp(log_of_erfc), x);
}
#endif

// PoCL 3.1 gives wrong sines of floats where another lane of their vector is large or no number.
#define OF_EACH_IF_LARGE(name, function)                                                \
  numbers name(numbers x) {                                                             \
    if (all(fabs(x) < (numbers)100)) return function(x);                                \
    number lanes[WIDTH];                                                                \
    JOIN(vstore, WIDTH)(x, 0, lanes);                                                   \
    for (int k = 0; k < WIDTH; ++k) lanes[k] = function(lanes[k]);                      \
    return JOIN(vload, WIDTH)(0, lanes);                                                \
  }
OF_EACH_IF_LARGE(sin_of, sin)
OF_EACH_IF_LARGE(cos_of, cos)

// NaN stays NaN.
numbers held_to_1(numbers x) { return x < ZERO ? ZERO : x > ONE ? ONE : x; }

UNARY(magnitude, fabs(a))
UNARY(negative, -a)
UNARY(rounded_down, floor(a))
UNARY(rounded_up, ceil(a))
UNARY(rounded, rint(a))
UNARY(reciprocal, ONE / a)
UNARY(square_root, sqrt(a))
UNARY(exponential, exp(a))
UNARY(logarithm, log(a))
UNARY(error_function, erf_of(a))
UNARY(sine, sin_of(a))
UNARY(cosine, cos_of(a))
UNARY(hyperbolic_tangent, tanh(a))
// Where exp overflows the quotient is right all the same: 1 / inf is 0.
UNARY(sigmoid, ONE / (ONE + exp(-a)))
UNARY(softplus, (a < ZERO ? ZERO : a) + log1p(exp(-fabs(a))))
UNARY(softsign, a / (ONE + fabs(a)))
UNARY(hard_swish, a * held_to_1(a / (numbers)6 + (numbers)0.5f))
UNARY_WITH(hard_sigmoid, ALPHA_BETA, held_to_1(alpha * a + beta))
UNARY_WITH(leaky_relu, ALPHA, a < ZERO ? alpha * a : a)
UNARY_WITH(thresholded_relu, ALPHA, a > (numbers)alpha ? a : ZERO)  // NaN becomes 0
UNARY_WITH(elu, ALPHA, a < ZERO ? alpha * exp_less_1_of(a) : a)
UNARY_WITH(celu, ALPHA, a < ZERO ? alpha * exp_less_1_of(a / alpha) : a)
UNARY_WITH(selu, ALPHA_BETA, beta * (a < ZERO ? alpha * exp_less_1_of(a) : a))
#endif
