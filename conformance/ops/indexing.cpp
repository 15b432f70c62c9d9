// Operators that take elements by index: Slice, Gather, Pad.
#include <algorithm>
#include <set>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

// Counted from the end when negative; the slip counts one too high.
int64_t from_front(int64_t index, int64_t size) {
  if (index >= 0) return index;
  return index + size + (slips(Slip::kIgnoresNegative) ? 1 : 0);
}

// What is taken along one axis.
struct Cut {
  int64_t first, step, count;
};

// As numpy does it: both ends are clamped to the axis.
Cut cut_of(int64_t start, int64_t end, int64_t step, int64_t size) {
  if (step == 0) throw NotDefined{"step 0"};
  start = from_front(start, size);
  end = end < 0 ? end + size : end;
  if (step > 0) {
    start = std::clamp<int64_t>(start, 0, size);
    end = std::clamp<int64_t>(end, 0, size);
    return {start, step, std::max<int64_t>(0, (end - start + step - 1) / step)};
  }
  start = std::clamp<int64_t>(start, 0, std::max<int64_t>(size - 1, 0));
  end = std::clamp<int64_t>(end, -1, std::max<int64_t>(size - 1, -1));
  return {start, step, std::max<int64_t>(0, (start - end - step - 1) / -step)};
}

struct Slice {
  static Types infer(const Request& request) {
    Sizes sizes;
    for (const Cut& cut : cuts_of(request)) sizes.push_back(cut.count);
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Numbers<S>& x = call.in(0);
    const std::vector<Cut> cuts = cuts_of(call.request);
    const Sizes steps = steps_of(x.sizes);
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      int64_t place = 0;
      for (size_t axis = 0; axis < cuts.size(); ++axis)
        place +=
            steps[axis] * std::clamp<int64_t>(cuts[axis].first + at.index()[axis] * cuts[axis].step,
                                              0, x.sizes[axis] - 1);
      call.out()[at.place()] = x[place];
    }
  }

 private:
  static std::vector<Cut> cuts_of(const Request& request) {
    const Sizes sizes = sizes_of(request.inputs.at(0).type);
    const Sizes starts = integers_of(request.inputs.at(1));
    const Sizes ends = integers_of(request.inputs.at(2));
    const Sizes steps =
        has_input(request, 4) ? integers_of(request.inputs[4]) : Sizes(starts.size(), 1);
    const std::vector<size_t> axes = axes_of(request, starts.size(), sizes.size());
    if (ends.size() != starts.size() || steps.size() != starts.size() ||
        axes.size() != starts.size())
      throw NotDefined{"starts, ends, axes and steps are not as many"};
    std::vector<Cut> cuts;
    for (int64_t size : sizes) cuts.push_back({0, 1, size});
    for (size_t i = 0; i < axes.size(); ++i)
      cuts[axes[i]] = cut_of(starts[i], ends[i], steps[i], sizes[axes[i]]);
    return cuts;
  }

  // An axis that is named twice has no meaning.
  static std::vector<size_t> axes_of(const Request& request, size_t count, size_t rank) {
    std::vector<size_t> axes;
    if (has_input(request, 3))
      for (int64_t axis : integers_of(request.inputs[3])) axes.push_back(axis_of(axis, rank));
    else
      for (size_t axis = 0; axis < count; ++axis)
        axes.push_back(axis_of(static_cast<int64_t>(axis), rank));
    if (std::set<size_t>(axes.begin(), axes.end()).size() != axes.size())
      throw NotDefined{"an axis named twice"};
    return axes;
  }
};

struct Gather {
  static Types infer(const Request& request) {
    Sizes sizes = sizes_of(request.inputs.at(0).type);
    const Sizes indices = sizes_of(request.inputs.at(1).type);
    const auto axis = static_cast<int64_t>(axis_in(request));
    sizes.erase(sizes.begin() + axis);
    sizes.insert(sizes.begin() + axis, indices.begin(), indices.end());
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  // The data as [before, size, after], the output as [before, indices, after].
  template <class S>
  static void run(Call<S>& call) {
    const Numbers<S>& data = call.in(0);
    const auto axis = static_cast<int64_t>(axis_in(call.request));
    const int64_t size = data.sizes[static_cast<size_t>(axis)];
    const int64_t before = count_of({data.sizes.begin(), data.sizes.begin() + axis});
    const int64_t after = count_of({data.sizes.begin() + axis + 1, data.sizes.end()});
    const Sizes indices = integers_of(call.request.inputs[1]);
    int64_t out = 0;
    for (int64_t i = 0; i < before; ++i)
      for (int64_t index : indices) {
        const int64_t row = i * size + from_front(index, size) % size;
        for (int64_t k = 0; k < after; ++k) call.out()[out++] = data[row * after + k];
      }
  }

 private:
  static size_t axis_in(const Request& request) {
    return axis_of(Settings(request).integer("axis", 0), request.inputs.at(0).type.rank);
  }
};

struct Pad {
  static Types infer(const Request& request) {
    const Sizes pads = pads_of(request);
    const std::string mode = Settings(request).text("mode", "constant");
    Sizes sizes = sizes_of(request.inputs[0].type);
    for (size_t axis = 0; axis < sizes.size(); ++axis) {
      const int64_t begin = pads[axis];
      const int64_t end = pads[axis + sizes.size()];
      check(mode, sizes[axis], begin, end);
      sizes[axis] += begin + end;
    }
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Numbers<S>& x = call.in(0);
    const Sizes pads = pads_of(call.request);
    const std::string mode = call.settings.text("mode", "constant");
    const size_t shift = slips(Slip::kSwapsPads) ? x.sizes.size() : 0;
    const S value = call.has(2) ? call.in(2)[0] : S(0);
    const Sizes steps = steps_of(x.sizes);
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      int64_t place = 0;
      bool is_outside = false;
      for (size_t axis = 0; axis < steps.size(); ++axis) {
        const int64_t index = inside(mode, at.index()[axis] - pads[axis + shift], x.sizes[axis]);
        is_outside = is_outside || index < 0 || index >= x.sizes[axis];
        place += index * steps[axis];
      }
      call.out()[at.place()] = is_outside ? value : x[place];
    }
  }

 private:
  static Sizes pads_of(const Request& request) {
    Sizes pads = integers_of(request.inputs.at(1));
    if (pads.size() != 2 * size_t{request.inputs[0].type.rank})
      throw NotDefined{"a begin and an end for every axis are wanted"};
    return pads;
  }

  // Not said: what is mirrored beyond the other end, and whether removal comes before copying.
  static void check(const std::string& mode, int64_t size, int64_t begin, int64_t end) {
    if (size + begin + end < 0) throw NotDefined{"more removed than there is"};
    if (mode == "constant") return;
    if (mode != "edge" && mode != "reflect") throw NotDefined{"no such mode"};
    if (begin < 0 || end < 0) throw NotDefined{"removing and copying at once"};
    const int64_t most = mode == "reflect" ? size - 1 : size > 0 ? begin + end : 0;
    if (std::max(begin, end) > std::max<int64_t>(most, 0)) throw NotDefined{"nothing to copy"};
  }

  static int64_t inside(const std::string& mode, int64_t index, int64_t size) {
    if (mode == "edge") return std::clamp<int64_t>(index, 0, size - 1);
    if (mode == "reflect" && index < 0) return std::min(-index, size - 1);
    if (mode == "reflect" && index >= size) return std::max<int64_t>(2 * (size - 1) - index, 0);
    return index;
  }
};

}  // namespace

void add_indexing(References& all) {
  const std::vector<Fill> fills = {Fill::kIntegers, Fill::kSpecial};
  all.push_back(reference<Slice>("Slice", 17, Precision::kExact, fills, {Slip::kIgnoresNegative}));
  all.push_back(
      reference<Gather>("Gather", 17, Precision::kExact, fills, {Slip::kIgnoresNegative}));
  all.push_back(reference<Pad>("Pad", 17, Precision::kExact, fills,
                               {Slip::kSwapsPads, Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
