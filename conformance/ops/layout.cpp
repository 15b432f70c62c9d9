// Operators that only place elements anew: Tile, Trilu, DepthToSpace, SpaceToDepth; and those that
// make elements of positions: Range, EyeLike, OneHot.
#include <algorithm>

#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

struct Tile {
  static Types infer(const Request& request) {
    Sizes sizes = sizes_of(request.inputs.at(0).type);
    const std::vector<int64_t> repeats = integers_of(request.inputs.at(1));
    if (repeats.size() != sizes.size()) throw NotDefined{"not a count for each axis"};
    for (size_t axis = 0; axis < sizes.size(); ++axis) {
      if (repeats[axis] < 0) throw NotDefined{"a negative count"};
      sizes[axis] *= repeats[axis];
    }
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes& sizes = call.in(0).sizes;
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      int64_t place = 0;
      for (size_t axis = 0; axis < sizes.size(); ++axis)
        place = place * sizes[axis] + at.index()[axis] % sizes[axis];
      call.out()[at.place()] = call.in(0)[place];
    }
  }
};

// Keeps what is on or above diagonal k, or on or below it.
struct Trilu {
  static Types infer(const Request& request) {
    if (request.inputs.at(0).type.rank < 2) throw NotDefined{"no matrix"};
    if (has_input(request, 1) && element_count_of(request.inputs[1].type) != 1)
      throw NotDefined{"more than one k"};
    return {request.inputs[0].type};
  }

  template <class S>
  static void run(Call<S>& call) {
    const int64_t k = call.has(1) ? integers_of(call.request.inputs[1])[0] : 0;
    const bool is_upper = call.settings.integer("upper", 1) != 0;
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      const int64_t column = at.index()[at.index().size() - 1];
      const int64_t row = at.index()[at.index().size() - 2];
      const bool stays = is_upper ? column - row >= k : column - row <= k;
      call.out()[at.place()] = stays ? call.in(0)[at.place()] : S(0);
    }
  }
};

struct Block {
  Sizes sizes;
  int64_t size;
};

Block block_of(const Request& request) {
  const Block block = {sizes_of(request.inputs.at(0).type),
                       Settings(request).integer("blocksize", 0)};
  if (block.sizes.size() != 4 || block.size < 1) throw NotDefined{"no images, or no blocks"};
  return block;
}

// Depth is (block row, block column, channel), or with CRD (channel, block row, block column).
struct DepthToSpace {
  static Types infer(const Request& request) {
    const Block block = block_of(request);
    const Sizes& x = block.sizes;
    if (x[1] % (block.size * block.size) != 0) throw NotDefined{"depth is no blocks"};
    const std::string mode = Settings(request).text("mode", "DCR");
    if (mode != "DCR" && mode != "CRD") throw NotDefined{"mode " + mode};
    return {tensor_type_of(request.inputs[0].type.dtype, {x[0], x[1] / (block.size * block.size),
                                                          x[2] * block.size, x[3] * block.size})};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes& x = call.in(0).sizes;
    const Sizes& y = call.out().sizes;
    const int64_t size = y[3] / std::max<int64_t>(x[3], 1);
    const bool is_crd = call.settings.text("mode", "DCR") == "CRD";
    for (Odometer at(y); !at.done(); at.next()) {
      const Sizes& i = at.index();
      const int64_t in_block = i[2] % size * size + i[3] % size;
      const int64_t depth = is_crd ? i[1] * size * size + in_block : in_block * y[1] + i[1];
      call.out()[at.place()] =
          call.in(0)[((i[0] * x[1] + depth) * x[2] + i[2] / size) * x[3] + i[3] / size];
    }
  }
};

struct SpaceToDepth {
  static Types infer(const Request& request) {
    const Block block = block_of(request);
    const Sizes& x = block.sizes;
    if (x[2] % block.size != 0 || x[3] % block.size != 0) throw NotDefined{"no whole blocks"};
    return {tensor_type_of(request.inputs[0].type.dtype, {x[0], x[1] * block.size * block.size,
                                                          x[2] / block.size, x[3] / block.size})};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes& x = call.in(0).sizes;
    const int64_t size = Settings(call.request).integer("blocksize", 0);
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      const Sizes& i = at.index();
      const int64_t block = i[1] / x[1];
      const int64_t row = i[2] * size + block / size;
      const int64_t column = i[3] * size + block % size;
      call.out()[at.place()] =
          call.in(0)[((i[0] * x[1] + i[1] % x[1]) * x[2] + row) * x[3] + column];
    }
  }
};

// start + i * delta, for as many as are before limit.
struct Progression {
  static Exact scalar(const Request& request, size_t index) {
    const TensorData& data = request.inputs.at(index);
    if (data.type.rank != 0 || data.bytes.empty()) throw NotDefined{"no number"};
    return exact_element(data.type.dtype, data.bytes.data(), 0);
  }

  static Types infer(const Request& request) {
    const Exact delta = scalar(request, 2);
    if (delta == 0) throw NotDefined{"delta is 0"};
    const Exact count = rounded_up((scalar(request, 1) - scalar(request, 0)) / delta);
    return {tensor_type_of(request.inputs[0].type.dtype,
                           {count > 0 ? static_cast<int64_t>(count) : 0})};
  }

  template <class S>
  static void run(Call<S>& call) {
    for (int64_t i = 0; i < call.out().count(); ++i)
      call.out()[i] = call.in(0)[0] + S(static_cast<Exact>(i)) * call.in(2)[0];
  }
};

struct EyeLike {
  static Types infer(const Request& request) {
    bp_tensor_type_t type = request.inputs.at(0).type;
    if (type.rank != 2) throw NotDefined{"no matrix"};
    // ONNX's numbers of types: as many as the problems name.
    const int64_t number = Settings(request).integer("dtype", 0);
    if (number == 1) type.dtype = BP_DTYPE_FLOAT32;
    if (number == 6) type.dtype = BP_DTYPE_INT32;
    if (number == 7) type.dtype = BP_DTYPE_INT64;
    if (number == 11) type.dtype = BP_DTYPE_FLOAT64;
    if (number != 0 && number != 1 && number != 6 && number != 7 && number != 11)
      throw NotDefined{"no such type"};
    return {type};
  }

  template <class S>
  static void run(Call<S>& call) {
    const int64_t k = call.settings.integer("k", 0);
    for (Odometer at(call.out().sizes); !at.done(); at.next())
      call.out()[at.place()] = S(at.index()[1] - at.index()[0] == k ? 1 : 0);
  }
};

// Indices out of [-depth, depth - 1] give rows without an on value.
struct OneHot {
  static int64_t depth(const Request& request) {
    const std::vector<int64_t> all = integers_of(request.inputs.at(1));
    if (all.size() != 1 || all[0] < 1) throw NotDefined{"no depth"};
    return all[0];
  }

  static Types infer(const Request& request) {
    Sizes sizes = sizes_of(request.inputs.at(0).type);
    const size_t axis = axis_of(Settings(request).integer("axis", -1), sizes.size() + 1);
    sizes.insert(sizes.begin() + static_cast<int64_t>(axis), depth(request));
    const bp_tensor_type_t& values = request.inputs.at(2).type;
    if (sizes_of(values) != Sizes{2}) throw NotDefined{"not an off and an on value"};
    return {tensor_type_of(values.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const int64_t depth = OneHot::depth(call.request);
    const Sizes& from = call.in(0).sizes;
    const size_t axis = axis_of(call.settings.integer("axis", -1), from.size() + 1);
    const std::vector<int64_t> indices = integers_of(call.request.inputs[0]);
    const int64_t inner = steps_of(call.out().sizes)[axis];
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      const int64_t place = at.place() / (inner * depth) * inner + at.place() % inner;
      int64_t hot = indices[static_cast<size_t>(place)];
      if (hot < 0) hot += slips(Slip::kIgnoresNegative) ? depth + 1 : depth;
      call.out()[at.place()] = call.in(2)[at.index()[axis] == hot ? 1 : 0];
    }
  }
};

}  // namespace

void add_layout(References& all) {
  using F = Fill;
  using P = Precision;
  const std::vector<F> fills = {F::kIntegers, F::kSpecial};
  const std::vector<Slip> attributes = {Slip::kIgnoresAttributes};
  all.push_back(reference<Tile>("Tile", 17, P::kExact, fills));
  all.push_back(reference<Trilu>("Trilu", 17, P::kExact, fills, attributes));
  all.push_back(reference<DepthToSpace>("DepthToSpace", 17, P::kExact, fills, attributes));
  all.push_back(reference<SpaceToDepth>("SpaceToDepth", 17, P::kExact, fills));
  all.push_back(reference<Progression>("Range", 17, P::kComposite, {F::kIntegers}));
  all.push_back(reference<EyeLike>("EyeLike", 17, P::kExact, {F::kIntegers}, attributes));
  all.push_back(reference<OneHot>("OneHot", 17, P::kExact, fills, {Slip::kIgnoresNegative}));
}

}  // namespace backplane::conformance
