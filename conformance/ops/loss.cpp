// NegativeLogLikelihoodLoss, and SoftmaxCrossEntropyLoss, which takes the logarithms of the softmax
// first.
#include "ops/log_softmax.hpp"

namespace backplane::conformance {
namespace {

Types loss_types(const Request& request) {
  const bp_tensor_type_t& scores = request.inputs.at(0).type;
  Sizes labels = sizes_of(scores);
  if (labels.size() < 2) throw NotDefined{"no classes"};
  const int64_t classes = labels[1];
  labels.erase(labels.begin() + 1);
  if (sizes_of(request.inputs.at(1).type) != labels) throw NotDefined{"labels of other sizes"};
  if (has_input(request, 2) && sizes_of(request.inputs[2].type) != Sizes{classes})
    throw NotDefined{"no weight for each class"};
  const std::string reduction = Settings(request).text("reduction", "mean");
  if (reduction != "none" && reduction != "sum" && reduction != "mean")
    throw NotDefined{"no such reduction"};
  return {tensor_type_of(scores.dtype, reduction == "none" ? labels : Sizes())};
}

// A label that is ignored counts in no way; any other is a class, from the front.
template <class S>
void reduce(const Numbers<S>& logs, Call<S>& call) {
  const Rows rows = rows_along(logs.sizes, 1);
  const std::vector<int64_t> labels = integers_of(call.request.inputs[1]);
  const std::string reduction = call.settings.text("reduction", "mean");
  const bool ignores = call.settings.has("ignore_index");
  const int64_t ignored = call.settings.integer("ignore_index", 0);
  Sum<S> losses;
  Sum<S> weights;
  for (int64_t row = 0; row < rows.count; ++row) {
    const int64_t label = labels[static_cast<size_t>(row)];
    S loss(0);
    if (!ignores || label != ignored) {
      if (label < 0 || label >= rows.length) throw NotDefined{"a label of no class"};
      const S term = -logs[rows.first(row) + label * rows.step];
      // Weights are no integers, as scores may be: with a rounding of their own, no sum is exact.
      const S weight = call.has(2) ? call.in(2)[label] * S(1) : S(1);
      loss = call.has(2) ? term * weight : term;
      losses.add_product(term, weight);
      weights.add(weight);
    }
    if (reduction == "none") call.out()[row] = loss;
  }
  if (reduction == "none") return;
  call.out()[0] = reduction == "sum" ? losses.total() : losses.total() / weights.total();
}

struct NegativeLogLikelihoodLoss {
  static Types infer(const Request& request) { return loss_types(request); }
  template <class S>
  static void run(Call<S>& call) {
    if (call.out().count() != 0) reduce(call.in(0), call);
  }
};

struct SoftmaxCrossEntropyLoss {
  static Types infer(const Request& request) {
    Types types = loss_types(request);
    if (request.output_count > 1) types.push_back(request.inputs[0].type);
    return types;
  }
  template <class S>
  static void run(Call<S>& call) {
    Numbers<S> logs = call.in(0);
    const Rows rows = rows_along(logs.sizes, 1);
    if (rows.length == 0 || call.out().count() == 0) return;
    for (int64_t row = 0; row < rows.count; ++row)
      log_softmax(call.in(0), rows, rows.first(row), &logs);
    reduce(logs, call);
    if (call.wants(1)) call.out(1).elements = logs.elements;
  }
};

}  // namespace

void add_loss(References& all) {
  all.push_back(
      reference<NegativeLogLikelihoodLoss>("NegativeLogLikelihoodLoss", 17, Precision::kComposite,
                                           {Fill::kIntegers, Fill::kReal, Fill::kSpecial},
                                           {Slip::kIgnoresAttributes, Slip::kDropsLastTerm}));
  all.push_back(
      reference<SoftmaxCrossEntropyLoss>("SoftmaxCrossEntropyLoss", 17, Precision::kComposite,
                                         {Fill::kReal, Fill::kFar, Fill::kWide, Fill::kSpecial},
                                         {Slip::kIgnoresAttributes, Slip::kNoMaximum}));
}

}  // namespace backplane::conformance
