// Unique: what there is, each once; in ascending order or as it came. Before there is data, infer
// gives the most that there can be.
#include <algorithm>

#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

// The numbers of a slice of the input, in the order in which they lie.
using Slice = std::vector<Exact>;

struct Unique {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    Sizes sizes = {static_cast<int64_t>(element_count_of(x))};
    size_t axis = 0;
    if (Settings(request).has("axis")) {
      sizes = sizes_of(x);
      axis = axis_of(Settings(request).integer("axis", 0), sizes.size());
    }
    const int64_t all = sizes[axis];
    const auto kinds = request.inputs[0].bytes.empty()
                           ? all
                           : static_cast<int64_t>(first_of_each(slices_of(request)).size());
    sizes[axis] = kinds;
    Types types = {tensor_type_of(x.dtype, sizes), tensor_type_of(BP_DTYPE_INT64, {kinds}),
                   tensor_type_of(BP_DTYPE_INT64, {all}), tensor_type_of(BP_DTYPE_INT64, {kinds})};
    types.resize(std::min(types.size(), request.output_count));
    return types;
  }

  template <class S>
  static void run(Call<S>& call) {
    const std::vector<Slice> slices = slices_of(call.request);
    std::vector<size_t> kinds = first_of_each(slices);
    if (call.settings.integer("sorted", 1) != 0)
      std::sort(kinds.begin(), kinds.end(),
                [&](size_t a, size_t b) { return order_of(slices[a], slices[b]) < 0; });
    give_kinds(call, kinds);
    if (call.wants(1)) give(kinds, &call.out(1));
    if (call.wants(2)) give(kind_of_each(slices, kinds), &call.out(2));
    if (call.wants(3)) give(counts_of(slices, kinds), &call.out(3));
  }

 private:
  // How far slices reach: [outer, count, inner].
  struct Extent {
    int64_t outer = 1, count = 0, inner = 1;
    int64_t place(int64_t run, int64_t slice, int64_t i) const {
      return (run * count + slice) * inner + i;
    }
  };

  static Extent extent_of(const Request& request) {
    const Sizes sizes = sizes_of(request.inputs[0].type);
    Extent extent;
    extent.count = count_of(sizes);
    if (!Settings(request).has("axis")) return extent;
    const size_t axis = axis_of(Settings(request).integer("axis", 0), sizes.size());
    for (size_t i = 0; i < axis; ++i) extent.outer *= sizes[i];
    for (size_t i = axis + 1; i < sizes.size(); ++i) extent.inner *= sizes[i];
    extent.count = sizes[axis];
    return extent;
  }

  static std::vector<Slice> slices_of(const Request& request) {
    const Extent extent = extent_of(request);
    const TensorData& x = request.inputs[0];
    std::vector<Slice> slices(static_cast<size_t>(extent.count));
    for (int64_t run = 0; run < extent.outer; ++run)
      for (int64_t slice = 0; slice < extent.count; ++slice)
        for (int64_t i = 0; i < extent.inner; ++i)
          slices[static_cast<size_t>(slice)].push_back(exact_element(
              x.type.dtype, x.bytes.data(), static_cast<uint64_t>(extent.place(run, slice, i))));
    return slices;
  }

  // Element by element; no data of a case has a NaN, but what a faulty kernel reads may.
  static int order_of(const Slice& a, const Slice& b) {
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i] < b[i]) return -1;
      if (b[i] < a[i]) return 1;
      if (is_nan(a[i]) != is_nan(b[i])) return is_nan(a[i]) ? 1 : -1;
    }
    return 0;
  }

  static std::vector<size_t> first_of_each(const std::vector<Slice>& slices) {
    std::vector<size_t> first;
    for (size_t i = 0; i < slices.size(); ++i)
      if (place_of(slices, first, slices[i]) == first.size()) first.push_back(i);
    return first;
  }

  // Which of the kinds a slice is of; their number when of none.
  static size_t place_of(const std::vector<Slice>& slices, const std::vector<size_t>& kinds,
                         const Slice& slice) {
    const auto is_same = [&](size_t kind) { return order_of(slices[kind], slice) == 0; };
    return static_cast<size_t>(std::find_if(kinds.begin(), kinds.end(), is_same) - kinds.begin());
  }

  static std::vector<size_t> kind_of_each(const std::vector<Slice>& slices,
                                          const std::vector<size_t>& kinds) {
    std::vector<size_t> of_each;
    for (const Slice& slice : slices) of_each.push_back(place_of(slices, kinds, slice));
    return of_each;
  }

  static std::vector<size_t> counts_of(const std::vector<Slice>& slices,
                                       const std::vector<size_t>& kinds) {
    std::vector<size_t> counts(kinds.size());
    for (const size_t kind : kind_of_each(slices, kinds)) ++counts[kind];
    return counts;
  }

  template <class S>
  static void give_kinds(Call<S>& call, const std::vector<size_t>& kinds) {
    const Extent extent = extent_of(call.request);
    int64_t at = 0;
    for (int64_t run = 0; run < extent.outer; ++run)
      for (const size_t kind : kinds)
        for (int64_t i = 0; i < extent.inner; ++i)
          call.out()[at++] = call.in(0)[extent.place(run, static_cast<int64_t>(kind), i)];
  }

  template <class S>
  static void give(const std::vector<size_t>& numbers, Numbers<S>* out) {
    for (size_t i = 0; i < numbers.size(); ++i)
      (*out)[static_cast<int64_t>(i)] = S(static_cast<double>(numbers[i]));
  }
};

}  // namespace

void add_unique(References& all) {
  all.push_back(
      reference<Unique>("Unique", 17, Precision::kExact, {Fill::kUnits, Fill::kIntegers}));
}

}  // namespace backplane::conformance
