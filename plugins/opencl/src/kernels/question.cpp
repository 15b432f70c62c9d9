// IsNaN IsInf: bools from floating-point numbers, by question.cl.
#include <cmath>

#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

// Launches with `numbers` as the last arguments.
class Question : public Kernel {
 public:
  Question(const Node& node, Device& device, const char* name, std::vector<cl_float> numbers)
      : numbers_(std::move(numbers)),
        compute_(device, kQuestionSource,
                 element_option(node.input(0).dtype) + width_option(device.facts), name) {
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const Rows rows = rows_over(outputs[0], inputs, 1);
    compute_.launch(stream, work_over(rows, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(inputs[0]);
      arguments.add(outputs[0]);
      arguments.add(rows);
      for (const cl_float number : numbers_) arguments.add(number);
    });
  }

 private:
  const std::vector<cl_float> numbers_;
  Compute compute_;
};

void check_question(const Node& node, const DeviceFacts& facts) {
  check_floating(node, facts, node.input(0).dtype);
  if (node.output(0).dtype != BP_DTYPE_BOOL) refuse(node, "its output is bool");
  if (!can_broadcast(node.input(0), node.input(0), node.output(0)))
    refuse(node, "the output has other sizes than the input");
}

std::unique_ptr<Kernel> create_is_nan(const Node& node, Device& device) {
  return std::make_unique<Question>(node, device, "is_nan", std::vector<cl_float>{});
}

// An infinity that is not asked for is NaN instead, which nothing is equal to.
std::unique_ptr<Kernel> create_is_inf(const Node& node, Device& device) {
  const auto asked = [&](const char* attribute, cl_float infinity) {
    return node.int_attribute(attribute, 1) != 0 ? infinity : NAN;
  };
  return std::make_unique<Question>(node, device, "is_one_of_two",
                                    std::vector<cl_float>{asked("detect_negative", -INFINITY),
                                                          asked("detect_positive", INFINITY)});
}

}  // namespace

void add_question(OperatorTable& table) {
  table.push_back({"IsNaN", {9, 13, 20}, check_question, create_is_nan});
  table.push_back({"IsInf", {10, 20}, check_question, create_is_inf});
}

}  // namespace backplane::opencl
