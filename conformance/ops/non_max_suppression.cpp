// NonMaxSuppression: rows of batch, class and box. Before there is data, infer gives the most that
// there can be. Ties of scores, and overlaps and scores that are just the threshold, are not said:
// no case asks for them.
#include <algorithm>
#include <array>

#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

struct NonMaxSuppression {
  static Types infer(const Request& request) {
    const Sizes boxes = sizes_of(request.inputs.at(0).type);
    const Sizes scores = sizes_of(request.inputs.at(1).type);
    if (boxes.size() != 3 || scores.size() != 3 || boxes[2] != 4 || boxes[0] != scores[0] ||
        boxes[1] != scores[2])
      throw NotDefined{"no score for each box"};
    const bool has_data = !request.inputs[0].bytes.empty() || count_of(boxes) == 0;
    const int64_t rows = has_data ? static_cast<int64_t>(chosen(request).size()) : count_of(scores);
    return {tensor_type_of(BP_DTYPE_INT64, {rows, 3})};
  }

  template <class S>
  static void run(Call<S>& call) {
    int64_t at = 0;
    for (const Row& row : chosen(call.request))
      for (const int64_t number : row) call.out()[at++] = S(static_cast<double>(number));
  }

 private:
  using Row = std::array<int64_t, 3>;
  struct Span {
    Exact low, high;
    Exact length() const { return high - low; }
  };
  struct Box {
    Span y, x;
  };

  static Exact number(const Request& request, size_t input, int64_t index) {
    const TensorData& data = request.inputs[input];
    return exact_element(data.type.dtype, data.bytes.data(), static_cast<uint64_t>(index));
  }

  static Span span_of(Exact a, Exact b) { return a < b ? Span{a, b} : Span{b, a}; }
  static Span around(Exact centre, Exact length) {
    return {centre - length / 2, centre + length / 2};
  }

  static Box box_at(const Request& request, int64_t box) {
    const auto at = [&](int64_t i) { return number(request, 0, 4 * box + i); };
    if (Settings(request).integer("center_point_box", 0) != 0)
      return {around(at(1), at(3)), around(at(0), at(2))};
    return {span_of(at(0), at(2)), span_of(at(1), at(3))};
  }

  static Exact shared(const Span& a, const Span& b) {
    return std::max<Exact>(std::min(a.high, b.high) - std::max(a.low, b.low), 0);
  }

  // Is the intersection more than `share` of the union? Without a division.
  static bool overlaps(const Box& a, const Box& b, Exact share) {
    const Exact both = shared(a.y, b.y) * shared(a.x, b.x);
    const Exact either = a.y.length() * a.x.length() + b.y.length() * b.x.length() - both;
    return both > share * either;
  }

  static std::vector<Row> chosen(const Request& request) {
    std::vector<Row> rows;
    const Sizes scores = sizes_of(request.inputs[1].type);
    for (int64_t batch = 0; batch < scores[0]; ++batch)
      for (int64_t one = 0; one < scores[1]; ++one)
        for (const int64_t box : chosen_of(request, batch, one)) rows.push_back({batch, one, box});
    return rows;
  }

  static std::vector<int64_t> chosen_of(const Request& request, int64_t batch, int64_t one) {
    const Sizes scores = sizes_of(request.inputs[1].type);
    const int64_t count = scores[2];
    const auto score = [&](int64_t box) {
      return number(request, 1, (batch * scores[1] + one) * count + box);
    };
    const int64_t most = has_input(request, 2) ? integers_of(request.inputs[2])[0] : 0;
    const Exact share = has_input(request, 3) ? number(request, 3, 0) : Exact(0);
    std::vector<int64_t> left;
    for (int64_t box = 0; box < count; ++box)
      if (!has_input(request, 4) || score(box) > number(request, 4, 0)) left.push_back(box);
    std::vector<int64_t> kept;
    while (!left.empty() && static_cast<int64_t>(kept.size()) < most) {
      const auto best = std::max_element(left.begin(), left.end(),
                                         [&](int64_t a, int64_t b) { return score(a) < score(b); });
      const int64_t box = *best;
      kept.push_back(box);
      const Box chosen = box_at(request, batch * count + box);
      left.erase(std::remove_if(left.begin(), left.end(),
                                [&](int64_t other) {
                                  return other == box ||
                                         overlaps(box_at(request, batch * count + other), chosen,
                                                  share);
                                }),
                 left.end());
    }
    return kept;
  }
};

}  // namespace

void add_non_max_suppression(References& all) {
  all.push_back(
      reference<NonMaxSuppression>("NonMaxSuppression", 17, Precision::kExact, {Fill::kIntegers}));
}

}  // namespace backplane::conformance
