// Elementwise, of this plugin's own domain: an expression over up to 16 inputs of the output's
// shape or broadcast to it, in one kernel. The passes make such nodes.
#include "fused.hpp"

#include <algorithm>

#include "expression.hpp"
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

// As fused.cl's; a scale of 0 for one element that is repeated everywhere.
struct Repeat {
  cl_ulong divisor = 1, period = 0, scale = 0;
};
struct Repeats {
  cl_ulong count = 1, length = 1, steps = 0;
  Repeat inputs[kMostInputs];
};

Expression expression_of(const Node& node) {
  return parse_expression(node.string_attribute(kProgramAttribute, ""), node.input_count());
}

// The size of the axis `back` axes before the last.
int64_t size_at(const bp_tensor_type_t& type, uint32_t back) {
  return back < type.rank ? type.shape[type.rank - 1 - back] : 1;
}

constexpr const char* kPlace =
    "const ulong s# = rows.steps >> # & 1; x# += x#_at + begin_of(rows.inputs + #, row) + begin * "
    "s#;";
constexpr InputMacro kParameters = {"PARAMETERS", "global const element* x#, ulong x#_at,",
                                    "global const uchar* x#, ulong x#_at,"};
constexpr InputMacro kPlaces = {"PLACES", kPlace, kPlace};
constexpr InputMacro kLoadsNear = {
    "LOADS_NEAR", "const numbers a#_@ = load_near(x# + @ * WIDTH * s#, s#);",
    "const numbers a#_@ = load_truths_near(x# + @ * WIDTH * s#, s#);"};
constexpr InputMacro kLoads = {"LOADS", "const numbers a#_0 = load(x# + k * s#, s#, left);",
                               "const numbers a#_0 = load_truths(x# + k * s#, s#, left);"};

// What fused.cl wants to have before it.
std::string macros_of(const Expression& expression, const std::vector<bool>& is_condition,
                      uint32_t vectors) {
  std::string stores = "#define STORES(store)";
  for (uint32_t i = 0; i < vectors; ++i)
    stores += numbered(" store(y + @ * WIDTH, result_@);", 0, i);
  return definition_of(kParameters, is_condition) + definition_of(kPlaces, is_condition) +
         definition_of(kLoadsNear, is_condition, 0, vectors) + definition_of(kLoads, is_condition) +
         "#define RESULTS " + statements_of(expression, vectors) + "\n#define RESULT " +
         statements_of(expression, 1) + '\n' + stores + '\n';
}

// Rows are as long as every input goes on by steps of 1 or stays in its place: the sizes below
// divide each other.
uint64_t row_length(const std::vector<Repetition>& repetitions, uint64_t count) {
  uint64_t length = count;
  for (const Repetition& one : repetitions) {
    if (one.period == 1) continue;
    length = std::min(length, one.times == 1 ? one.period : one.times);
  }
  return length;
}

Repeat repeat_of(const Repetition& one, uint64_t length, uint64_t count) {
  Repeat repeat;
  if (one.period == 1) return repeat;
  repeat.divisor = one.times == 1 ? 1 : one.times / length;
  repeat.scale = one.times == 1 ? length : 1;
  repeat.period = one.times * one.period == count ? 0 : one.period / repeat.scale;
  return repeat;
}

Repeats repeats_of(const bp_tensor_t* inputs, uint32_t input_count, const bp_tensor_t& output) {
  std::vector<Repetition> repetitions(input_count);
  for (uint32_t i = 0; i < input_count; ++i)
    find_repetition(inputs[i].type, output.type, &repetitions[i]);
  const uint64_t count = plugin::element_count(output.type);
  Repeats rows;
  rows.length = row_length(repetitions, count);
  rows.count = count / rows.length;
  for (uint32_t i = 0; i < input_count; ++i) {
    rows.inputs[i] = repeat_of(repetitions[i], rows.length, count);
    const bool goes_on = repetitions[i].times == 1 && repetitions[i].period != 1;
    rows.steps |= cl_ulong{goes_on} << i;
  }
  return rows;
}

class Fused : public Kernel {
 public:
  Fused(const Node& node, Device& device, const Expression& expression)
      : input_count_(node.input_count()),
        name_("fused.cl: " + text_of(expression)),
        text_(macros_of(expression, conditions_of(expression, input_count_),
                        work_span(device.facts) / vector_width(device.facts)) +
              kFusedSource.text),
        compute_(device, {name_.c_str(), text_.c_str()},
                 element_option(node.output(0).dtype) + width_option(device.facts), "fused") {
    for (uint32_t i = 0; i < input_count_; ++i) in_place.push_back({i, 0});
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const DeviceFacts& facts = stream.device().facts;
    const Repeats rows = repeats_of(inputs, input_count_, outputs[0]);
    const uint64_t span = work_span(facts);
    compute_.launch(stream, work_over(rows.count * ((rows.length + span - 1) / span)),
                    [&](Arguments& arguments) {
                      for (uint32_t i = 0; i < input_count_; ++i) arguments.add(inputs[i]);
                      arguments.add(outputs[0]);
                      arguments.add(rows);
                      arguments.add(is_streamed(facts, inputs, input_count_, outputs[0]));
                    });
  }

 private:
  const uint32_t input_count_;
  const std::string name_, text_;
  Compute compute_;
};

void check_input(const Node& node, uint32_t i, bool is_condition) {
  const std::string input = "input " + std::to_string(i);
  const bp_dtype_t wanted = is_condition ? bp_dtype_t{BP_DTYPE_BOOL} : node.output(0).dtype;
  if (node.input(i).dtype != wanted)
    refuse(node, input + " has not the element type " + std::to_string(wanted));
  Repetition ignored;
  if (has_unknown_size(node.input(i)) || !find_repetition(node.input(i), node.output(0), &ignored))
    refuse(node, input + " is not repeated over the output in one piece");
}

void check_fused(const Node& node, const DeviceFacts& facts) {
  const bp_dtype_t dtype = node.output(0).dtype;
  if (node.output_count() != 1 || (dtype != BP_DTYPE_FLOAT32 && dtype != BP_DTYPE_FLOAT16))
    refuse(node, "one output of float32 or float16");
  check_dtype(node, facts, dtype);
  if (has_unknown_size(node.output(0))) refuse(node, "only known sizes");
  const std::vector<bool> is_condition = conditions_of(expression_of(node), node.input_count());
  for (uint32_t i = 0; i < node.input_count(); ++i) check_input(node, i, is_condition[i]);
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Fused>(node, device, expression_of(node));
}

}  // namespace

// From the last axis on: those that repeat each element, those of the input, those that repeat all.
bool find_repetition(const bp_tensor_type_t& input, const bp_tensor_type_t& output,
                     Repetition* out_repetition) {
  if (input.rank > output.rank) return false;
  bool is_past = false;
  for (uint32_t back = 0; back < output.rank; ++back) {
    const int64_t whole = size_at(output, back);
    const int64_t own = size_at(input, back);
    if (whole == 1 && own == 1) continue;
    if (own == 1) {
      is_past = out_repetition->period != 1;
      if (!is_past) out_repetition->times *= static_cast<uint64_t>(whole);
    } else if (own != whole || is_past) {
      return false;
    } else {
      out_repetition->period *= static_cast<uint64_t>(whole);
    }
  }
  return true;
}

void add_fused(OperatorTable& table) {
  table.push_back({kFusedOperator, {1}, check_fused, create, kPluginId});
}

}  // namespace backplane::opencl
