// Pooling: MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool.
#include <algorithm>

#include "ops/mean.hpp"
#include "ops/reference.hpp"
#include "ops/windows.hpp"

namespace backplane::conformance {
namespace {

struct Pool {
  int64_t planes;  // of batch and channels
  int64_t image_size;
  Windows windows;

  explicit Pool(const Request& request) {
    const Sizes x = sizes_of(request.inputs.at(0).type);
    if (x.size() < 3) throw NotDefined{"no image"};
    const Settings settings(request);
    const Sizes image(x.begin() + 2, x.end());
    windows = windows_of(settings, image, settings.integers("kernel_shape", {}));
    planes = x[0] * x[1];
    image_size = count_of(image);
  }

  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    const Sizes counts = counts_of(Pool(request).windows);
    Sizes sizes = {x.shape[0], x.shape[1]};
    sizes.insert(sizes.end(), counts.begin(), counts.end());
    return {tensor_type_of(x.dtype, sizes)};
  }

  // Calls body(plane, number of the output, cells) for every window.
  template <class Body>
  void for_windows(const Body& body) const {
    const Sizes counts = counts_of(windows);
    const int64_t size = count_of(counts);
    for (Odometer at(counts); !at.done(); at.next()) {
      const Cells cells = cells_of(windows, at.index());
      for (int64_t plane = 0; plane < planes; ++plane)
        body(plane, plane * size + at.place(), cells);
    }
  }
};

// Open: which is the largest when one is NaN, what no element at all gives, and which index equal
// elements have.
struct MaxPool {
  static Types infer(const Request& request) {
    Types types = Pool::infer(request);
    if (request.output_count < 2) return types;
    if (is_column_major(request) && request.inputs[0].type.rank > 4)
      throw NotDefined{"columns of more than two axes"};
    types.push_back(types[0]);
    types[1].dtype = BP_DTYPE_INT64;
    return types;
  }

  template <class S>
  static void run(Call<S>& call) {
    const Pool pool(call.request);
    pool.for_windows([&](int64_t plane, int64_t out, const Cells& cells) {
      const Largest largest = largest_of(call.in(0), plane * pool.image_size, cells);
      const S x = largest.place < 0 ? S(0) : call.in(0)[plane * pool.image_size + largest.place];
      call.out()[out] = with_freedom(is_nan(x) ? S(0) : x, largest.freedom);
      if (!call.wants(1)) return;
      const int64_t index = plane * pool.image_size + index_in(call.request, pool, largest.place);
      call.out(1)[out] = with_freedom(S(static_cast<double>(index)), largest.index_freedom);
    });
  }

 private:
  struct Largest {
    int64_t place = -1;  // in the plane
    Freedom freedom = 0;
    Freedom index_freedom = 0;
  };

  static bool is_column_major(const Request& request) {
    return (Settings(request).integer("storage_order", 0) != 0) != slips(Slip::kOtherStorageOrder);
  }

  template <class S>
  static Largest largest_of(const Numbers<S>& x, int64_t plane, const Cells& cells) {
    Largest largest;
    bool is_open = cells.inside.empty();
    for (const Cells::Cell& cell : cells.inside) {
      const S& element = x[plane + cell.place];
      is_open = is_open || is_nan(element);
      if (largest.place >= 0 && element == x[plane + largest.place]) {
        largest.freedom = kSignOfZero;
        largest.index_freedom = kAnything;
      }
      if (largest.place >= 0 && !(x[plane + largest.place] < element)) continue;
      largest = {cell.place, 0, 0};
    }
    if (is_open) largest.freedom = largest.index_freedom = kAnything;
    return largest;
  }

  // `place` in the order of the indices.
  static int64_t index_in(const Request& request, const Pool& pool, int64_t place) {
    if (!is_column_major(request) || pool.windows.size() != 2 || place < 0) return place;
    const int64_t width = pool.windows[1].input;
    return place / width + place % width * pool.windows[0].input;
  }
};

// Open: the mean of nothing, and whether what ceil_mode reaches beyond the padding counts as
// padding.
struct AveragePool {
  static Types infer(const Request& request) { return Pool::infer(request); }

  template <class S>
  static void run(Call<S>& call) {
    const Pool pool(call.request);
    const bool counts_padding =
        (call.settings.integer("count_include_pad", 0) != 0) != slips(Slip::kCountsPadding);
    pool.for_windows([&](int64_t plane, int64_t out, const Cells& cells) {
      std::vector<S> terms;
      for (const Cells::Cell& cell : cells.inside)
        terms.push_back(call.in(0)[plane * pool.image_size + cell.place]);
      const size_t count = terms.size() + (counts_padding ? cells.padding.size() : 0);
      const bool is_open = terms.empty() || (counts_padding && cells.reaches_beyond);
      const S mean = terms.empty() ? S(0) : mean_of(terms, static_cast<int64_t>(count));
      call.out()[out] = is_open ? with_freedom(mean, kAnything) : mean;
    });
  }
};

struct GlobalAveragePool {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    if (x.rank < 3) throw NotDefined{"no image"};
    Sizes sizes = sizes_of(x);
    std::fill(sizes.begin() + 2, sizes.end(), 1);
    if (element_count_of(x) == 0 && count_of(sizes) != 0) throw NotDefined{"the mean of nothing"};
    return {tensor_type_of(x.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const int64_t planes = call.out().count();
    const int64_t size = planes == 0 ? 0 : call.in(0).count() / planes;
    for (int64_t plane = 0; plane < planes; ++plane) {
      const auto begin = call.in(0).elements.begin() + plane * size;
      call.out()[plane] = mean_of(std::vector<S>(begin, begin + size), size);
    }
  }
};

// As of MaxPool, what NaN gives and which of two zeros comes out are open.
struct GlobalMaxPool {
  static Types infer(const Request& request) { return GlobalAveragePool::infer(request); }

  template <class S>
  static void run(Call<S>& call) {
    const int64_t planes = call.out().count();
    const int64_t size = planes == 0 ? 0 : call.in(0).count() / planes;
    for (int64_t plane = 0; plane < planes; ++plane) {
      S largest = call.in(0)[plane * size];
      bool is_open = is_nan(largest);
      for (int64_t i = plane * size + 1; i < (plane + 1) * size; ++i) {
        const S& x = call.in(0)[i];
        is_open = is_open || is_nan(x);
        if (largest < x) largest = x;
      }
      call.out()[plane] = with_freedom(largest, is_open ? kAnything : kSignOfZero);
    }
  }
};

}  // namespace

void add_pool(References& all) {
  const std::vector<Fill> means = {Fill::kIntegers, Fill::kReal, Fill::kCancelling, Fill::kSpecial};
  all.push_back(reference<MaxPool>("MaxPool", 17, Precision::kExact,
                                   {Fill::kIntegers, Fill::kReal, Fill::kSpecial},
                                   {Slip::kSwapsPads, Slip::kSwapsAxes, Slip::kOtherStorageOrder}));
  all.push_back(reference<AveragePool>(
      "AveragePool", 17, Precision::kComposite, means,
      {Slip::kSwapsPads, Slip::kSwapsAxes, Slip::kCountsPadding, Slip::kDropsLastTerm}));
  all.push_back(reference<GlobalAveragePool>("GlobalAveragePool", 17, Precision::kComposite, means,
                                             {Slip::kDropsLastTerm}));
  all.push_back(reference<GlobalMaxPool>("GlobalMaxPool", 17, Precision::kExact,
                                         {Fill::kIntegers, Fill::kReal, Fill::kSpecial}));
}

}  // namespace backplane::conformance
