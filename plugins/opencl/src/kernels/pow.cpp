// Pow: the base's type is the output's, the exponent may have any numeric type. An integer base to
// an integer power wraps around. To a floating-point power it is computed in double, truncated, and
// held inside the type, NaN being 0. Powers of one floating-point type are elementwise.cl's.
#include "elementwise.hpp"
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

bool fits_int(bp_dtype_t dtype) {
  return dtype != BP_DTYPE_UINT32 && dtype != BP_DTYPE_INT64 && dtype != BP_DTYPE_UINT64;
}

// pow.cl's KIND.
const char* kind_of(bp_dtype_t base, bp_dtype_t exponent) {
  if (!is_floating(base)) return is_floating(exponent) ? "ROUNDED" : "WHOLE";
  if (is_floating(exponent)) return "REAL";
  return fits_int(exponent) ? "SHORT" : "LONG";
}

// A float has not the digits for some of these.
bool needs_double(bp_dtype_t base, bp_dtype_t exponent) {
  if (base == BP_DTYPE_FLOAT64 || exponent == BP_DTYPE_FLOAT64) return true;
  return is_floating(base) ? !is_floating(exponent) && !fits_int(exponent) : is_floating(exponent);
}

std::string options_of(const Node& node, const DeviceFacts& facts) {
  const bp_dtype_t base = node.input(0).dtype;
  const bp_dtype_t exponent = node.input(1).dtype;
  return element_option(base) + width_option(facts) + " -DEXPONENT=" + element_name(exponent) +
         " -DKIND=" + kind_of(base, exponent) +
         (exponent == BP_DTYPE_FLOAT16 ? " -DHAS_HALF_EXPONENT=1" : "") +
         (needs_double(base, exponent) ? " -DIS_WIDE=1" : "");
}

class Pow : public Kernel {
 public:
  Pow(const Node& node, Device& device)
      : compute_(device, kPowSource, options_of(node, device.facts), "power") {
    in_place = {{0, 0}};
    argument_flags.assign(2, BP_ARGUMENT_FLAG_STRIDED);
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const Rows rows = rows_over(outputs[0], inputs, 2);
    compute_.launch(stream, work_over(rows, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(inputs[0]);
      arguments.add(inputs[1]);
      arguments.add(outputs[0]);
      arguments.add(rows);
    });
  }

 private:
  Compute compute_;
};

void check_pow(const Node& node, const DeviceFacts& facts) {
  const bp_dtype_t base = node.input(0).dtype;
  const bp_dtype_t exponent = node.input(1).dtype;
  check_same_dtype(node);
  if (!is_floating(base) && base != BP_DTYPE_INT32 && base != BP_DTYPE_INT64)
    refuse(node, "the base is float16, float32, float64, int32 or int64, not element type " +
                     std::to_string(base));
  // PoCL 3.1 makes vectors of it in which a special number spoils its neighbours' results.
  if (base == BP_DTYPE_FLOAT64) refuse(node, "powers in float64 are not trusted to OpenCL drivers");
  if (exponent == BP_DTYPE_BOOL) refuse(node, "the exponent is a number, not bool");
  for (const bp_dtype_t dtype : {base, exponent}) check_dtype(node, facts, dtype);
  if (needs_double(base, exponent) && !facts.has_float64)
    refuse(node, "an exponent of this type needs float64, which " + facts.name + " does not have");
  if (!can_broadcast(node.input(0), node.input(1), node.output(0)))
    refuse(node, "the output has other sizes than its inputs broadcast together");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  const bp_dtype_t base = node.input(0).dtype;
  if (is_floating(base) && node.input(1).dtype == base) return create_elementwise(node, device);
  return std::make_unique<Pow>(node, device);
}

}  // namespace

void add_pow(OperatorTable& table) { table.push_back({"Pow", {7, 12, 13, 15}, check_pow, create}); }

}  // namespace backplane::opencl
