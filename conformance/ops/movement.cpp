// Operators that put elements into other places: Transpose, Expand, Concat, Split.
#include <algorithm>
#include <utility>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

Sizes permuted(const Sizes& sizes, const Sizes& perm) {
  Sizes result;
  for (int64_t axis : perm) result.push_back(sizes[static_cast<size_t>(axis)]);
  return result;
}

struct Transpose {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    return {tensor_type_of(x.dtype, permuted(sizes_of(x), perm_of(Settings(request), x.rank)))};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Numbers<S>& x = call.in(0);
    Sizes perm = perm_of(call.settings, x.sizes.size());
    if (slips(Slip::kTransposed)) perm = inverse(perm);
    if (permuted(x.sizes, perm) != call.out().sizes) throw NotDefined{"a slip changes sizes"};
    const Sizes steps = permuted(steps_of(x.sizes), perm);
    for (Odometer at(call.out().sizes); !at.done(); at.next())
      call.out()[at.place()] = x[place_at(at.index(), steps)];
  }

 private:
  static Sizes inverse(const Sizes& perm) {
    Sizes result(perm.size());
    for (size_t axis = 0; axis < perm.size(); ++axis)
      result[static_cast<size_t>(perm[axis])] = static_cast<int64_t>(axis);
    return result;
  }

  static Sizes perm_of(const Settings& settings, size_t rank) {
    Sizes straight(rank);
    for (size_t axis = 0; axis < rank; ++axis) straight[axis] = static_cast<int64_t>(axis);
    const Sizes perm = settings.integers("perm", Sizes(straight.rbegin(), straight.rend()));
    if (!std::is_permutation(perm.begin(), perm.end(), straight.begin(), straight.end()))
      throw NotDefined{"perm is no permutation"};
    return perm;
  }
};

struct Expand {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    const Sizes wanted = integers_of(request.inputs.at(1));
    return {tensor_type_of(x.dtype, broadcast_sizes(sizes_of(x), wanted))};
  }

  template <class S>
  static void run(Call<S>& call) {
    for (Odometer at(call.out().sizes); !at.done(); at.next())
      call.out()[at.place()] = call.in(0)[broadcast_place(call.in(0).sizes, at.index())];
  }
};

// `part` and the piece of `whole` from `begin` on along `axis` are the same elements: calls
// copy(place in whole, place in part) for each.
template <class Copy>
void for_part(const Sizes& whole, const Sizes& part, size_t axis, int64_t begin, const Copy& copy) {
  const Sizes steps = steps_of(whole);
  for (Odometer at(part); !at.done(); at.next())
    copy(begin * steps[axis] + place_at(at.index(), steps), at.place());
}

struct Concat {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& first = request.inputs.at(0).type;
    Sizes sizes = sizes_of(first);
    const size_t axis = axis_of(axis_setting(request), sizes.size());
    sizes[axis] = 0;
    for (const TensorData& input : request.inputs) {
      Sizes one = sizes_of(input.type);
      if (one.size() != sizes.size()) throw NotDefined{"ranks differ"};
      const int64_t size = std::exchange(one[axis], sizes[axis]);
      if (one != sizes) throw NotDefined{"sizes differ"};
      sizes[axis] += size;
    }
    return {tensor_type_of(first.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const size_t axis = axis_of(axis_setting(call.request), call.out().sizes.size());
    int64_t begin = 0;
    for (const Numbers<S>& part : call.inputs) {
      for_part(call.out().sizes, part.sizes, axis, begin,
               [&](int64_t out, int64_t in) { call.out()[out] = part[in]; });
      begin += part.sizes[axis];
    }
  }

 private:
  static int64_t axis_setting(const Request& request) {
    const Settings settings(request);
    if (!settings.has("axis")) throw NotDefined{"Concat needs an axis"};
    return settings.integer("axis", 0);
  }
};

struct Split {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    const size_t axis = axis_of(Settings(request).integer("axis", 0), x.rank);
    Types types;
    Sizes sizes = sizes_of(x);
    for (int64_t size : parts_of(request, x.shape[axis])) {
      sizes[axis] = size;
      types.push_back(tensor_type_of(x.dtype, sizes));
    }
    return types;
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes& whole = call.in(0).sizes;
    const size_t axis = axis_of(call.settings.integer("axis", 0), whole.size());
    int64_t begin = 0;
    for (Numbers<S>& part : call.outputs) {
      for_part(whole, part.sizes, axis, begin,
               [&](int64_t in, int64_t out) { part[out] = call.in(0)[in]; });
      begin += part.sizes[axis];
    }
  }

 private:
  static Sizes parts_of(const Request& request, int64_t size) {
    const auto count = static_cast<int64_t>(request.output_count);
    if (!has_input(request, 1)) {
      if (size % count != 0) throw NotDefined{"no equal parts"};
      return Sizes(request.output_count, size / count);
    }
    Sizes parts = integers_of(request.inputs[1]);
    int64_t sum = 0;
    for (int64_t part : parts) sum += part < 0 ? size + 1 : part;
    if (parts.size() != request.output_count || sum != size)
      throw NotDefined{"parts that make no whole"};
    return parts;
  }
};

}  // namespace

void add_movement(References& all) {
  const std::vector<Fill> fills = {Fill::kIntegers, Fill::kSpecial};
  all.push_back(reference<Transpose>("Transpose", 17, Precision::kExact, fills,
                                     {Slip::kTransposed, Slip::kIgnoresAttributes}));
  all.push_back(
      reference<Expand>("Expand", 17, Precision::kExact, fills, {Slip::kForgetsBroadcast}));
  all.push_back(reference<Concat>("Concat", 17, Precision::kExact, fills));
  all.push_back(reference<Split>("Split", 17, Precision::kExact, fills));
}

}  // namespace backplane::conformance
