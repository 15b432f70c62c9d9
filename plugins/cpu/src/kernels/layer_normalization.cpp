// LayerNormalization: rows of the axes from `axis` on are brought to mean 0 and variance 1, then
// scaled and shifted. Statistics are computed in double whatever stash_type says, which is at least
// as exact, and stored in stash_type.
#include <algorithm>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "layer_loops.hpp"

namespace backplane::cpu {

namespace {

enum Place : uint32_t { kX, kScale, kShift, kInputCount, kY = 0, kMean = 1, kInverse = 2 };

// Scale or shift, stretched to x: where its element for one of x lies.
struct Stretched {
  uint32_t rank = 0;
  int64_t sizes[BP_MAX_RANK] = {};
  int64_t steps[BP_MAX_RANK] = {};
  bool is_row = true;  // it is one row of x

  Stretched() = default;
  Stretched(const bp_tensor_type_t& from, const bp_tensor_type_t& x, int64_t length)
      : rank(x.rank), is_row(static_cast<int64_t>(element_count(from)) == length) {
    int64_t step = 1;
    for (uint32_t i = 0; i < x.rank; ++i) {
      const uint32_t axis = x.rank - 1 - i;
      const int64_t size = i < from.rank ? from.shape[from.rank - 1 - i] : 1;
      sizes[axis] = x.shape[axis];
      steps[axis] = size == 1 ? 0 : step;
      is_row = is_row && (step == length ? size == 1 : size == x.shape[axis]);
      step *= size;
    }
  }
  int64_t index(int64_t element) const {
    int64_t at = 0;
    for (uint32_t axis = rank; axis-- > 0; element /= sizes[axis])
      at += element % sizes[axis] * steps[axis];
    return at;
  }
};

void store_statistic(const bp_tensor_t& to, int64_t row, double value) {
  if (to.type.dtype == BP_DTYPE_FLOAT32)
    data<float>(to)[row] = static_cast<float>(value);
  else if (to.type.dtype == BP_DTYPE_BFLOAT16)
    data<Bfloat16>(to)[row] = to_bfloat16(static_cast<float>(value));
}

template <class T>
class LayerNormalization : public Kernel {
 public:
  LayerNormalization(const Node& node, uint32_t axis)
      : axis_(axis),
        has_shift_(node.has_input(kShift)),
        output_count_(node.output_count()),
        epsilon_(static_cast<double>(node.float_attribute("epsilon", 1e-5F))),
        rows_(Levels<&LayerLoops<T>::rows>::best()) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = inputs[kX].type;
    const AxisShape shape = along_axes(type, axis_, type.rank);
    const Stretched scale(inputs[kScale].type, type, shape.length);
    const Stretched shift =
        has_shift_ ? Stretched(inputs[kShift].type, type, shape.length) : Stretched();
    const bool are_rows = scale.is_row && shift.is_row;
    parallel_pieces(shape.outer, shape.count(), [&](int64_t first, int64_t last) {
      for (int64_t row = first; row < last; row += LayerLoops<T>::kTogether) {
        const int64_t count = std::min(last - row, LayerLoops<T>::kTogether);
        RowStatistics found[LayerLoops<T>::kTogether];
        if (are_rows)
          run_rows(inputs, outputs, shape.length, row, count, found);
        else
          for (int64_t i = 0; i < count; ++i)
            found[i] = run_stretched(inputs, outputs, shape.length, row + i, scale, shift);
        store_statistics(outputs, row, count, found);
      }
    });
  }

 private:
  void run_rows(const bp_tensor_t* inputs, const bp_tensor_t* outputs, int64_t length, int64_t row,
                int64_t count, RowStatistics* found) const {
    rows_(data<const T>(inputs[kX]) + row * length, data<T>(outputs[kY]) + row * length, length,
          epsilon_, data<const T>(inputs[kScale]),
          has_shift_ ? data<const T>(inputs[kShift]) : nullptr, found, count);
  }

  void store_statistics(const bp_tensor_t* outputs, int64_t row, int64_t count,
                        const RowStatistics* found) const {
    for (int64_t i = 0; i < count; ++i) {
      if (output_count_ > kMean) store_statistic(outputs[kMean], row + i, found[i].mean);
      if (output_count_ > kInverse)
        store_statistic(outputs[kInverse], row + i, found[i].inverse_deviation);
    }
  }

  RowStatistics run_stretched(const bp_tensor_t* inputs, const bp_tensor_t* outputs, int64_t length,
                              int64_t row, const Stretched& scale, const Stretched& shift) const {
    const T* from = data<const T>(inputs[kX]) + row * length;
    const RowStatistics found = statistics_of(from, length, epsilon_);
    for (int64_t i = 0; i < length; ++i) {
      const int64_t at = row * length + i;
      const T* shifts = has_shift_ ? data<const T>(inputs[kShift]) + shift.index(at) : nullptr;
      LayerLoops<T>::normalize(from + i, data<T>(outputs[kY]) + at, 1, found,
                               data<const T>(inputs[kScale]) + scale.index(at), shifts);
    }
    return found;
  }

  uint32_t axis_;
  bool has_shift_;
  uint32_t output_count_;
  double epsilon_;
  void (*rows_)(const T*, T*, int64_t, double, const T*, const T*, RowStatistics*, int64_t);
};

void check_stretches(const Node& node, uint32_t input) {
  const bp_tensor_type_t& from = node.input(input);
  const bp_tensor_type_t& x = node.input(kX);
  bool fits = from.dtype == x.dtype && from.rank <= x.rank;
  for (uint32_t i = 1; fits && i <= from.rank; ++i) {
    const int64_t size = from.shape[from.rank - i];
    const int64_t wanted = x.shape[x.rank - i];
    fits = size == 1 || !sizes_differ(size, wanted);
  }
  if (!fits) refuse(node, to_text(from) + " does not stretch to " + to_text(x));
}

void check(const Node& node) {
  check_counts(node, kInputCount, 3);
  const bp_tensor_type_t& x = node.input(kX);
  if (!is_float(x.dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(x.dtype));
  const uint32_t axis = check_axis(node, node.int_attribute("axis", -1), x.rank);
  check_stretches(node, kScale);
  if (node.has_input(kShift)) check_stretches(node, kShift);
  check_follows(node, kY, x);
  bp_tensor_type_t statistic = x;
  statistic.dtype = static_cast<bp_dtype_t>(node.int_attribute("stash_type", BP_DTYPE_FLOAT32));
  if (statistic.dtype != BP_DTYPE_FLOAT32 && statistic.dtype != BP_DTYPE_BFLOAT16)
    refuse(node, "stash_type is float32 or bfloat16");
  for (uint32_t i = axis; i < x.rank; ++i) statistic.shape[i] = 1;
  for (uint32_t i = kMean; i <= kInverse; ++i)
    if (node.has_output(i)) check_follows(node, i, statistic);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  const bp_tensor_type_t& x = node.input(kX);
  std::unique_ptr<Kernel> made;
  visit_floats(x.dtype, [&](auto type) {
    made = std::make_unique<LayerNormalization<typename decltype(type)::type>>(
        node, check_axis(node, node.int_attribute("axis", -1), x.rank));
  });
  return made;
}

}  // namespace

void add_layer_normalization(OperatorTable& table) {
  table.push_back({"LayerNormalization", {17}, check, create});
}

}  // namespace backplane::cpu
