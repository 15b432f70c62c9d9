// Cast and CastLike, between all element types that there are. Integers wrap around; everything but
// 0, NaN too, is true. Each result is rounded once.
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

struct Pair {
  bp_dtype_t from, to;
};

// The same conversion in terms of fewer types: what keeps its type is moved as bits, the low bits
// of integers are unsigned, and a bool is a number already.
Pair computed_types(bp_dtype_t from, bp_dtype_t to) {
  if (from == to) return {bits_of(from), bits_of(to)};
  if (from == BP_DTYPE_BOOL) from = BP_DTYPE_UINT8;
  if (!is_floating(from) && !is_floating(to) && to != BP_DTYPE_BOOL) to = bits_of(to);
  return {from, to};
}

// cast.cl's KIND.
const char* kind_of(const Pair& types) {
  if (types.to == BP_DTYPE_BOOL) return "TRUTH";
  if (types.from == BP_DTYPE_FLOAT64 && types.to == BP_DTYPE_FLOAT16) return "NARROW";
  return is_floating(types.from) && !is_floating(types.to) ? "HELD" : "PLAIN";
}

std::string options_of(const Node& node, const DeviceFacts& facts) {
  const Pair types = computed_types(node.input(0).dtype, node.output(0).dtype);
  return element_option(types.to) + width_option(facts) + " -DFROM=" + element_name(types.from) +
         " -DKIND=" + kind_of(types) + (types.from == BP_DTYPE_FLOAT16 ? " -DIS_FROM_HALF=1" : "") +
         (types.from == BP_DTYPE_FLOAT64 ? " -DHAS_DOUBLE=1" : "");
}

class Cast : public Kernel {
 public:
  Cast(const Node& node, Device& device)
      : compute_(device, kCastSource, options_of(node, device.facts), "cast") {
    if (element_size(node.input(0).dtype) == element_size(node.output(0).dtype))
      in_place = {{0, 0}};
    argument_flags.assign(node.input_count(), 0);
    argument_flags[0] = BP_ARGUMENT_FLAG_STRIDED;
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const DeviceFacts& facts = stream.device().facts;
    const Rows rows = rows_over(outputs[0], inputs, 1);
    compute_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
      arguments.add(inputs[0]);
      arguments.add(outputs[0]);
      arguments.add(rows);
      arguments.add(is_streamed(facts, inputs, 1, outputs[0]));
    });
  }

 private:
  Compute compute_;
};

void check_cast(const Node& node, const DeviceFacts& facts) {
  check_dtype(node, facts, node.input(0).dtype);
  check_dtype(node, facts, node.output(0).dtype);
  if (!can_broadcast(node.input(0), node.input(0), node.output(0)))
    refuse(node, "the output has other sizes than the input");
}

// The second input is there for its type alone.
void check_cast_like(const Node& node, const DeviceFacts& facts) {
  if (node.output(0).dtype != node.input(1).dtype)
    refuse(node, "the output has not the element type of input 1");
  check_cast(node, facts);
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Cast>(node, device);
}

}  // namespace

// From 19 on `saturate` speaks of 8-bit floats alone, which are not served.
void add_cast(OperatorTable& table) {
  table.push_back({"Cast", {6, 9, 13, 19, 21, 23}, check_cast, create});
  table.push_back({"CastLike", {15, 19, 21, 23}, check_cast_like, create});
}

}  // namespace backplane::opencl
