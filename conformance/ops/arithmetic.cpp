#include "ops/arithmetic.hpp"

#include <algorithm>
#include <cmath>

namespace backplane::conformance {
namespace {

thread_local const Arithmetic* current = nullptr;
const Arithmetic kPromised;

struct Word {
  bp_arithmetic_t value;
  const char* name;
  FloatFormat format;
  bool for_products;
  bool for_sums;
};

// Operands split in two or three bfloat16 keep 16 or 24 bits, less what their cross terms lose.
constexpr FloatFormat kTwoParts = {15, -126, 127};
constexpr FloatFormat kThreeParts = {23, -126, 127};
constexpr Word kWords[] = {
    {0, "", kFloat32, true, true},
    {BP_DTYPE_FLOAT64, "float64", kFloat64, true, true},
    {BP_DTYPE_FLOAT32, "float32", kFloat32, true, true},
    {BP_DTYPE_FLOAT16, "float16", kFloat16, true, true},
    {BP_DTYPE_BFLOAT16, "bfloat16", kBfloat16, true, true},
    {BP_DTYPE_INT32, "int32", kFloat64, false, true},
    {BP_DTYPE_INT64, "int64", kFloat64, false, true},
    {BP_ARITHMETIC_TF32, "tf32", kTf32, true, false},
    {BP_ARITHMETIC_BFLOAT16_TIMES_2, "two bfloat16", kTwoParts, true, false},
    {BP_ARITHMETIC_BFLOAT16_TIMES_3, "three bfloat16", kThreeParts, true, false},
};

const Word* find(bp_arithmetic_t value) {
  for (const Word& word : kWords)
    if (word.value == value) return &word;
  return nullptr;
}

bool is_less_than_float32(bp_arithmetic_t value) {
  const Word* word = find(value);
  return value != 0 && word != nullptr && word->format.precision < kFloat32.precision;
}

double unit_of(const FloatFormat& format) { return std::ldexp(1.0, -format.precision); }

}  // namespace

const Arithmetic& arithmetic() { return current != nullptr ? *current : kPromised; }

ArithmeticScope::ArithmeticScope(const Arithmetic& now) : before_(current) { current = &now; }
ArithmeticScope::~ArithmeticScope() { current = before_; }

std::string wrong_declaration(const Declared& declared) {
  const Word* products = find(declared.products);
  if (products == nullptr || !products->for_products)
    return "products are declared as " + std::to_string(declared.products) +
           ", which is no arithmetic of products";
  const Word* sums = find(declared.accumulates);
  if (sums == nullptr || !sums->for_sums)
    return "sums are declared as " + std::to_string(declared.accumulates) +
           ", which is no arithmetic of sums";
  return "";
}

char precision_class(const Declared& declared) {
  constexpr bp_numerics_flags_t kRelaxed =
      BP_NUMERICS_FLAG_FLUSHES_INPUTS | BP_NUMERICS_FLAG_FLUSHES_OUTPUTS |
      BP_NUMERICS_FLAG_TRUNCATES | BP_NUMERICS_FLAG_FAST_ALGORITHM |
      BP_NUMERICS_FLAG_FAST_DIVISION | BP_NUMERICS_FLAG_FAST_FUNCTIONS;
  if (is_less_than_float32(declared.products) || is_less_than_float32(declared.accumulates))
    return 'C';
  return (declared.numerics & kRelaxed) != 0 ? 'B' : 'A';
}

std::string declaration_text(const Declared& declared) {
  constexpr const char* kFlags[] = {"nondeterministic", "flushes inputs", "flushes outputs",
                                    "truncates",        "fast algorithm", "fast division",
                                    "fast functions"};
  std::string text;
  const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : ", ") + word; };
  if (const Word* word = find(declared.products); declared.products != 0 && word != nullptr)
    add("products " + std::string(word->name));
  if (const Word* word = find(declared.accumulates); declared.accumulates != 0 && word != nullptr)
    add("sums " + std::string(word->name));
  for (unsigned bit = 0; bit < std::size(kFlags); ++bit)
    if ((declared.numerics >> bit & 1u) != 0) add(kFlags[bit]);
  return text;
}

Arithmetic allowed_by(const Declared& declared, bp_dtype_t dtype, bool rounds_once) {
  Arithmetic allowed;
  const bool is_wide = dtype == BP_DTYPE_FLOAT64;
  const double slack = (declared.numerics & BP_NUMERICS_FLAG_TRUNCATES) != 0 ? 2 : 1;
  allowed.operation = is_wide ? kFloat64 : kFloat32;
  allowed.sum = allowed.operation;
  const Word* sums = find(declared.accumulates);
  if (sums != nullptr && declared.accumulates != 0) allowed.sum = sums->format;
  allowed.sum_unit = slack * unit_of(allowed.sum);
  if (declared.products != 0 && find(declared.products) != nullptr) {
    const FloatFormat products = find(declared.products)->format;
    if (products.precision < allowed.operation.precision)
      allowed.product_unit = slack * 2.1 * unit_of(products);
  }
  if (!rounds_once)
    allowed.unit = slack * unit_of(is_less_than_float32(declared.accumulates) ? allowed.sum
                                                                              : allowed.operation);
  if ((declared.numerics & BP_NUMERICS_FLAG_FAST_DIVISION) != 0) allowed.division_spacings = 3;
  // OpenCL's relaxed bounds are 2^-11 absolute or 8192 ulp, where its full ones are 3 to 5 ulp.
  if ((declared.numerics & BP_NUMERICS_FLAG_FAST_FUNCTIONS) != 0) allowed.function_factor = 2048;
  // Winograd's transforms of 4x4 tiles make errors an order of magnitude larger.
  if ((declared.numerics & BP_NUMERICS_FLAG_FAST_ALGORITHM) != 0) allowed.algorithm_factor = 16;
  return allowed;
}

}  // namespace backplane::conformance
