// MaxUnpool: zeros, and the elements where their indices say, counted in what the pool's windows
// span; in a larger output that stands at its beginning, as in the published test.
#include <set>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

struct MaxUnpool {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    if (x.rank < 3) throw NotDefined{"no spatial axis"};
    if (sizes_of(request.inputs.at(1).type) != sizes_of(x)) throw NotDefined{"other indices"};
    const Sizes sizes = spanned(request);
    check_indices(request, sizes);
    if (!has_input(request, 2)) return {tensor_type_of(x.dtype, sizes)};
    const Sizes told = integers_of(request.inputs[2]);
    if (Settings(request).has("pads")) throw NotDefined{"pads beside output_shape"};
    for (size_t axis = 0; axis < sizes.size(); ++axis)
      if (told.size() != sizes.size() || told[axis] < sizes[axis])
        throw NotDefined{"an output that does not hold what there is"};
    return {tensor_type_of(x.dtype, told)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes sizes = spanned(call.request);
    const Sizes indices = integers_of(call.request.inputs[1]);
    for (S& element : call.out().elements) element = S(0);
    int64_t next = 0;
    for (const int64_t index : indices) {
      const int64_t place = moved(index, sizes, call.out().sizes);
      // Only of windows taken for others, places are not in the output.
      if (place < call.out().count()) call.out()[place] = call.in(0)[next];
      ++next;
    }
  }

 private:
  static Sizes spanned(const Request& request) {
    const Settings settings(request);
    Sizes sizes = sizes_of(request.inputs[0].type);
    const size_t rank = sizes.size() - 2;
    const Sizes kernel = settings.integers("kernel_shape", Sizes(rank, 1));
    const Sizes strides = settings.integers("strides", Sizes(rank, 1));
    const Sizes pads = settings.integers("pads", Sizes(2 * rank, 0));
    if (kernel.size() != rank || strides.size() != rank || pads.size() != 2 * rank)
      throw NotDefined{"a list of another length"};
    for (size_t axis = 0; axis < rank; ++axis)
      sizes[axis + 2] =
          (sizes[axis + 2] - 1) * strides[axis] + kernel[axis] - pads[axis] - pads[axis + rank];
    return sizes;
  }

  // What stands in one place twice is not said.
  static void check_indices(const Request& request, const Sizes& sizes) {
    if (request.inputs[1].bytes.empty()) return;
    int64_t most = 1;
    for (const int64_t size : sizes) most *= size;
    std::set<int64_t> seen;
    for (const int64_t index : integers_of(request.inputs[1]))
      if (index < 0 || index >= most || !seen.insert(index).second)
        throw NotDefined{"an index that is out of range, or there twice"};
  }

  static int64_t moved(int64_t index, const Sizes& from, const Sizes& to) {
    int64_t place = 0;
    int64_t step = 1;
    for (size_t axis = from.size(); axis-- > 0;) {
      place += index % from[axis] * step;
      index /= from[axis];
      step *= to[axis];
    }
    return place;
  }
};

}  // namespace

void add_max_unpool(References& all) {
  all.push_back(reference<MaxUnpool>("MaxUnpool", 17, Precision::kExact,
                                     {Fill::kIntegers, Fill::kSpecial},
                                     {Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
