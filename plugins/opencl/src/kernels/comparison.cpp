// Equal Less LessOrEqual Greater GreaterOrEqual, and And Or Xor Not of bools, all by
// comparison.cl. Nothing compares with NaN, and 0 equals -0.
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

struct Question {
  const char* op;
  const char* name;  // comparison.cl's QUESTION
  uint32_t inputs;
  bool is_of_numbers, is_of_bools;
  std::vector<uint32_t> since;
};

const std::vector<Question>& questions() {
  static const std::vector<Question> all = {
      {"Equal", "EQUAL", 2, true, true, {7, 11, 13, 19}},
      {"Less", "LESS", 2, true, false, {7, 9, 13}},
      {"LessOrEqual", "LESS_OR_EQUAL", 2, true, false, {12, 16}},
      {"Greater", "GREATER", 2, true, false, {7, 9, 13}},
      {"GreaterOrEqual", "GREATER_OR_EQUAL", 2, true, false, {12, 16}},
      {"And", "BOTH", 2, false, true, {7}},
      {"Or", "EITHER", 2, false, true, {7}},
      {"Xor", "ONLY_ONE", 2, false, true, {7}},
      {"Not", "NOT", 1, false, true, {1}},
  };
  return all;
}

const Question& question_of(const Node& node) {
  for (const Question& question : questions())
    if (node.op() == question.op) return question;
  return questions().front();
}

std::string options_of(const Node& node, const DeviceFacts& facts) {
  const Question& question = question_of(node);
  return element_option(node.input(0).dtype) + width_option(facts) +
         " -DQUESTION=" + question.name + (question.inputs == 1 ? " -DIS_OF_ONE=1" : "");
}

class Comparison : public Kernel {
 public:
  Comparison(const Node& node, Device& device)
      : input_count_(question_of(node).inputs),
        compute_(device, kComparisonSource, options_of(node, device.facts), "answer") {
    for (uint32_t i = 0; i < input_count_; ++i)
      if (node.input(i).dtype == BP_DTYPE_BOOL) in_place.push_back({i, 0});
    argument_flags.assign(input_count_, BP_ARGUMENT_FLAG_STRIDED);
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const Rows rows = rows_over(outputs[0], inputs, input_count_);
    compute_.launch(stream, work_over(rows, stream.device().facts), [&](Arguments& arguments) {
      for (uint32_t i = 0; i < input_count_; ++i) arguments.add(inputs[i]);
      arguments.add(outputs[0]);
      arguments.add(rows);
    });
  }

 private:
  const uint32_t input_count_;
  Compute compute_;
};

void check_question(const Node& node, const DeviceFacts& facts) {
  const Question& question = question_of(node);
  const bp_dtype_t dtype = node.input(0).dtype;
  if (dtype == BP_DTYPE_BOOL ? !question.is_of_bools : !question.is_of_numbers)
    refuse(node, question.is_of_bools ? "only bool, not element type " + std::to_string(dtype)
                                      : "only numbers, not bool");
  check_dtype(node, facts, dtype);
  if (node.output(0).dtype != BP_DTYPE_BOOL) refuse(node, "the output is bool");
  const bp_tensor_type_t& other = node.input(question.inputs - 1);
  if (other.dtype != dtype) refuse(node, "both inputs have one element type");
  if (!can_broadcast(node.input(0), other, node.output(0)))
    refuse(node, "the output has other sizes than its inputs broadcast together");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Comparison>(node, device);
}

}  // namespace

void add_comparison(OperatorTable& table) {
  for (const Question& question : questions())
    table.push_back({question.op, question.since, check_question, create});
}

}  // namespace backplane::opencl
