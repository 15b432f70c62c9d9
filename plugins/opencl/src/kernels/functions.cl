// Functions of one element: the same, to the bit, in the kernel of an operator and in a fused one.
#define ZERO (numbers)0
#define ONE (numbers)1

// NaN stays NaN.
numbers positive_part_of(numbers a) { return a <= ZERO ? ZERO : a; }
numbers signum_of(numbers a) { return a > ZERO ? ONE : a < ZERO ? (numbers)-1 : a; }

// Integers wrap around: the smallest is its own magnitude and negative.
#ifndef IS_FLOATING
#define SAME_BITS(type, x) JOIN(JOIN(as_, type), WIDTH)(x)
numbers magnitude_of(numbers a) { return SAME_BITS(ELEMENT, abs(a)); }
#ifndef IS_UNSIGNED
numbers negative_of(numbers a) { return SAME_BITS(ELEMENT, -SAME_BITS(JOIN(u, ELEMENT), a)); }
#endif
#else
#ifdef IS_DOUBLE
numbers exp_less_1_of(numbers x) { return expm1(x); }
numbers error_function_of(numbers x) { return erf(x); }
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
numbers error_function_of(numbers x) {
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
OF_EACH_IF_LARGE(sine_of, sin)
OF_EACH_IF_LARGE(cosine_of, cos)

// NaN stays NaN.
numbers held_to_1(numbers x) { return x < ZERO ? ZERO : x > ONE ? ONE : x; }

numbers magnitude_of(numbers a) { return fabs(a); }
numbers negative_of(numbers a) { return -a; }
numbers rounded_down_of(numbers a) { return floor(a); }
numbers rounded_up_of(numbers a) { return ceil(a); }
numbers rounded_of(numbers a) { return rint(a); }
numbers reciprocal_of(numbers a) { return ONE / a; }
numbers square_root_of(numbers a) { return sqrt(a); }
numbers exponential_of(numbers a) { return exp(a); }
numbers logarithm_of(numbers a) { return log(a); }
numbers hyperbolic_tangent_of(numbers a) { return tanh(a); }
// Where exp overflows the quotient is right all the same: 1 / inf is 0.
numbers sigmoid_of(numbers a) { return ONE / (ONE + exp(-a)); }
numbers softplus_of(numbers a) { return (a < ZERO ? ZERO : a) + log1p(exp(-fabs(a))); }
numbers softsign_of(numbers a) { return a / (ONE + fabs(a)); }
numbers hard_swish_of(numbers a) { return a * held_to_1(a / (numbers)6 + (numbers)0.5f); }
numbers hard_sigmoid_of(numbers a, float alpha, float beta) { return held_to_1(alpha * a + beta); }
numbers leaky_relu_of(numbers a, float alpha) { return a < ZERO ? alpha * a : a; }
// NaN becomes 0.
numbers thresholded_relu_of(numbers a, float alpha) { return a > (numbers)alpha ? a : ZERO; }
numbers elu_of(numbers a, float alpha) { return a < ZERO ? alpha * exp_less_1_of(a) : a; }
numbers celu_of(numbers a, float alpha) { return a < ZERO ? alpha * exp_less_1_of(a / alpha) : a; }
numbers selu_of(numbers a, float alpha, float gamma) {
  return gamma * (a < ZERO ? alpha * exp_less_1_of(a) : a);
}
#endif
