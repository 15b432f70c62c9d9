// NonMaxSuppression: of the boxes of each batch and class those of the highest scores that overlap
// no box chosen before by too much. Of equal scores the lower index comes first, NaN is the lowest.
#include <algorithm>
#include <string>

#include "axis.hpp"
#include "sized_by_data.hpp"

namespace backplane::cpu {

namespace {

enum SuppressionInput : uint32_t { kBoxes, kScores, kMostBoxes, kOverlap, kLeastScore };

struct Box {
  double top, left, bottom, right;

  double area() const { return (bottom - top) * (right - left); }
};

// From two opposite corners, or from a centre, a width and a height.
Box box_at(const float* four, bool is_centred) {
  const double a = four[0], b = four[1], c = four[2], d = four[3];
  if (is_centred) return {b - d / 2, a - c / 2, b + d / 2, a + c / 2};
  return {std::min(a, c), std::min(b, d), std::max(a, c), std::max(b, d)};
}

// The share of what both cover in what either does; 0 where neither covers anything.
double overlap_of(const Box& a, const Box& b) {
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double both = std::max(height, 0.0) * std::max(width, 0.0);
  const double either = a.area() + b.area() - both;
  return either > 0 ? both / either : 0;
}

template <class T>
T number_or(const bp_tensor_t& scalar, T otherwise) {
  const T* given = data<const T>(scalar);
  return given != nullptr ? *given : otherwise;
}

// Whether those sizes that are known are of scores for each box.
bool are_of_each(const bp_tensor_type_t& boxes, const bp_tensor_type_t& scores) {
  return !sizes_differ(boxes.shape[2], 4) && !sizes_differ(boxes.shape[0], scores.shape[0]) &&
         !sizes_differ(boxes.shape[1], scores.shape[2]);
}

std::string mismatch(const bp_tensor_type_t& boxes, const bp_tensor_type_t& scores) {
  return to_text(scores) + " has no score for each of " + to_text(boxes);
}

class NonMaxSuppression : public SizedByData {
 public:
  explicit NonMaxSuppression(const Node& node)
      : SizedByData({true}),
        is_centred_(node.int_attribute("center_point_box", 0) != 0),
        input_count_(node.input_count()) {}

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& scores = inputs[kScores].type;
    if (!are_of_each(inputs[kBoxes].type, scores))
      fail(BP_STATUS_INVALID_ARGUMENT,
           "NonMaxSuppression: " + mismatch(inputs[kBoxes].type, scores));
    const int64_t classes = scores.shape[1];
    const int64_t count = scores.shape[2];
    const Wanted wanted = wanted_of(inputs);
    auto* out = data<int64_t>(outputs[0]);
    bp_tensor_type_t real = outputs[0].type;
    real.shape[0] = 0;
    for (int64_t batch = 0; batch < scores.shape[0]; ++batch)
      for (int64_t one = 0; one < classes; ++one) {
        const float* const boxes = data<const float>(inputs[kBoxes]) + batch * count * 4;
        const float* const score =
            data<const float>(inputs[kScores]) + (batch * classes + one) * count;
        for (const int64_t box : chosen(boxes, score, count, wanted)) {
          *out++ = batch;
          *out++ = one;
          *out++ = box;
          ++real.shape[0];
        }
      }
    store_sizes(outputs, 0, real);
  }

 private:
  struct Wanted {
    int64_t most;
    double overlap;
    bool has_least;
    float least;
  };

  Wanted wanted_of(const bp_tensor_t* inputs) const {
    const auto has = [&](uint32_t input) {
      return input < input_count_ && inputs[input].buffer != nullptr;
    };
    const bp_tensor_t none = {};
    return {
        std::max<int64_t>(number_or<int64_t>(has(kMostBoxes) ? inputs[kMostBoxes] : none, 0), 0),
        static_cast<double>(number_or<float>(has(kOverlap) ? inputs[kOverlap] : none, 0)),
        has(kLeastScore), number_or<float>(has(kLeastScore) ? inputs[kLeastScore] : none, 0)};
  }

  std::vector<int64_t> chosen(const float* boxes, const float* scores, int64_t count,
                              const Wanted& wanted) const {
    std::vector<int64_t> order;
    for (int64_t i = 0; i < count; ++i)
      if (!wanted.has_least || scores[i] > wanted.least) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [scores](int64_t a, int64_t b) {
      return scores[a] > scores[b] || (scores[a] == scores[a] && scores[b] != scores[b]);
    });
    std::vector<int64_t> kept;
    std::vector<Box> before;
    for (const int64_t i : order) {
      if (static_cast<int64_t>(kept.size()) >= wanted.most) break;
      const Box box = box_at(boxes + 4 * i, is_centred_);
      const bool is_over = std::any_of(before.begin(), before.end(), [&](const Box& other) {
        return overlap_of(box, other) > wanted.overlap;
      });
      if (is_over) continue;
      kept.push_back(i);
      before.push_back(box);
    }
    return kept;
  }

  const bool is_centred_;
  const uint32_t input_count_;
};

void check_scalar(const Node& node, uint32_t input, bp_dtype_t dtype) {
  if (!node.has_input(input)) return;
  const bp_tensor_type_t& type = node.input(input);
  const bool is_one = type.rank == 0 || (type.rank == 1 && !sizes_differ(type.shape[0], 1));
  if (type.dtype != dtype || !is_one)
    refuse(node, "input " + std::to_string(input) + " is " + to_text(type) + ", not one " +
                     name_of(dtype));
}

void check(const Node& node) {
  check_counts(node, 5, 1);
  const bp_tensor_type_t& boxes = node.input(kBoxes);
  const bp_tensor_type_t& scores = node.input(kScores);
  for (const bp_tensor_type_t* type : {&boxes, &scores})
    if (type->dtype != BP_DTYPE_FLOAT32 || type->rank != 3)
      refuse(node, to_text(*type) + " is no float32 of three axes");
  if (!are_of_each(boxes, scores)) refuse(node, mismatch(boxes, scores));
  check_scalar(node, kMostBoxes, BP_DTYPE_INT64);
  check_scalar(node, kOverlap, BP_DTYPE_FLOAT32);
  check_scalar(node, kLeastScore, BP_DTYPE_FLOAT32);
  if (!node.has_output(0) || node.output(0).dtype != BP_DTYPE_INT64 || node.output(0).rank != 2)
    refuse(node, "its output is no rows of int64");
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<NonMaxSuppression>(node);
}

}  // namespace

void add_non_max_suppression(OperatorTable& table) {
  table.push_back({"NonMaxSuppression", {11}, check, create});
}

}  // namespace backplane::cpu
