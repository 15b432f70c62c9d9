// Functions of angles and their inverses, circular and hyperbolic; Sin and Cos are in unary.cpp.
#include <cmath>

#include "ops/broadcast.hpp"

namespace backplane::conformance {
namespace {

// Ulps that OpenCL 1.2 (7.4, full profile) allows to each function.
enum Ulps { kTanUlps = 5, kAtanUlps = 5, kAtanhUlps = 5, kOtherUlps = 4 };

// A function that is asked of an element as it was given, which has no error. Outside of the
// function's domain that is NaN, at its poles an infinity.
template <Exact (*exact)(Exact), double (*emulated)(double), int ulps>
struct Function {
  static Bounded apply(const Bounded& x) { return function_value(exact(x.value), ulps); }
  static Emulated apply(Emulated x) { return rounds(emulated(x.value)); }
};

template <Exact (*exact)(Exact), double (*emulated)(double), int ulps>
void add(References& all, const char* op) {
  all.push_back(reference<Unary<Function<exact, emulated, ulps>>>(
      op, 17, Precision::kFunction, {Fill::kReal, Fill::kWide, Fill::kSpecial}));
}

}  // namespace

void add_trigonometry(References& all) {
  add<tangent, std::tan, kTanUlps>(all, "Tan");
  add<arc_sine, std::asin, kOtherUlps>(all, "Asin");
  add<arc_cosine, std::acos, kOtherUlps>(all, "Acos");
  add<arc_tangent, std::atan, kAtanUlps>(all, "Atan");
  add<hyperbolic_sine, std::sinh, kOtherUlps>(all, "Sinh");
  add<hyperbolic_cosine, std::cosh, kOtherUlps>(all, "Cosh");
  add<area_sine, std::asinh, kOtherUlps>(all, "Asinh");
  add<area_cosine, std::acosh, kOtherUlps>(all, "Acosh");
  add<area_tangent, std::atanh, kAtanhUlps>(all, "Atanh");
}

}  // namespace backplane::conformance
