// Operators that keep every element in its order: Reshape, Flatten, Squeeze, Unsqueeze, Identity;
// and Shape and Size.
#include <algorithm>
#include <set>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

// `infer` says all there is to say.
template <class Definition>
struct Same {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    return {tensor_type_of(x.dtype, Definition::sizes(request, sizes_of(x)))};
  }
  template <class S>
  static void run(Call<S>& call) {
    call.out().elements = call.in(0).elements;
  }
};

// The axes in input 1, of a tensor of `rank` axes; none may come twice.
std::set<size_t> axes_in(const Request& request, size_t rank) {
  const Sizes said = integers_of(request.inputs.at(1));
  std::set<size_t> axes;
  for (int64_t axis : said) axes.insert(axis_of(axis, rank));
  if (axes.size() != said.size()) throw NotDefined{"an axis named twice"};
  return axes;
}

struct Reshape {
  static Sizes sizes(const Request& request, const Sizes& from) {
    Sizes to = integers_of(request.inputs.at(1));
    const bool keeps_zero = Settings(request).integer("allowzero", 0) != 0;
    for (size_t axis = 0; axis < to.size(); ++axis) {
      if (to[axis] != 0 || keeps_zero) continue;
      if (axis >= from.size()) throw NotDefined{"0 stands for no axis"};
      to[axis] = from[axis];
    }
    complete(&to, count_of(from));
    if (count_of(to) != count_of(from)) throw NotDefined{"another number of elements"};
    return to;
  }

 private:
  // Puts the size that is left in the place of -1.
  static void complete(Sizes* to, int64_t count) {
    const auto open = std::find(to->begin(), to->end(), -1);
    if (open == to->end()) return;
    *open = 1;
    const int64_t others = count_of(*to);
    if (others <= 0 || count % others != 0) throw NotDefined{"nothing fits -1"};
    *open = count / others;
  }
};

struct Flatten {
  static Sizes sizes(const Request& request, const Sizes& from) {
    const auto rank = static_cast<int64_t>(from.size());
    int64_t axis = Settings(request).integer("axis", 1);
    if (axis < -rank || axis > rank) throw NotDefined{"no such axis"};
    if (axis < 0) axis += rank;
    return {count_of({from.begin(), from.begin() + axis}),
            count_of({from.begin() + axis, from.end()})};
  }
};

struct Squeeze {
  static Sizes sizes(const Request& request, const Sizes& from) {
    const bool has_axes = has_input(request, 1);
    const std::set<size_t> axes = has_axes ? axes_in(request, from.size()) : std::set<size_t>();
    Sizes to;
    for (size_t axis = 0; axis < from.size(); ++axis) {
      const bool goes = has_axes ? axes.count(axis) != 0 : from[axis] == 1;
      if (!goes) to.push_back(from[axis]);
      if (goes && from[axis] != 1) throw NotDefined{"an axis that is not of size 1"};
    }
    return to;
  }
};

struct Unsqueeze {
  static Sizes sizes(const Request& request, const Sizes& from) {
    const size_t rank = from.size() + integers_of(request.inputs.at(1)).size();
    const std::set<size_t> axes = axes_in(request, rank);
    Sizes to;
    auto next = from.begin();
    for (size_t axis = 0; axis < rank; ++axis) to.push_back(axes.count(axis) != 0 ? 1 : *next++);
    return to;
  }
};

struct Identity {
  static Sizes sizes(const Request&, const Sizes& from) { return from; }
};

struct Shape {
  static Types infer(const Request& request) {
    const auto count = static_cast<int64_t>(part(request).size());
    return {tensor_type_of(BP_DTYPE_INT64, {count})};
  }

  template <class S>
  static void run(Call<S>& call) {
    int64_t place = 0;
    for (int64_t size : part(call.request)) call.out()[place++] = S(static_cast<double>(size));
  }

 private:
  static Sizes part(const Request& request) {
    const Sizes sizes = sizes_of(request.inputs.at(0).type);
    const Settings settings(request);
    const auto rank = static_cast<int64_t>(sizes.size());
    const auto clamped = [rank](int64_t axis) {
      return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
    };
    const int64_t begin = clamped(settings.integer("start", 0));
    const int64_t end = clamped(settings.integer("end", rank));
    return {sizes.begin() + begin, sizes.begin() + std::max(begin, end)};
  }
};

struct Size {
  static Types infer(const Request&) { return {tensor_type_of(BP_DTYPE_INT64, {})}; }
  template <class S>
  static void run(Call<S>& call) {
    call.out()[0] = S(static_cast<Exact>(count_of(call.in(0).sizes)));
  }
};

}  // namespace

void add_reshape(References& all) {
  const std::vector<Fill> fills = {Fill::kIntegers, Fill::kSpecial};
  all.push_back(reference<Same<Reshape>>("Reshape", 17, Precision::kExact, fills));
  all.push_back(reference<Same<Flatten>>("Flatten", 17, Precision::kExact, fills));
  all.push_back(reference<Same<Squeeze>>("Squeeze", 17, Precision::kExact, fills));
  all.push_back(reference<Same<Unsqueeze>>("Unsqueeze", 17, Precision::kExact, fills));
  all.push_back(reference<Same<Identity>>("Identity", 17, Precision::kExact, fills));
  all.push_back(reference<Shape>("Shape", 17, Precision::kExact, {Fill::kIntegers}));
  all.push_back(reference<Size>("Size", 17, Precision::kExact, {Fill::kIntegers}));
}

}  // namespace backplane::conformance
