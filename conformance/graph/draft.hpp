// A drawn graph while it grows: values with a bound of their size, random choices, and the steps
// that motifs are made of.
#pragma once

#include <string>
#include <vector>

#include "graph/generator.hpp"

namespace backplane::conformance {

class Draft {
 public:
  explicit Draft(const DrawOptions& options);

  // ---- choices
  uint64_t below(uint64_t count) { return next() % count; }
  bool is_chance(uint64_t one_in) { return below(one_in) == 0; }
  template <class T, size_t kCount>
  const T& one_of(const T (&all)[kCount]) {
    return all[below(kCount)];
  }

  bool is_exact() const { return options_.is_exact; }
  bool has_batch_constants() const { return options_.has_batch_constants; }
  bool may_use(const std::string& op) const {
    return options_.excluded.count(op + (is_half_ ? kOfHalf : "")) == 0;
  }
  size_t node_count() const { return graph_.nodes.size(); }
  // A copy: values move when others are added.
  std::vector<int64_t> shape(size_t value) const { return graph_.values[value].shape; }
  double limit(size_t value) const { return limits_[value]; }
  int64_t batch() const { return batch_; }

  // From here on values are of float16, or of float32.
  void use_half(bool is_half) { is_half_ = is_half; }
  bool is_half() const { return is_half_; }

  // ---- values
  size_t add_input(const std::vector<int64_t>& shape);
  size_t add_constant(const std::vector<int64_t>& shape);  // random
  size_t add_constant(const std::vector<int64_t>& shape, float least, float most);
  size_t add_scalar(float value);
  size_t add_index(const std::vector<int64_t>& numbers);  // sizes or axes
  size_t node(const std::string& op, std::vector<size_t> inputs, const std::vector<int64_t>& shape,
              double limit);
  DrawnNode& last() { return graph_.nodes.back(); }

  size_t unary(const std::string& op, size_t x);
  size_t binary(const std::string& op, size_t a,
                size_t b);  // one's shape is the other's, broadcast

  // ---- values that motifs start from
  // The value, or a Clip of it where it may have grown and Clip may be used.
  size_t made_small(size_t value);
  // Made small; one that cannot be is used no further.
  void keep(size_t value);
  // Of the rank; there is always one, if need be a Cast.
  size_t pick(size_t rank);
  // Another one of the same shape, or a constant.
  size_t like(size_t value);

  DrawnGraph take();  // with its outputs

 private:
  uint64_t next();
  float number(size_t value, size_t index) const;  // from 0 to 1, whatever else there is
  size_t add_value(const std::vector<int64_t>& shape, double limit, const char* letter);
  void fill(size_t value, float least, float most);
  bool is_small(size_t value) const;
  bool is_small_enough(size_t value, bool is_half) const;
  size_t cast(size_t value);
  void choose_outputs();

  DrawOptions options_;
  uint64_t counter_ = 0;
  bool is_half_ = false;
  int64_t batch_;
  DrawnGraph graph_;
  std::vector<double> limits_;  // of magnitudes
  std::vector<size_t> kept_;
};

}  // namespace backplane::conformance
