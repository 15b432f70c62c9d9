#include "check/numerics.hpp"

#include <algorithm>
#include <array>

#include "support/tensor_type.hpp"

namespace backplane::check {
namespace {

// A floating format's significant bits and largest exponent.
struct Format {
  uint32_t value;  // bp_dtype_t, or a value of bp_arithmetic_t's own
  int bits;
  int exponent;
};

constexpr std::array<Format, 7> kFormats = {{
    {BP_DTYPE_FLOAT64, 53, 1023},
    {BP_DTYPE_FLOAT32, 24, 127},
    {BP_ARITHMETIC_TF32, 11, 127},
    {BP_DTYPE_FLOAT16, 11, 15},
    {BP_DTYPE_BFLOAT16, 8, 127},
    {BP_DTYPE_FLOAT8E4M3FN, 4, 8},
    {BP_DTYPE_FLOAT8E5M2, 3, 15},
}};

const Format* format_of(uint32_t value) {
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(),
                                   [value](const Format& entry) { return entry.value == value; });
  return found != kFormats.end() ? found : nullptr;
}

// Splitting into bfloat16 loses cross terms, so its products are never exact for more than 8 bits.
bool is_split(bp_arithmetic_t arithmetic) {
  return arithmetic == BP_ARITHMETIC_BFLOAT16_TIMES_2 ||
         arithmetic == BP_ARITHMETIC_BFLOAT16_TIMES_3;
}

// Integers are left out: most are indices or shapes, and no operands of products.
bool keeps_operands(bp_arithmetic_t products, bp_dtype_t operand) {
  const Format* to = format_of(is_split(products) ? uint32_t{BP_DTYPE_BFLOAT16} : products);
  const Format* from = format_of(operand);
  if (to == nullptr || from == nullptr) return true;
  return to->bits >= from->bits && to->exponent >= from->exponent;
}

bool are_products_exact(const bp_node_t& node, bp_arithmetic_t products) {
  return node.inputs == nullptr || std::all_of(node.inputs, node.inputs + node.input_count,
                                               [products](const bp_tensor_type_t& input) {
                                                 return is_absent(input) ||
                                                        keeps_operands(products, input.dtype);
                                               });
}

bool are_sums_exact(bp_arithmetic_t accumulates) {
  constexpr std::array<bp_arithmetic_t, 5> kExact = {0, BP_DTYPE_FLOAT64, BP_DTYPE_FLOAT32,
                                                     BP_DTYPE_INT32, BP_DTYPE_INT64};
  return std::find(kExact.begin(), kExact.end(), accumulates) != kExact.end();
}

std::string arithmetic_name(bp_arithmetic_t arithmetic) {
  switch (arithmetic) {
    case BP_ARITHMETIC_TF32:
      return "TF32";
    case BP_ARITHMETIC_BFLOAT16_TIMES_2:
      return "BFLOAT16_TIMES_2";
    case BP_ARITHMETIC_BFLOAT16_TIMES_3:
      return "BFLOAT16_TIMES_3";
    default:
      return dtype_name(arithmetic);
  }
}

std::string flag_names(bp_numerics_flags_t flags) {
  constexpr std::array<const char*, 7> kNames = {
      "NONDETERMINISTIC", "FLUSHES_INPUTS", "FLUSHES_OUTPUTS", "TRUNCATES",
      "FAST_ALGORITHM",   "FAST_DIVISION",  "FAST_FUNCTIONS"};
  std::string text;
  for (size_t i = 0; i < kNames.size(); ++i)
    if ((flags >> i & 1u) != 0) text += std::string(text.empty() ? "" : ", ") + kNames[i];
  return text.empty() ? "flags " + std::to_string(flags) : text;
}

}  // namespace

bool is_legal_arithmetic(bp_arithmetic_t arithmetic) {
  constexpr std::array<bp_arithmetic_t, 10> kLegal = {0,
                                                      BP_DTYPE_FLOAT64,
                                                      BP_DTYPE_FLOAT32,
                                                      BP_DTYPE_FLOAT16,
                                                      BP_DTYPE_BFLOAT16,
                                                      BP_DTYPE_INT32,
                                                      BP_DTYPE_INT64,
                                                      BP_ARITHMETIC_TF32,
                                                      BP_ARITHMETIC_BFLOAT16_TIMES_2,
                                                      BP_ARITHMETIC_BFLOAT16_TIMES_3};
  return std::find(kLegal.begin(), kLegal.end(), arithmetic) != kLegal.end();
}

std::string refused_numerics(const bp_node_t& node, const bp_kernel_info_t& info) {
  if (node.refused == 0) return "";
  if ((node.refused & info.numerics) != 0) return flag_names(node.refused & info.numerics);
  if (!are_products_exact(node, info.products))
    return "products in " + arithmetic_name(info.products);
  if (!are_sums_exact(info.accumulates)) return "sums in " + arithmetic_name(info.accumulates);
  return "";
}

}  // namespace backplane::check
