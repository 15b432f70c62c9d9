// Pad: by a constant or by what the input has, on some or all axes; a negative pad takes away.
#include <algorithm>
#include <cstring>

#include "integers.hpp"
#include "moved.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

constexpr uint32_t kValue = 2;  // an input

struct Mode {
  const char* name;
  const char* option;  // pad.cl's function
  uint32_t since;
};
constexpr Mode kModes[] = {{"constant", " -DSHOWN=constant_at", 2},
                           {"reflect", " -DSHOWN=reflect_at", 2},
                           {"edge", " -DSHOWN=edge_at", 2},
                           {"wrap", " -DSHOWN=wrap_at", 19}};

// nullptr: none that there is.
const Mode* mode_of(const Node& node) {
  for (const Mode& mode : kModes)
    if (node.string_attribute("mode", "constant") == mode.name && node.since() >= mode.since)
      return &mode;
  return nullptr;
}

bool is_constant(const Mode& mode) { return &mode == kModes; }

// As pad.cl's.
struct Padding {
  cl_ulong rank = 0;
  cl_long sizes[BP_MAX_RANK] = {};
  cl_long padded[BP_MAX_RANK] = {};
  cl_long before[BP_MAX_RANK] = {};
  cl_ulong strides[BP_MAX_RANK] = {};
};

bool adds_up(int64_t size, int64_t before, int64_t after, int64_t padded) {
  if (BP_DIM_IS_UNKNOWN(size) || BP_DIM_IS_UNKNOWN(padded)) return true;
  int64_t sum = 0;
  return !__builtin_add_overflow(size, before, &sum) && !__builtin_add_overflow(sum, after, &sum) &&
         sum == padded;
}

// nullptr and the padding but for its strides, or what is wrong.
const char* why_not(const IntegerList& pads, const IntegerList& axes, const Mode& mode,
                    const bp_tensor_type_t& from, const bp_tensor_type_t& to, Padding& padding) {
  const uint64_t count = axes.is_there() ? axes.count : from.rank;
  if (pads.count != 2 * count) return "there are not two pads for each axis";
  int64_t after[BP_MAX_RANK] = {};
  uint32_t seen = 0;
  padding.rank = from.rank;
  for (uint64_t i = 0; i < count; ++i) {
    const int64_t named = axes.is_there() ? axes[i] : static_cast<int64_t>(i);
    const uint32_t axis = named_axis(named, from.rank);
    if (axis == from.rank) return "an axis is not there";
    if ((seen >> axis & 1u) != 0) return "an axis is named twice";
    seen |= 1u << axis;
    padding.before[axis] = pads[i];
    after[axis] = pads[i + count];
  }
  for (uint32_t axis = 0; axis < from.rank; ++axis) {
    padding.sizes[axis] = from.shape[axis];
    padding.padded[axis] = to.shape[axis];
    if (!adds_up(from.shape[axis], padding.before[axis], after[axis], to.shape[axis]))
      return "the pads do not lead to the output's sizes";
    if (!is_constant(mode) && from.shape[axis] == 0 && to.shape[axis] > 0)
      return "an axis of 0 has nothing to show";
    if (is_constant(mode) && from.shape[axis] >= 0 && to.shape[axis] >= 0)  // more shows no other
      padding.before[axis] =
          std::clamp(padding.before[axis], -padding.sizes[axis], padding.padded[axis]);
  }
  return nullptr;
}

// Adds an outer axis of `from` to those that `to` has, which are innermost first.
void add_axis(Padding& to, const Padding& from, uint64_t axis, bool may_be_padded) {
  const bool is_padded = from.before[axis] != 0 || from.padded[axis] != from.sizes[axis];
  if (!is_padded && from.sizes[axis] == 1) return;
  const uint64_t last = to.rank - 1;
  const bool goes_on =
      to.rank != 0 && to.before[last] == 0 && to.padded[last] == to.sizes[last] &&
      (may_be_padded || !is_padded) &&
      from.strides[axis] == to.strides[last] * static_cast<uint64_t>(to.sizes[last]);
  const uint64_t into = goes_on ? last : to.rank++;
  const int64_t inner = goes_on ? to.sizes[last] : 1;
  to.sizes[into] = from.sizes[axis] * inner;
  to.padded[into] = from.padded[axis] * inner;
  to.before[into] = from.before[axis] * inner;
  if (!goes_on) to.strides[into] = from.strides[axis];
}

// In as few and as long axes as the pads allow.
Padding folded(const Padding& padding, const Mode& mode) {
  Padding reversed;
  for (uint64_t axis = padding.rank; axis-- > 0;)
    add_axis(reversed, padding, axis, is_constant(mode));
  if (reversed.rank == 0) {
    reversed.rank = 1;
    reversed.sizes[0] = reversed.padded[0] = 1;
  }
  for (cl_long* values : {reversed.sizes, reversed.padded, reversed.before})
    std::reverse(values, values + reversed.rank);
  std::reverse(reversed.strides, reversed.strides + reversed.rank);
  return reversed;
}

// The bits of the older definition's attribute; no float16 but 0 is made of it.
cl_ulong value_bits(const Node& node) {
  const float value = node.float_attribute("value", 0.0f);
  const double wide = value;
  cl_ulong bits = 0;
  if (node.input(0).dtype == BP_DTYPE_FLOAT32) std::memcpy(&bits, &value, sizeof value);
  if (node.input(0).dtype == BP_DTYPE_FLOAT64) std::memcpy(&bits, &wide, sizeof wide);
  return bits;
}

class Pad : public Kernel {
 public:
  Pad(const Node& node, Device& device)
      : mode_(*mode_of(node)),
        has_value_(node.has_input(kValue)),
        bits_(value_bits(node)),
        pads_(node, 1, "pads"),
        axes_(node, 3),
        compute_(device, kPadSource,
                 bits_option(element_size(node.input(0).dtype)) + width_option(device.facts) +
                     mode_.option + (has_value_ ? " -DHAS_VALUE=1" : ""),
                 "pad") {
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED, pads_.flags(), 0, axes_.flags()};
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_t& y = outputs[0];
    const uint64_t count = plugin::element_count(y.type);
    if (count == 0) return;
    const Padding padding = padding_of(inputs, y.type);
    const DeviceFacts& facts = stream.device().facts;
    const auto length = static_cast<cl_ulong>(padding.padded[padding.rank - 1]);
    Rows rows;
    rows.length = length;
    rows.count = count / length;
    compute_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
      arguments.add(with_buffer(inputs[0], y));
      if (has_value_)
        arguments.add(inputs[kValue]);
      else
        arguments.add(bits_);
      arguments.add(y);
      arguments.add(padding);
      arguments.add(rows.count);
      arguments.add(is_streamed(facts, inputs, 1, y));
    });
  }

 private:
  Padding padding_of(const bp_tensor_t* inputs, const bp_tensor_type_t& to) const {
    Padding padding;
    if (const char* reason =
            why_not(pads_.list(inputs), axes_.list(inputs), mode_, inputs[0].type, to, padding))
      fail(BP_STATUS_INVALID_ARGUMENT, std::string("Pad: ") + reason);
    for (uint32_t axis = 0; axis < to.rank; ++axis)
      padding.strides[axis] = stride_of(inputs[0], axis);
    return folded(padding, mode_);
  }

  const Mode& mode_;
  const bool has_value_;
  const cl_ulong bits_;
  const Integers pads_, axes_;
  Compute compute_;
};

void check_value(const Node& node) {
  const bp_tensor_type_t& value = node.input(kValue);
  if (node.has_input(kValue) && (value.dtype != node.input(0).dtype ||
                                 (!has_unknown_size(value) && plugin::element_count(value) != 1)))
    refuse(node, "its constant is one value of the input's element type");
  if (node.input(0).dtype == BP_DTYPE_FLOAT16 && node.float_attribute("value", 0.0f) != 0.0f)
    refuse(node, "a value of float16 is served as an input only");
}

void check_pad(const Node& node, const DeviceFacts&) {
  check_moved(node);
  check_integers(node, 1);
  check_integers(node, 3);
  const Mode* mode = mode_of(node);
  if (mode == nullptr)
    refuse(node, "no mode \"" + std::string(node.string_attribute("mode", "constant")) + "\"");
  if (node.since() >= 11 && !node.has_input(1)) refuse(node, "pads are an input");
  if (node.input(0).rank != node.output(0).rank) refuse(node, "input and output have not one rank");
  check_value(node);
  const Integers pads(node, 1, "pads");
  const Integers axes(node, 3);
  if (!pads.is_known() || !axes.is_known()) return;
  Padding padding;
  if (const char* reason = why_not(pads.list(nullptr), axes.list(nullptr), *mode, node.input(0),
                                   node.output(0), padding))
    refuse(node, reason);
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Pad>(node, device);
}

}  // namespace

void add_pad(OperatorTable& table) {
  table.push_back({"Pad", {2, 11, 13, 18, 19, 21, 23}, check_pad, create});
}

}  // namespace backplane::opencl
