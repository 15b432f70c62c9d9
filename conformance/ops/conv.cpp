// Convolution over any number of spatial axes.
#include <algorithm>
#include <type_traits>

#include "ops/long_sum.hpp"
#include "ops/reference.hpp"
#include "ops/windows.hpp"

namespace backplane::conformance {
namespace {

struct Conv {
  static Types infer(const Request& request) {
    const Shapes all(request);
    Sizes sizes = {all.batch, all.filters};
    const Sizes counts = counts_of(all.windows);
    sizes.insert(sizes.end(), counts.begin(), counts.end());
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Shapes all(call.request);
    const std::vector<bool> is_wild = wild_filters(call.in(1), all);
    const int64_t plane = count_of(counts_of(all.windows));
    Rows rows(call, all);
    for (Odometer at(counts_of(all.windows)); !at.done(); at.next()) {
      const Cells cells = cells_of(all.windows, at.index());
      for (int64_t n = 0; n < all.batch; ++n)
        for (int64_t filter = 0; filter < all.filters; ++filter) {
          if (filter % (all.filters / all.group) == 0) rows.see(cells, all.image_of(n, filter, 0));
          // Padding is 0, or left out: what 0 times infinity gives is not said.
          const bool is_open = is_wild[static_cast<size_t>(filter)] && !cells.padding.empty();
          const bool is_quick = rows.are_there() && !is_open;
          S sum = window_sum(call, all, cells, is_quick ? &rows : nullptr, n, filter);
          if (is_open) sum = with_freedom(sum, kNanToo);
          call.out()[(n * all.filters + filter) * plane + at.place()] = sum;
        }
    }
  }

 private:
  struct Shapes {
    int64_t batch, channels, filters, group, depth, kernel_size, image_size;
    Windows windows;

    explicit Shapes(const Request& request) {
      const Settings settings(request);
      const Sizes x = sizes_of(request.inputs.at(0).type);
      const Sizes w = sizes_of(request.inputs.at(1).type);
      if (x.size() < 3 || w.size() != x.size()) throw NotDefined{"no image or no filters"};
      const Sizes image(x.begin() + 2, x.end());
      const Sizes kernel(w.begin() + 2, w.end());
      if (settings.integers("kernel_shape", kernel) != kernel)
        throw NotDefined{"kernel_shape is another than the filters'"};
      batch = x[0];
      channels = x[1];
      filters = w[0];
      depth = w[1];
      group = settings.integer("group", 1);
      if (group < 1 || depth * group != channels || filters % group != 0)
        throw NotDefined{"channels that no group fits"};
      if (has_input(request, 2) && sizes_of(request.inputs[2].type) != Sizes{filters})
        throw NotDefined{"no bias for each filter"};
      kernel_size = count_of(kernel);
      image_size = count_of(image);
      windows = windows_of(settings, image, kernel);
    }
    int64_t weights_of(int64_t filter) const {
      const int64_t per_group = filters / group;
      return (slips(Slip::kFirstGroup) ? filter % per_group : filter) * depth * kernel_size;
    }
    int64_t image_of(int64_t n, int64_t filter, int64_t channel) const {
      return (n * channels + filter / (filters / group) * depth + channel) * image_size;
    }
  };

  // What one window of a group sees, and the filters on it, as rows of doubles. Padding is zeros:
  // they change no sum of finite products.
  class Rows {
   public:
    template <class S>
    Rows(const Call<S>& call, const Shapes& all)
        : all_(all), image_(factors_of(call.in(0))), weights_(factors_of(call.in(1))) {}
    bool are_there() const { return !image_.empty() && !weights_.empty(); }

    void see(const Cells& cells, int64_t image) {
      if (!are_there()) return;
      terms_ = all_.depth * static_cast<int64_t>(cells.inside.size());
      seen_.assign(static_cast<size_t>(all_.depth * all_.kernel_size), 0);
      for (int64_t channel = 0; channel < all_.depth; ++channel)
        for (const Cells::Cell& cell : cells.inside)
          seen_[static_cast<size_t>(channel * all_.kernel_size + cell.number)] =
              image_[static_cast<size_t>(image + channel * all_.image_size + cell.place)];
    }

    void add_to(Sum<Bounded>* sum, int64_t filter) const {
      const LongSum row =
          sum_of_products(seen_.data(), &weights_[static_cast<size_t>(all_.weights_of(filter))],
                          static_cast<int64_t>(seen_.size()));
      sum->add_products(row.value, row.size, row.error, terms_);
    }

   private:
    const Shapes& all_;
    std::vector<double> image_;
    std::vector<double> weights_;
    std::vector<double> seen_;
    int64_t terms_ = 0;
  };

  template <class S>
  static void add_window(Call<S>& call, const Shapes& all, const Cells& cells, int64_t n,
                         int64_t filter, Sum<S>* sum) {
    for (int64_t channel = 0; channel < all.depth; ++channel) {
      const int64_t image = all.image_of(n, filter, channel);
      const int64_t weights = all.weights_of(filter) + channel * all.kernel_size;
      for (const Cells::Cell& cell : cells.inside)
        sum->add_product(call.in(0)[image + cell.place], call.in(1)[weights + cell.number]);
    }
  }

  template <class S>
  static S window_sum(Call<S>& call, const Shapes& all, const Cells& cells, const Rows* rows,
                      int64_t n, int64_t filter) {
    Sum<S> sum;
    if constexpr (std::is_same_v<S, Bounded>) {
      rows != nullptr ? rows->add_to(&sum, filter) : add_window(call, all, cells, n, filter, &sum);
    } else {
      add_window(call, all, cells, n, filter, &sum);
    }
    if (call.has(2)) sum.add(call.in(2)[filter]);
    return sum.total();
  }

  template <class S>
  static std::vector<bool> wild_filters(const Numbers<S>& weights, const Shapes& all) {
    std::vector<bool> is_wild;
    const int64_t size = all.depth * all.kernel_size;
    for (int64_t filter = 0; filter < all.filters; ++filter) {
      const auto begin = weights.elements.begin() + filter * size;
      is_wild.push_back(std::any_of(begin, begin + size,
                                    [](const S& weight) { return !is_finite(exact(weight)); }));
    }
    return is_wild;
  }
};

}  // namespace

void add_conv(References& all) {
  all.push_back(reference<Conv>(
      "Conv", 17, Precision::kDot,
      {Fill::kIntegers, Fill::kUnits, Fill::kReal, Fill::kCancelling, Fill::kSpecial},
      {Slip::kSwapsPads, Slip::kSwapsAxes, Slip::kFirstGroup}));
}

}  // namespace backplane::conformance
