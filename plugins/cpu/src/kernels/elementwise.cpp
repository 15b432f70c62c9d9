#include "elementwise.hpp"

#include <string>

namespace backplane::cpu {

namespace {

class UnaryKernel : public Kernel {
 public:
  UnaryKernel(const Node& node, UnaryLoop loop)
      : loop_(loop),
        input_size_(element_size(node.input(0).dtype)),
        output_size_(element_size(node.output(0).dtype)) {
    if (node.input(0).dtype == node.output(0).dtype) traits_.in_place = {{0, 0}};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const auto count = static_cast<int64_t>(element_count(outputs[0].type));
    const char* from = data<char>(inputs[0]);
    char* to = data<char>(outputs[0]);
    parallel_pieces(count, count, [=](int64_t begin, int64_t end) {
      loop_(from + begin * input_size_, to + begin * output_size_, end - begin);
    });
  }

 private:
  const UnaryLoop loop_;
  const int64_t input_size_;
  const int64_t output_size_;
};

class BinaryKernel : public Kernel {
 public:
  BinaryKernel(const Node& node, const BinaryLoops& loops)
      : is_known_(!has_unknown_size(node.input(0)) && !has_unknown_size(node.input(1)) &&
                  !has_unknown_size(node.output(0))),
        loops_{loops.both, loops.first_repeats, loops.second_repeats},
        first_size_(element_size(node.input(0).dtype)),
        second_size_(element_size(node.input(1).dtype)),
        output_size_(element_size(node.output(0).dtype)) {
    if (is_known_) plan_ = plan_broadcast(node.input(0), node.input(1), node.output(0));
    for (uint32_t i = 0; i < 2; ++i)
      if (node.input(i).dtype == node.output(0).dtype) traits_.in_place.push_back({i, 0});
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (is_known_)
      run(plan_, inputs, outputs);
    else
      run(plan_broadcast(inputs[0].type, inputs[1].type, outputs[0].type), inputs, outputs);
  }

 private:
  void run(const BroadcastPlan& plan, const bp_tensor_t* inputs, const bp_tensor_t* outputs) const {
    const char* first = data<char>(inputs[0]);
    const char* second = data<char>(inputs[1]);
    char* output = data<char>(outputs[0]);
    const BinaryLoop loop = loops_[static_cast<int>(plan.inner)];
    if (plan.rank == 1)
      run_one_row(plan, loop, first, second, output);
    else
      run_rows(plan, loop, first, second, output);
  }

  void run_one_row(const BroadcastPlan& plan, BinaryLoop loop, const char* first,
                   const char* second, char* output) const {
    if (plan.count < kParallelThreshold) {
      if (plan.count > 0) loop(first, second, output, plan.count);
      return;
    }
    const int64_t first_step = plan.strides[0][0] * first_size_;
    const int64_t second_step = plan.strides[1][0] * second_size_;
    parallel_pieces(plan.count, plan.count, [=](int64_t begin, int64_t end) {
      loop(first + begin * first_step, second + begin * second_step, output + begin * output_size_,
           end - begin);
    });
  }

  void run_rows(const BroadcastPlan& plan, BinaryLoop loop, const char* first, const char* second,
                char* output) const {
    parallel_pieces(plan.rows(), plan.count, [&](int64_t begin, int64_t end) {
      for_rows(plan, begin, end, [&](const BroadcastRow& row) {
        loop(first + row.first * first_size_, second + row.second * second_size_,
             output + row.output * output_size_, plan.sizes[0]);
      });
    });
  }

  const bool is_known_;  // all sizes; then plan_ is made
  BroadcastPlan plan_;
  const BinaryLoop loops_[3];  // by InnerLoop
  const int64_t first_size_;
  const int64_t second_size_;
  const int64_t output_size_;
};

}  // namespace

std::unique_ptr<Kernel> make_unary(const Node& node, UnaryLoop loop) {
  return std::make_unique<UnaryKernel>(node, loop);
}

std::unique_ptr<Kernel> make_binary(const Node& node, const BinaryLoops& loops) {
  return std::make_unique<BinaryKernel>(node, loops);
}

void check_elementwise(const Node& node, uint32_t inputs) {
  if (node.output_count() != 1 || !node.has_output(0)) refuse(node, "it has one output");
  if (node.input_count() > inputs) refuse(node, "it has " + std::to_string(inputs) + " inputs");
  const bp_tensor_type_t scalar = {};
  const bp_tensor_type_t& second = node.has_input(1) ? node.input(1) : scalar;
  if (!can_broadcast(node.input(0), second, node.output(0)))
    refuse(node, to_text(node.input(0)) + " and " + to_text(second) + " do not broadcast to " +
                     to_text(node.output(0)));
}

void check_unary(const Node& node, bool is_served, const char* served) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_served) refuse(node, std::string("only ") + served + ", not " + name_of(dtype));
  if (node.output(0).dtype != dtype) refuse(node, "input and output have one type");
  check_elementwise(node, 1);
}

}  // namespace backplane::cpu
