// Transposed convolution over any number of spatial axes: every element of the input, times the
// filter, is added to the window of the result that lies over it.
#include <algorithm>

#include "ops/reference.hpp"
#include "ops/windows.hpp"

namespace backplane::conformance {
namespace {

struct ConvTranspose {
  static Types infer(const Request& request) {
    const Shapes all(request);
    Sizes sizes = {all.batch, all.group * all.filters};
    for (const Window& window : all.windows) sizes.push_back(window.input);
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Shapes all(call.request);
    std::vector<Cells> cells;  // of each element of a channel
    for (Odometer at(counts_of(all.windows)); !at.done(); at.next())
      cells.push_back(cells_of(all.windows, at.index()));
    const int64_t plane = steps_of(call.out().sizes)[1];
    for (int64_t n = 0; n < all.batch; ++n)
      for (int64_t channel = 0; channel < all.group * all.filters; ++channel) {
        const std::vector<Sum<S>> sums = sums_of(call, all, cells, n, channel, plane);
        const bool is_wild = has_wild_weight(call.in(1), all, channel);
        for (int64_t i = 0; i < plane; ++i) {
          const S sum = sums[static_cast<size_t>(i)].total();
          // Elements put between the input's are 0, or not there.
          call.out()[(n * all.group * all.filters + channel) * plane + i] =
              is_wild ? with_freedom(sum, kNanToo) : sum;
        }
      }
  }

 private:
  struct Shapes {
    int64_t batch, channels, group, depth, filters, kernel_size;  // depth, filters: of one group
    Windows windows;

    explicit Shapes(const Request& request) {
      const Settings settings(request);
      const Sizes x = sizes_of(request.inputs.at(0).type);
      const Sizes w = sizes_of(request.inputs.at(1).type);
      if (x.size() < 3 || w.size() != x.size()) throw NotDefined{"no image or no filters"};
      const Sizes kernel(w.begin() + 2, w.end());
      if (settings.integers("kernel_shape", kernel) != kernel)
        throw NotDefined{"kernel_shape is another than the filters'"};
      batch = x[0];
      channels = x[1];
      group = settings.integer("group", 1);
      if (group < 1 || w[0] != channels || channels % group != 0)
        throw NotDefined{"channels that no group fits"};
      depth = channels / group;
      filters = w[1];
      if (has_input(request, 2) && sizes_of(request.inputs[2].type) != Sizes{group * filters})
        throw NotDefined{"no bias for each filter"};
      kernel_size = count_of(kernel);
      windows = spread_windows_of(settings, {x.begin() + 2, x.end()}, kernel);
    }
    // Where the weights from a channel of the input to one of the result begin.
    int64_t weights_of(int64_t from, int64_t to) const {
      const int64_t row = slips(Slip::kFirstGroup) ? from % depth : from;
      return (row * filters + to % filters) * kernel_size;
    }
  };

  template <class S>
  static std::vector<Sum<S>> sums_of(Call<S>& call, const Shapes& all,
                                     const std::vector<Cells>& cells, int64_t n, int64_t channel,
                                     int64_t plane) {
    std::vector<Sum<S>> sums(static_cast<size_t>(plane));
    const auto image = static_cast<int64_t>(cells.size());
    for (int64_t i = 0; i < all.depth; ++i) {
      const int64_t from = channel / all.filters * all.depth + i;
      const int64_t weights = all.weights_of(from, channel);
      for (int64_t at = 0; at < image; ++at)
        for (const Cells::Cell& cell : cells[static_cast<size_t>(at)].inside)
          sums[static_cast<size_t>(cell.place)].add_product(
              call.in(0)[(n * all.channels + from) * image + at],
              call.in(1)[weights + cell.number]);
    }
    if (call.has(2))
      for (Sum<S>& sum : sums) sum.add(call.in(2)[channel]);
    return sums;
  }

  template <class S>
  static bool has_wild_weight(const Numbers<S>& weights, const Shapes& all, int64_t channel) {
    for (int64_t i = 0; i < all.depth; ++i) {
      const int64_t first = all.weights_of(channel / all.filters * all.depth + i, channel);
      for (int64_t at = first; at < first + all.kernel_size; ++at)
        if (!is_finite(exact(weights[at]))) return true;
    }
    return false;
  }
};

}  // namespace

void add_conv_transpose(References& all) {
  all.push_back(reference<ConvTranspose>(
      "ConvTranspose", 17, Precision::kDot,
      {Fill::kIntegers, Fill::kUnits, Fill::kReal, Fill::kCancelling, Fill::kSpecial},
      {Slip::kSwapsPads, Slip::kSwapsAxes, Slip::kFirstGroup}));
}

}  // namespace backplane::conformance
