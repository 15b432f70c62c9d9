// Pad: constant, reflect, edge and wrap, on some or all axes; a negative pad cuts off.
#include <algorithm>
#include <cstring>
#include <string>

#include "data_movement.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

enum class Mode { kConstant, kReflect, kEdge, kWrap };

constexpr int64_t kOutside = -1;

// One axis of input and output, and how many elements come before.
struct Axis {
  int64_t input = 1;
  int64_t output = 1;
  int64_t before = 0;
  bool is_set = false;
};

// The place in the input that a place in the output shows; kOutside: the constant.
int64_t source_of(Mode mode, const Axis& axis, int64_t place) {
  const int64_t inside = place - axis.before;
  if (inside >= 0 && inside < axis.input) return inside;
  switch (mode) {
    case Mode::kConstant:
      return kOutside;
    case Mode::kEdge:
      return std::clamp<int64_t>(inside, 0, axis.input - 1);
    case Mode::kWrap:
      return (inside % axis.input + axis.input) % axis.input;
    case Mode::kReflect:
      break;
  }
  const int64_t period = std::max<int64_t>(2 * (axis.input - 1), 1);
  const int64_t folded = std::abs(inside) % period;
  return std::min(folded, period - folded) % axis.input;
}

struct Padding {
  uint32_t rank = 0;
  Axis axes[BP_MAX_RANK];
};

[[noreturn]] void fail_pad(const std::string& reason) {
  fail(BP_STATUS_INVALID_ARGUMENT, "Pad: " + reason);
}

void set_axis(Padding& padding, uint32_t axis, int64_t before, int64_t after, Mode mode) {
  Axis& set = padding.axes[axis];
  int64_t size = 0;
  if (__builtin_add_overflow(set.input, before, &size) ||
      __builtin_add_overflow(size, after, &size) || size != set.output)
    fail_pad("an axis of " + std::to_string(set.input) + " padded by " + std::to_string(before) +
             " and " + std::to_string(after) + " is none of " + std::to_string(set.output));
  if (mode != Mode::kConstant && set.input == 0 && set.output != 0)
    fail_pad("an axis of 0 has nothing to repeat");
  if (set.is_set) fail_pad("axis " + std::to_string(axis) + " is there twice");
  set.before = before;
  set.is_set = true;
}

template <class Element>
class PadLoop {
 public:
  PadLoop(Mode mode, const Padding& padding, const char* from, char* to, const Element& constant)
      : mode_(mode),
        padding_(padding),
        from_(reinterpret_cast<const Element*>(from)),
        to_(reinterpret_cast<Element*>(to)),
        constant_(constant) {
    for (uint32_t axis = padding.rank; axis-- > 0;) {
      count_[axis] =
          axis + 1 == padding.rank ? 1 : count_[axis + 1] * padding.axes[axis + 1].output;
      step_[axis] = axis + 1 == padding.rank ? 1 : step_[axis + 1] * padding.axes[axis + 1].input;
    }
  }

  // The part of the output below one place in the axes before `axis`; `from` is kOutside when
  // that place shows nothing of the input.
  void fill(uint32_t axis, int64_t from, int64_t to) const {
    if (from == kOutside || axis == padding_.rank) return fill_plain(axis, from, to);
    const Axis& here = padding_.axes[axis];
    if (axis + 1 == padding_.rank) return fill_row(here, from, to);
    for (int64_t place = 0; place < here.output; ++place) {
      const int64_t source = source_of(mode_, here, place);
      fill(axis + 1, source == kOutside ? kOutside : from + source * step_[axis],
           to + place * count_[axis]);
    }
  }

 private:
  void fill_plain(uint32_t axis, int64_t from, int64_t to) const {
    const int64_t count = axis == padding_.rank ? 1 : count_[axis] * padding_.axes[axis].output;
    std::fill_n(to_ + to, count, from == kOutside ? constant_ : from_[from]);
  }

  // Element by element outside the input, one copy inside.
  void fill_row(const Axis& row, int64_t from, int64_t to) const {
    const int64_t begin = std::clamp<int64_t>(row.before, 0, row.output);
    const int64_t end = std::clamp<int64_t>(row.before + row.input, begin, row.output);
    for (int64_t place = 0; place < begin; ++place) fill_outside(row, place, from, to);
    if (end > begin)
      std::memcpy(to_ + to + begin, from_ + from + (begin - row.before),
                  static_cast<size_t>(end - begin) * sizeof(Element));
    for (int64_t place = end; place < row.output; ++place) fill_outside(row, place, from, to);
  }

  void fill_outside(const Axis& row, int64_t place, int64_t from, int64_t to) const {
    const int64_t source = source_of(mode_, row, place);
    to_[to + place] = source == kOutside ? constant_ : from_[from + source];
  }

  const Mode mode_;
  const Padding& padding_;
  const Element* from_;
  Element* to_;
  const Element constant_;
  int64_t count_[BP_MAX_RANK] = {};  // elements of the output behind one place of the axis
  int64_t step_[BP_MAX_RANK] = {};   // and of the input
};

Mode mode_of(const Node& node) {
  const std::string_view mode = node.string_attribute("mode", "constant");
  if (mode == "constant") return Mode::kConstant;
  if (mode == "reflect") return Mode::kReflect;
  if (mode == "edge") return Mode::kEdge;
  if (mode == "wrap" && node.since() >= 19) return Mode::kWrap;
  refuse(node, "no mode \"" + std::string(mode) + "\"");
}

constexpr uint32_t kValue = 2;  // an input: the constant, read where the device has it

class Pad : public Kernel {
 public:
  explicit Pad(const Node& node)
      : mode_(mode_of(node)),
        element_size_(element_size(node.input(0).dtype)),
        has_value_(node.has_input(kValue)),
        pads_(node, 1, "pads"),
        axes_(node, 3) {
    traits_.inputs = {0, pads_.flags(), 0, axes_.flags()};
    traits_.inputs.resize(node.input_count());
    traits_.is_shape_free = true;
    visit_floats(node.input(0).dtype, [&](auto type) {
      const auto value =
          static_cast<Computed<typename decltype(type)::type>>(node.float_attribute("value", 0.0f));
      const auto stored = store<typename decltype(type)::type>(value);
      std::memcpy(&value_, &stored, sizeof stored);
    });
    if (pads_.is_fixed() && axes_.is_fixed() && !has_unknown_size(node.input(0)) &&
        !has_unknown_size(node.output(0)))
      padding(node.input(0), node.output(0), nullptr);
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (element_count(outputs[0].type) == 0) return;
    const Padding found = padding(inputs[0].type, outputs[0].type, inputs);
    switch (element_size_) {
      case 1:
        return run_as<uint8_t>(found, inputs, outputs);
      case 2:
        return run_as<uint16_t>(found, inputs, outputs);
      case 4:
        return run_as<uint32_t>(found, inputs, outputs);
      default:
        return run_as<uint64_t>(found, inputs, outputs);
    }
  }

 private:
  template <class Element>
  void run_as(const Padding& padding, const bp_tensor_t* inputs, const bp_tensor_t* outputs) const {
    Element constant;
    std::memcpy(&constant, has_value_ ? data<char>(inputs[kValue]) : value_, sizeof constant);
    const PadLoop<Element> loop(mode_, padding, data<char>(inputs[0]), data<char>(outputs[0]),
                                constant);
    loop.fill(0, 0, 0);
  }

  Padding padding(const bp_tensor_type_t& from, const bp_tensor_type_t& to,
                  const bp_tensor_t* inputs) const {
    if (from.rank != to.rank) fail_pad("input and output have one rank");
    Padding made;
    made.rank = std::min<uint32_t>(from.rank, BP_MAX_RANK);
    for (uint32_t axis = 0; axis < made.rank; ++axis)
      made.axes[axis] = {from.shape[axis], to.shape[axis], 0, false};
    const IntegerView pads = pads_.view(inputs);
    const IntegerView axes = axes_.view(inputs);
    const int64_t count = axes.is_present() ? axes.count : from.rank;
    if (pads.count != 2 * count)
      fail_pad(std::to_string(pads.count) + " pads for " + std::to_string(count) + " axes");
    for (int64_t i = 0; i < count; ++i)
      set_axis(made, axis_of("Pad", axes.is_present() ? axes[i] : i, from.rank), pads[i],
               pads[i + count], mode_);
    for (uint32_t axis = 0; axis < made.rank; ++axis)
      if (!made.axes[axis].is_set) set_axis(made, axis, 0, 0, mode_);
    return made;
  }

  const Mode mode_;
  const uint64_t element_size_;
  const bool has_value_;
  const IntegerInput pads_;
  const IntegerInput axes_;
  char value_[8] = {};  // where the input is absent
};

void check(const Node& node) {
  check_movement(node);
  if (node.input_count() > 4) refuse(node, "it has up to four inputs");
  check_integers(node, 1, "pads");
  check_integers(node, 3, "axes");
  if (node.since() >= 11 && !node.has_input(1)) refuse(node, "pads are an input");
  const bp_tensor_type_t& value = node.input(kValue);
  if (node.has_input(kValue) && (value.dtype != node.input(0).dtype ||
                                 (!has_unknown_size(value) && element_count(value) != 1)))
    refuse(node, "its constant is one value of the input's type, not " + to_text(value));
  check_values([&] { Pad{node}; });
}

std::unique_ptr<Kernel> create(const Node& node, Device&) { return std::make_unique<Pad>(node); }

}  // namespace

void add_pad(OperatorTable& table) {
  table.push_back({"Pad", {2, 11, 13, 18, 19, 21, 23}, check, create});
}

}  // namespace backplane::cpu
