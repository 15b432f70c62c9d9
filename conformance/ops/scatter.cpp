// Operators that read or write elements at places given as a tensor of indices. Indices out of
// range are not allowed; nor are two that are the same where one replaces the other.
#include <set>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

// `index` counted from the front, of an axis of `size`.
int64_t from_front(int64_t index, int64_t size) {
  const int64_t place = index < 0 ? index + size : index;
  if (place < 0 || place >= size) throw NotDefined{"an index out of range"};
  return slips(Slip::kIgnoresNegative) && index < 0 ? (place + 1) % size : place;
}

int64_t place_of(const Sizes& sizes, const Sizes& index) {
  int64_t place = 0;
  for (size_t axis = 0; axis < sizes.size(); ++axis) place = place * sizes[axis] + index[axis];
  return place;
}

size_t axis_in(const Request& request) {
  return axis_of(Settings(request).integer("axis", 0), request.inputs.at(0).type.rank);
}

// Indices have the rank of the data, and no more than its sizes off the axis.
void check_elements(const Request& request) {
  const Sizes data = sizes_of(request.inputs.at(0).type);
  const Sizes indices = sizes_of(request.inputs.at(1).type);
  const size_t axis = axis_in(request);
  if (indices.size() != data.size()) throw NotDefined{"indices of another rank"};
  for (size_t i = 0; i < data.size(); ++i)
    if (i != axis && indices[i] > data[i]) throw NotDefined{"more indices than elements"};
}

struct GatherElements {
  static Types infer(const Request& request) {
    check_elements(request);
    return {tensor_type_of(request.inputs[0].type.dtype, sizes_of(request.inputs.at(1).type))};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes indices = integers_of(call.request.inputs[1]);
    const Sizes& sizes = call.in(0).sizes;
    const size_t axis = axis_in(call.request);
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      Sizes from = at.index();
      from[axis] = from_front(indices[static_cast<size_t>(at.place())], sizes[axis]);
      call.out()[at.place()] = call.in(0)[place_of(sizes, from)];
    }
  }
};

// The last axis of the indices leads into the data, behind batch_dims axes that both have.
struct GatherND {
  struct Parts {
    size_t batches, depth;
    Sizes data, indices;
  };

  static Parts parts(const Request& request) {
    Parts all = {static_cast<size_t>(Settings(request).integer("batch_dims", 0)), 0,
                 sizes_of(request.inputs.at(0).type), sizes_of(request.inputs.at(1).type)};
    if (all.data.empty() || all.indices.empty()) throw NotDefined{"a scalar"};
    all.depth = static_cast<size_t>(all.indices.back());
    if (all.batches + 1 > all.indices.size() || all.batches + all.depth > all.data.size() ||
        all.depth == 0)
      throw NotDefined{"indices of too many axes"};
    for (size_t i = 0; i < all.batches; ++i)
      if (all.data[i] != all.indices[i]) throw NotDefined{"other batches"};
    return all;
  }

  static Types infer(const Request& request) {
    const Parts all = parts(request);
    Sizes sizes(all.indices.begin(), all.indices.end() - 1);
    sizes.insert(sizes.end(), all.data.begin() + static_cast<int64_t>(all.batches + all.depth),
                 all.data.end());
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Parts all = parts(call.request);
    const Sizes indices = integers_of(call.request.inputs[1]);
    const int64_t length = steps_of(all.data)[all.batches + all.depth - 1];
    int64_t out = 0;
    size_t next = 0;
    for (Odometer at({all.indices.begin(), all.indices.end() - 1}); !at.done(); at.next()) {
      int64_t place = 0;
      for (size_t axis = 0; axis < all.batches; ++axis)
        place = place * all.data[axis] + at.index()[axis];
      for (size_t i = 0; i < all.depth; ++i) {
        const int64_t size = all.data[all.batches + i];
        place = place * size + from_front(indices[next++], size);
      }
      for (int64_t i = 0; i < length; ++i) call.out()[out++] = call.in(0)[place * length + i];
    }
  }
};

enum class Combine { kReplace, kAdd, kMultiply };

Combine combine_of(const Request& request) {
  const std::string text = Settings(request).text("reduction", "none");
  if (text == "none") return Combine::kReplace;
  if (text == "add") return Combine::kAdd;
  if (text == "mul") return Combine::kMultiply;
  throw NotDefined{"reduction " + text};
}

template <class S>
void put(Combine combine, const S& update, S* target) {
  if (combine == Combine::kAdd)
    *target = *target + update;
  else
    *target = combine == Combine::kMultiply ? *target * update : update;
}

// With a reduction an element may be written twice: its problems do not, so that one rounding is
// all there is.
void check_distinct(Combine combine, const std::vector<int64_t>& places) {
  if (combine != Combine::kReplace) return;
  if (std::set<int64_t>(places.begin(), places.end()).size() != places.size())
    throw NotDefined{"an element is written twice"};
}

bool has_bytes(const TensorData& data) {
  return !data.bytes.empty() || element_count_of(data.type) == 0;
}

struct ScatterElements {
  static std::vector<int64_t> places(const Request& request) {
    const Sizes sizes = sizes_of(request.inputs[0].type);
    const size_t axis = axis_in(request);
    const Sizes indices = integers_of(request.inputs[1]);
    std::vector<int64_t> all;
    for (Odometer at(sizes_of(request.inputs[1].type)); !at.done(); at.next()) {
      Sizes to = at.index();
      to[axis] = from_front(indices[static_cast<size_t>(at.place())], sizes[axis]);
      all.push_back(place_of(sizes, to));
    }
    return all;
  }

  static Types infer(const Request& request) {
    check_elements(request);
    combine_of(request);
    if (sizes_of(request.inputs.at(2).type) != sizes_of(request.inputs[1].type))
      throw NotDefined{"not an update for each index"};
    if (has_bytes(request.inputs[1])) check_distinct(combine_of(request), places(request));
    return {request.inputs[0].type};
  }

  template <class S>
  static void run(Call<S>& call) {
    const std::vector<int64_t> to = places(call.request);
    call.out().elements = call.in(0).elements;
    for (size_t i = 0; i < to.size(); ++i)
      put(combine_of(call.request), call.in(2).elements[i], &call.out()[to[i]]);
  }
};

struct ScatterND {
  // Where each slice begins, in slices.
  static std::vector<int64_t> places(const Request& request) {
    const Sizes sizes = sizes_of(request.inputs[0].type);
    const Sizes indices = integers_of(request.inputs[1]);
    const auto depth = static_cast<size_t>(sizes_of(request.inputs[1].type).back());
    std::vector<int64_t> all;
    for (size_t next = 0; next < indices.size();) {
      int64_t place = 0;
      for (size_t axis = 0; axis < depth; ++axis)
        place = place * sizes[axis] + from_front(indices[next++], sizes[axis]);
      all.push_back(place);
    }
    return all;
  }

  static Types infer(const Request& request) {
    const Sizes data = sizes_of(request.inputs.at(0).type);
    const Sizes indices = sizes_of(request.inputs.at(1).type);
    combine_of(request);
    if (indices.empty() || indices.back() < 1 || static_cast<size_t>(indices.back()) > data.size())
      throw NotDefined{"indices of too many axes"};
    Sizes updates(indices.begin(), indices.end() - 1);
    updates.insert(updates.end(), data.begin() + indices.back(), data.end());
    if (sizes_of(request.inputs.at(2).type) != updates)
      throw NotDefined{"not a slice for each index"};
    if (has_bytes(request.inputs[1])) check_distinct(combine_of(request), places(request));
    return {request.inputs[0].type};
  }

  template <class S>
  static void run(Call<S>& call) {
    const std::vector<int64_t> to = places(call.request);
    call.out().elements = call.in(0).elements;
    if (to.empty()) return;
    const int64_t length = call.in(2).count() / static_cast<int64_t>(to.size());
    for (size_t row = 0; row < to.size(); ++row)
      for (int64_t i = 0; i < length; ++i)
        put(combine_of(call.request), call.in(2)[static_cast<int64_t>(row) * length + i],
            &call.out()[to[row] * length + i]);
  }
};

}  // namespace

void add_scatter(References& all) {
  using F = Fill;
  const std::vector<F> moves = {F::kIntegers, F::kSpecial};
  const std::vector<F> rounds = {F::kIntegers, F::kReal};
  const std::vector<Slip> slips = {Slip::kIgnoresNegative};
  all.push_back(reference<GatherElements>("GatherElements", 17, Precision::kExact, moves, slips));
  all.push_back(reference<GatherND>("GatherND", 17, Precision::kExact, moves, slips));
  all.push_back(
      reference<ScatterElements>("ScatterElements", 17, Precision::kRounded, rounds, slips));
  all.push_back(reference<ScatterND>("ScatterND", 17, Precision::kRounded, rounds, slips));
}

}  // namespace backplane::conformance
