// Elementwise, of this plugin's own domain: an expression over up to 16 inputs of the output's
// shape or broadcast to it, in one kernel. The passes make such nodes.
#include "fused.hpp"

#include <algorithm>

#include "expression.hpp"
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

// As fused.cl's; a scale of 0 for what begins in the same place in each row.
struct Repeat {
  cl_ulong divisor = 1, period = 0, scale = 0;
};
struct Repeats {
  cl_ulong count = 1, length = 1;
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
    "x# += x#_at + MOVES_# * begin_of(rows.inputs + #, row) + begin * STEP_#;";
constexpr InputMacro kParameters = {"PARAMETERS", "global const element* x#, ulong x#_at,",
                                    "global const uchar* x#, ulong x#_at,"};
constexpr InputMacro kPlaces = {"PLACES", kPlace, kPlace};
constexpr InputMacro kLoadsAhead = {"LOADS_AHEAD", "if (IS_WHOLE_#) ASK_AHEAD(x#);", ""};
constexpr InputMacro kLoadsNear = {
    "LOADS_NEAR", "const numbers a#_@ = load_near(x# + @ * WIDTH * STEP_#, STEP_#);",
    "const numbers a#_@ = load_truths_near(x# + @ * WIDTH * STEP_#, STEP_#);"};
constexpr InputMacro kLoads = {"LOADS", "const numbers a#_0 = load(x# + k * STEP_#, STEP_#, left);",
                               "const numbers a#_0 = load_truths(x# + k * STEP_#, STEP_#, left);"};

// Repetitions of a node's inputs, in its order.
std::vector<Repetition> repetitions_of(const Node& node) {
  std::vector<Repetition> repetitions(node.input_count());
  for (uint32_t i = 0; i < node.input_count(); ++i)
    find_repetition(node.input(i), node.output(0), &repetitions[i]);
  return repetitions;
}

// Elements of a row are side by side, or all the same one.
bool goes_on(const Repetition& one) { return one.times == 1 && one.period != 1; }

// What fused.cl wants to have before it.
std::string macros_of(const Expression& expression, const std::vector<bool>& is_condition,
                      uint32_t vectors) {
  std::string stores = "#define STORES(store)";
  for (uint32_t i = 0; i < vectors; ++i)
    stores += numbered(" store(y + @ * WIDTH, result_@);", 0, i);
  return definition_of(kParameters, is_condition) + definition_of(kPlaces, is_condition) +
         definition_of(kLoadsAhead, is_condition) +
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
  return repeat.period == 1 ? Repeat() : repeat;
}

Repeats repeats_of(const std::vector<Repetition>& repetitions, uint64_t count) {
  Repeats rows;
  if (count == 0) return rows;
  rows.length = row_length(repetitions, count);
  rows.count = count / rows.length;
  for (size_t i = 0; i < repetitions.size(); ++i)
    rows.inputs[i] = repeat_of(repetitions[i], rows.length, count);
  return rows;
}

// What inputs need at least is constant: the compiler loads what is repeated once, and asks no
// vector for its step and no row for its place.
std::string places_option(const std::vector<Repetition>& repetitions, const Repeats& rows) {
  std::string option;
  for (size_t i = 0; i < repetitions.size(); ++i) {
    const bool moves = rows.count > 1 && rows.inputs[i].scale != 0;
    const bool is_whole = repetitions[i].period == rows.count * rows.length;
    option += numbered(goes_on(repetitions[i]) ? " -DSTEP_#=1" : " -DSTEP_#=0", i, 0);
    option += numbered(is_whole ? " -DIS_WHOLE_#=1" : " -DIS_WHOLE_#=0", i, 0);
    option += numbered(moves ? " -DMOVES_#=1" : " -DMOVES_#=0", i, 0);
  }
  return option;
}

class Fused : public Kernel {
 public:
  Fused(const Node& node, Device& device, const Expression& expression)
      : input_count_(node.input_count()),
        name_("fused.cl: " + text_of(expression)),
        rows_(repeats_of(repetitions_of(node), plugin::element_count(node.output(0)))),
        text_(macros_of(expression, conditions_of(expression, input_count_),
                        work_span(device.facts) / vector_width(device.facts)) +
              kFusedSource.text),
        compute_(device, {name_.c_str(), text_.c_str()},
                 element_option(node.output(0).dtype) + width_option(device.facts) +
                     places_option(repetitions_of(node), rows_),
                 "fused") {
    for (uint32_t i = 0; i < input_count_; ++i) in_place.push_back({i, 0});
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const DeviceFacts& facts = stream.device().facts;
    const uint64_t span = work_span(facts);
    compute_.launch(stream, work_over(rows_.count * ((rows_.length + span - 1) / span)),
                    [&](Arguments& arguments) {
                      for (uint32_t i = 0; i < input_count_; ++i) arguments.add(inputs[i]);
                      arguments.add(outputs[0]);
                      arguments.add(rows_);
                      arguments.add(is_streamed(facts, inputs, input_count_, outputs[0]));
                    });
  }

 private:
  const uint32_t input_count_;
  const std::string name_;
  const Repeats rows_;
  const std::string text_;
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
