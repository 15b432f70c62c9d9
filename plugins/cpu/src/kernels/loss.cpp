// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: what every label costs, times the weight
// of its class; one by one, added up, or as their mean by weight. Everything between input and
// output is in double. A label that is neither a class nor `ignore_index` fails the launch; a mean
// of nothing is NaN.
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "axis.hpp"
#include "indices.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kScores, kLabels, kWeights };
constexpr uint32_t kLogarithms = 1;
enum class Reduction { kNone, kSum, kMean };

Reduction read_reduction(const Node& node) {
  const std::string_view text = node.string_attribute("reduction", "mean");
  if (text == "none") return Reduction::kNone;
  if (text == "sum") return Reduction::kSum;
  if (text == "mean") return Reduction::kMean;
  refuse(node, "reduction \"" + std::string(text) + "\" is none that ONNX defines");
}

// The logarithm of a score's softmax is (score - largest) - log_of_sum.
struct LogSoftmaxOfRow {
  double largest = -std::numeric_limits<double>::infinity();
  double log_of_sum = 0;

  double of(double score) const { return (score - largest) - log_of_sum; }
};

template <class T>
LogSoftmaxOfRow log_softmax(const T* row, int64_t length, int64_t step) {
  LogSoftmaxOfRow found;
  for (int64_t i = 0; i < length; ++i) {
    const auto score = static_cast<double>(load(row[i * step]));
    if (score > found.largest) found.largest = score;
  }
  double sum = 0;
  for (int64_t i = 0; i < length; ++i)
    sum += std::exp(static_cast<double>(load(row[i * step])) - found.largest);
  found.log_of_sum = std::log(sum);
  return found;
}

template <class T>
T stored(double value) {
  return store<T>(static_cast<Computed<T>>(value));
}

// Scores are logarithms already where `takes_softmax` is false.
template <class T, bool takes_softmax>
class Loss : public Kernel {
 public:
  explicit Loss(const Node& node)
      : op_(node.op()),
        reduction_(read_reduction(node)),
        ignores_(node.attribute("ignore_index") != nullptr),
        ignored_(node.int_attribute("ignore_index", 0)),
        has_weights_(node.has_input(kWeights)),
        has_logarithms_(node.has_output(kLogarithms)) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const AxisShape shape = along_axis(inputs[kScores].type, 1);
    Totals totals;
    for (int64_t row = 0; row < shape.rows(); ++row) {
      const T* scores = data<const T>(inputs[kScores]) + shape.begin_of(row);
      LogSoftmaxOfRow softmax;
      if (takes_softmax) softmax = log_softmax(scores, shape.length, shape.inner);
      if (has_logarithms_) store_logarithms(outputs[kLogarithms], shape, row, scores, softmax);
      const double loss = loss_of(inputs, shape, row, softmax, totals);
      if (reduction_ == Reduction::kNone) data<T>(outputs[0])[row] = stored<T>(loss);
    }
    if (reduction_ == Reduction::kSum) *data<T>(outputs[0]) = stored<T>(totals.losses);
    if (reduction_ == Reduction::kMean)
      *data<T>(outputs[0]) = stored<T>(totals.losses / totals.weights);
  }

 private:
  struct Totals {
    double losses = 0;
    double weights = 0;
  };

  // Of one row; it counts in `totals`.
  double loss_of(const bp_tensor_t* inputs, const AxisShape& shape, int64_t row,
                 const LogSoftmaxOfRow& softmax, Totals& totals) const {
    const Indices labels(inputs[kLabels]);
    if (ignores_ && labels[row] == ignored_) return 0;
    const int64_t label = class_of(labels[row], shape.length);
    const int64_t at = shape.begin_of(row) + label * shape.inner;
    const auto score = static_cast<double>(load(data<const T>(inputs[kScores])[at]));
    const double weight =
        has_weights_ ? static_cast<double>(load(data<const T>(inputs[kWeights])[label])) : 1;
    const double loss = -(takes_softmax ? softmax.of(score) : score) * weight;
    totals.losses += loss;
    totals.weights += weight;
    return loss;
  }

  int64_t class_of(int64_t label, int64_t classes) const {
    if (label < 0 || label >= classes)
      fail(BP_STATUS_INVALID_ARGUMENT, op_ + ": label " + std::to_string(label) + " is none of " +
                                           std::to_string(classes) + " classes");
    return label;
  }

  static void store_logarithms(const bp_tensor_t& to, const AxisShape& shape, int64_t row,
                               const T* scores, const LogSoftmaxOfRow& softmax) {
    T* out = data<T>(to) + shape.begin_of(row);
    for (int64_t i = 0; i < shape.length; ++i) {
      const int64_t at = i * shape.inner;
      out[at] = stored<T>(softmax.of(static_cast<double>(load(scores[at]))));
    }
  }

  std::string op_;
  Reduction reduction_;
  bool ignores_;
  int64_t ignored_;
  bool has_weights_;
  bool has_logarithms_;
};

// Labels are the scores' shape without the classes.
bp_tensor_type_t labels_of(const Node& node) {
  const bp_tensor_type_t& scores = node.input(kScores);
  bp_tensor_type_t labels = {node.input(kLabels).dtype, 0, 0, {}};
  for (uint32_t axis = 0; axis < scores.rank; ++axis)
    if (axis != 1) labels.shape[labels.rank++] = scores.shape[axis];
  return labels;
}

void check_weights(const Node& node) {
  if (!node.has_input(kWeights)) return;
  bp_tensor_type_t expected = {node.input(kScores).dtype, 1, 0, {}};
  expected.shape[0] = node.input(kScores).shape[1];
  if (!are_like(node.input(kWeights), expected))
    refuse(node, "weights are " + to_text(expected) + ", not " + to_text(node.input(kWeights)));
}

void check(const Node& node) {
  const bp_tensor_type_t& scores = node.input(kScores);
  if (!is_float(scores.dtype) || scores.rank < 2)
    refuse(node, "only floating-point numbers for each class, not " + to_text(scores));
  check_indices(node, kLabels);
  bp_tensor_type_t loss = labels_of(node);
  if (!are_like(node.input(kLabels), loss))
    refuse(node, "labels are " + to_text(loss) + ", not " + to_text(node.input(kLabels)));
  check_weights(node);
  loss.dtype = scores.dtype;
  if (read_reduction(node) != Reduction::kNone) loss.rank = 0;
  check_follows(node, 0, loss);
}

void check_likelihood(const Node& node) {
  check_counts(node, 3, 1);
  check(node);
}

void check_entropy(const Node& node) {
  check_counts(node, 3, 2);
  check(node);
  if (node.has_output(kLogarithms)) check_follows(node, kLogarithms, node.input(kScores));
}

template <bool takes_softmax>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kScores).dtype, [&](auto type) {
    made = std::make_unique<Loss<typename decltype(type)::type, takes_softmax>>(node);
  });
  return made;
}

}  // namespace

void add_loss(OperatorTable& table) {
  table.push_back({"NegativeLogLikelihoodLoss", {12, 13, 22}, check_likelihood, create<false>});
  table.push_back({"SoftmaxCrossEntropyLoss", {12, 13}, check_entropy, create<true>});
}

}  // namespace backplane::cpu
