#include "problems/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "compare/element.hpp"

namespace backplane::conformance {
namespace {

// Composites may be worked out by any algorithm of the textbooks; theirs differ by so much.
constexpr double kAlgorithms = 2;

bool rounds_once(Precision precision) {
  return precision == Precision::kExact || precision == Precision::kRounded;
}

// Constants of a model are what they are, whatever the fill.
bool holds_integers(const TensorData& data) {
  if (!is_float_type(data.type.dtype)) return true;
  const uint64_t count = element_count_of(data.type);
  for (uint64_t i = 0; i < count; ++i) {
    const double element = float_element(data.type.dtype, data.bytes.data(), i);
    if (element != std::nearbyint(element)) return false;
  }
  return true;
}

Arithmetic arithmetic_for(const Reference& reference, const Request& request,
                          const Declared& declared, Fill fill) {
  Arithmetic allowed =
      allowed_by(declared, leading_dtype(request), rounds_once(reference.precision));
  allowed.are_integers = (fill == Fill::kIntegers || fill == Fill::kUnits) &&
                         std::all_of(request.inputs.begin(), request.inputs.end(), holds_integers);
  return allowed;
}

Acceptance acceptance_for(Precision precision, const Declared& declared, bp_dtype_t dtype) {
  Acceptance how;
  if (!is_float_type(dtype)) return how;
  how.keeps_sign_of_zero = precision == Precision::kExact || precision == Precision::kSet;
  how.truncates = (declared.numerics & BP_NUMERICS_FLAG_TRUNCATES) != 0;
  how.flushes = (declared.numerics & BP_NUMERICS_FLAG_FLUSHES_OUTPUTS) != 0;
  how.has_statistics =
      precision == Precision::kDot &&
      (declared.numerics & (BP_NUMERICS_FLAG_FAST_ALGORITHM | BP_NUMERICS_FLAG_TRUNCATES)) == 0;
  return how;
}

Expected expected_of(const Bounded& x, double algorithms) {
  const bool is_exact = !is_finite(x.value);
  return {x.value, is_exact ? 0 : algorithms * x.error,
          is_exact ? 0 : algorithms * algorithms * x.variance, x.freedom};
}

// "(0.5, 3)": what stands at one place of all outputs.
std::string member_text(const std::vector<ExpectedOutput>& expected, const OutputBytes& bytes,
                        uint64_t place) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i)
    text += (i > 0 ? ", " : "(") + element_text(expected[i].type.dtype, bytes[i].data(), place);
  return text + ")";
}

OutputBytes bytes_of(const std::vector<TensorData>& tensors) {
  OutputBytes bytes;
  for (const TensorData& tensor : tensors) bytes.push_back(tensor.bytes);
  return bytes;
}

// Which member of a set is wrong, each row of it in order.
std::string set_text(const std::vector<ExpectedOutput>& expected,
                     const std::vector<TensorData>& came, uint64_t place) {
  return "; in order, the pair at " + place_text(expected[0].type, place) + " is " +
         member_text(expected, bytes_of(came), place) + ", not " +
         member_text(expected, best_outputs(expected), place);
}

bool are_of_types(const std::vector<ExpectedOutput>& expected, const OutputBytes& outputs) {
  if (outputs.size() != expected.size()) return false;
  for (size_t i = 0; i < expected.size(); ++i)
    if (outputs[i].size() != expected[i].elements.size() * element_bytes(expected[i].type.dtype))
      return false;
  return true;
}

}  // namespace

std::vector<ExpectedOutput> expect(const Reference& reference, const Request& request,
                                   const Declared& declared, Fill fill) {
  const Types types = reference.infer(request);
  const Arithmetic allowed = arithmetic_for(reference, request, declared, fill);
  const ArithmeticScope scope(allowed);
  Call<Bounded> call = make_call<Bounded>(request, types);
  reference.bounded(call);
  const Precision precision = precision_of(reference, request);
  const double algorithms = precision == Precision::kComposite ? kAlgorithms : 1;
  std::vector<ExpectedOutput> all;
  for (size_t i = 0; i < types.size(); ++i) {
    ExpectedOutput output = {types[i],
                             {},
                             acceptance_for(precision, declared, types[i].dtype),
                             std::nullopt,
                             precision == Precision::kSet};
    if (reference.law != nullptr) output.law = reference.law(request, types);
    for (const Bounded& x : call.outputs[i].elements)
      output.elements.push_back(expected_of(x, algorithms));
    all.push_back(std::move(output));
  }
  return all;
}

std::vector<std::string> best_outputs(const std::vector<ExpectedOutput>& outputs) {
  std::vector<std::string> all;
  for (const ExpectedOutput& output : outputs) {
    std::string bytes(output.elements.size() * element_bytes(output.type.dtype), '\0');
    for (size_t i = 0; i < output.elements.size(); ++i)
      store_element(output.type.dtype, nearest(output.type.dtype, output.elements[i].value),
                    bytes.data(), i);
    all.push_back(std::move(bytes));
  }
  return all;
}

Judgement judge_output(const ExpectedOutput& expected, const std::string& came) {
  Judgement judgement = judge(expected.type, expected.elements, expected.how, came);
  if (!judgement.is_right() || !expected.law) return judgement;
  judgement.worst = expected.elements.size();  // none is
  judgement.text = judge_sample(expected.type, *expected.law, came);
  return judgement;
}

OutputBytes settled(const Reference& reference, const Request& request,
                    const std::vector<ExpectedOutput>& expected, OutputBytes outputs) {
  if (expected.empty() || !expected[0].is_of_set || !are_of_types(expected, outputs))
    return outputs;
  Types types;
  for (const ExpectedOutput& output : expected) types.push_back(output.type);
  reference.settle(request, types, &outputs);
  return outputs;
}

std::vector<TensorData> settled(const Reference& reference, const Request& request,
                                const std::vector<ExpectedOutput>& expected,
                                std::vector<TensorData> came) {
  OutputBytes bytes = settled(reference, request, expected, bytes_of(came));
  for (size_t i = 0; i < came.size(); ++i) came[i].bytes = std::move(bytes[i]);
  return came;
}

Judgement judge_outputs(const std::vector<ExpectedOutput>& expected,
                        const std::vector<TensorData>& came) {
  Judgement last;
  for (size_t i = 0; i < expected.size(); ++i) {
    const std::string which = expected.size() > 1 ? "output " + std::to_string(i) + ": " : "";
    if (i >= came.size() || type_text(came[i].type) != type_text(expected[i].type)) {
      last.wrong_count = 1;
      last.text = which + (i < came.size() ? type_text(came[i].type) : "nothing") + " came, " +
                  type_text(expected[i].type) + " was wanted";
      return last;
    }
    last = judge_output(expected[i], came[i].bytes);
    if (last.is_right()) continue;
    last.text.insert(0, which);
    const bool is_of_element = last.worst < expected[i].elements.size();
    if (expected[i].is_of_set && is_of_element) last.text += set_text(expected, came, last.worst);
    return last;
  }
  return last;
}

}  // namespace backplane::conformance
