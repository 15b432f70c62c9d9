// RNN, LSTM and GRU against the equations of their definitions, in double and one number at a time.
#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  const char* op = "LSTM";
  int64_t layout = 0;
  const char* direction = "forward";
  bool has_bias = true, has_lengths = false, has_initial = false, has_peepholes = false;
  int64_t flag = 0;  // input_forget, linear_before_reset
  float clip = 0;
  std::vector<const char*> activations = {};
  int64_t steps = 4, batch = 3, input = 5, hidden = 4;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {
      {"LSTM"},
      {"LSTM", 0, "reverse"},
      {"LSTM", 0, "bidirectional", true, true, true, true},
      {"LSTM", 1, "bidirectional", true, true, true, true},
      {"LSTM", 1, "forward", false},
      {"LSTM", 0, "reverse", true, true, true},
      {"LSTM", 0, "forward", true, false, true, true, 1},
      {"LSTM", 0, "forward", true, false, false, true, 0, 0.2F},
      {"LSTM", 0, "forward", true, false, false, false, 0, 0, {"Relu", "Sigmoid", "Tanh"}},
      {"LSTM",
       0,
       "bidirectional",
       true,
       false,
       false,
       false,
       0,
       0,
       {"Sigmoid", "Tanh", "Tanh", "Tanh", "Relu", "Sigmoid"}},
      {"LSTM", 0, "forward", true, false, false, false, 0, 0, {}, 3, 2, 70, 40},
      {"LSTM", 0, "bidirectional", true, true, true, true, 0, 0, {}, 9, 11, 70, 37},
      {"LSTM", 0, "forward", true, false, false, false, 0, 0, {}, 0, 2, 3, 4},
      {"GRU"},
      {"GRU", 1},
      {"GRU", 0, "reverse", true, true, true},
      {"GRU", 0, "bidirectional", true, true, true, false, 1},
      {"GRU", 1, "bidirectional", false, false, true, false, 1},
      {"GRU", 0, "forward", true, false, false, false, 0, 0.1F},
      {"GRU", 0, "forward", true, false, false, false, 0, 0, {"Relu", "Sigmoid"}},
      {"GRU", 0, "forward", true, false, true, false, 1, 0, {}, 2, 1, 33, 50},
      {"GRU", 1, "bidirectional", true, true, true, false, 0, 0, {}, 9, 11, 70, 37},
      {"RNN"},
      {"RNN", 1, "reverse", true, true, true},
      {"RNN", 0, "bidirectional", true, true, true},
      {"RNN", 1, "bidirectional", false, false, true},
      {"RNN", 0, "forward", true, false, false, false, 0, 0.1F},
      {"RNN", 0, "bidirectional", true, false, false, false, 0, 0, {"Relu", "Sigmoid"}},
      {"RNN", 0, "forward", true, false, true, false, 0, 0, {}, 9, 11, 70, 37},
      {"LSTM", 0, "forward", true, false, true, true, 0, 0, {}, 4, 15, 20, 101},
      {"GRU", 0, "forward", true, false, true, false, 1, 0, {}, 4, 15, 20, 101}};
  return table;
}

struct Sizes {
  int64_t gates, directions, functions;
  explicit Sizes(const Case& tried)
      : gates(gates_of(tried.op)),
        directions(std::string(tried.direction) == "bidirectional" ? 2 : 1),
        functions(std::max<int64_t>(1, gates - 1)) {}
  static int64_t gates_of(const std::string& op) { return op == "LSTM" ? 4 : op == "GRU" ? 3 : 1; }
};

template <class T>
Tensor half_noise(const Shape& shape, uint64_t seed) {
  return filled<T>(
      shape, [&](int64_t i) { return store<T>(static_cast<Computed<T>>(0.5 * noise(seed, i))); });
}

template <class T>
TestNode node_of(const Case& tried) {
  const Sizes sizes(tried);
  const int64_t d = sizes.directions, h = tried.hidden, rows = sizes.gates * h;
  const bool is_lstm = sizes.gates == 4;
  const auto swapped = [&](int64_t a, int64_t b, int64_t c) {
    return tried.layout == 0 ? Shape{a, b, c} : Shape{b, a, c};
  };
  const Shape state = swapped(d, tried.batch, h);
  std::vector<int32_t> lengths;
  for (int64_t b = 0; b < tried.batch; ++b)
    lengths.push_back(static_cast<int32_t>(b % (tried.steps + 1)));
  TestNode node(tried.op, 14,
                {half_noise<T>(swapped(tried.steps, tried.batch, tried.input), 1),
                 half_noise<T>({d, rows, tried.input}, 2), half_noise<T>({d, rows, h}, 3),
                 tried.has_bias ? half_noise<T>({d, 2 * rows}, 4) : Tensor{},
                 tried.has_lengths ? tensor<int32_t>({tried.batch}, lengths) : Tensor{},
                 tried.has_initial ? half_noise<T>(state, 5) : Tensor{}},
                {wanted(dtype_of<T>(), tried.layout == 0 ? Shape{tried.steps, d, tried.batch, h}
                                                         : Shape{tried.batch, tried.steps, d, h}),
                 wanted(dtype_of<T>(), state)});
  if (is_lstm) {
    node.add_input(tried.has_initial ? half_noise<T>(state, 6) : Tensor{}, false);
    node.add_input(tried.has_peepholes ? half_noise<T>({d, 3 * h}, 7) : Tensor{}, false);
    node.outputs.push_back(wanted(dtype_of<T>(), state));
  }
  node.add("layout", tried.layout);
  node.add("direction", tried.direction);
  node.add("hidden_size", h);
  if (sizes.gates > 1) node.add(is_lstm ? "input_forget" : "linear_before_reset", tried.flag);
  if (tried.clip != 0) node.add("clip", tried.clip);
  if (!tried.activations.empty()) node.add("activations", tried.activations);
  return node;
}

// The equations, for one direction of one batch element.
class Reference {
 public:
  Reference(const Case& tried, const TestNode& node, int64_t direction, int64_t b)
      : tried_(tried), sizes_(tried), node_(node), d_(direction), b_(b) {
    for (int64_t j = 0; j < tried.hidden; ++j) {
      h_.push_back(tried.has_initial ? element(node.inputs[5], state_at(j)) : 0);
      c_.push_back(tried.has_initial && sizes_.gates == 4 ? element(node.inputs[6], state_at(j))
                                                          : 0);
    }
  }

  int64_t length() const {
    return tried_.has_lengths ? node_.inputs[4].as<int32_t>()[static_cast<size_t>(b_)]
                              : tried_.steps;
  }
  int64_t state_at(int64_t j) const {
    return (tried_.layout == 0 ? d_ * tried_.batch + b_ : b_ * sizes_.directions + d_) *
               tried_.hidden +
           j;
  }
  int64_t output_at(int64_t t, int64_t j) const {
    const int64_t row = tried_.layout == 0 ? (t * sizes_.directions + d_) * tried_.batch + b_
                                           : (b_ * tried_.steps + t) * sizes_.directions + d_;
    return row * tried_.hidden + j;
  }
  int64_t step_of(int64_t i) const {
    const bool is_reverse = d_ == 1 || std::string(tried_.direction) == "reverse";
    return is_reverse ? length() - 1 - i : i;
  }
  void step(int64_t t) { sizes_.gates == 4 ? lstm(t) : sizes_.gates == 3 ? gru(t) : rnn(t); }
  double h(int64_t j) const { return h_[static_cast<size_t>(j)]; }
  double c(int64_t j) const { return c_[static_cast<size_t>(j)]; }

 private:
  double act(int64_t which, double x) const {
    std::string name = which == 0 && sizes_.gates > 1 ? "Sigmoid" : "Tanh";
    if (!tried_.activations.empty())
      name = tried_.activations[static_cast<size_t>(d_ * sizes_.functions + which)];
    if (tried_.clip != 0) x = std::min(std::max(x, -double{tried_.clip}), double{tried_.clip});
    if (name == "Relu") return std::max(x, 0.0);
    return name == "Tanh" ? std::tanh(x) : 1 / (1 + std::exp(-x));
  }
  double from_input(int64_t t, int64_t gate, int64_t j) const {
    const int64_t row = (d_ * sizes_.gates + gate) * tried_.hidden + j;
    const int64_t at = (tried_.layout == 0 ? t * tried_.batch + b_ : b_ * tried_.steps + t);
    double sum = bias(gate, j);
    for (int64_t k = 0; k < tried_.input; ++k)
      sum += element(node_.inputs[1], row * tried_.input + k) *
             element(node_.inputs[0], at * tried_.input + k);
    return sum;
  }
  double from_state(const std::vector<double>& state, int64_t gate, int64_t j) const {
    const int64_t row = (d_ * sizes_.gates + gate) * tried_.hidden + j;
    double sum = bias(sizes_.gates + gate, j);
    for (int64_t k = 0; k < tried_.hidden; ++k)
      sum += element(node_.inputs[2], row * tried_.hidden + k) * state[static_cast<size_t>(k)];
    return sum;
  }
  double bias(int64_t gate, int64_t j) const {
    if (!tried_.has_bias) return 0;
    return element(node_.inputs[3], (d_ * 2 * sizes_.gates + gate) * tried_.hidden + j);
  }
  double peep(int64_t gate, int64_t j, double cell) const {
    if (!tried_.has_peepholes) return 0;
    return element(node_.inputs[7], (d_ * 3 + gate) * tried_.hidden + j) * cell;
  }

  void rnn(int64_t t) {
    std::vector<double> next = h_;
    for (int64_t j = 0; j < tried_.hidden; ++j)
      next[static_cast<size_t>(j)] = act(0, from_input(t, 0, j) + from_state(h_, 0, j));
    h_ = next;
  }
  void lstm(int64_t t) {
    std::vector<double> next = h_;
    for (int64_t j = 0; j < tried_.hidden; ++j) {
      const auto both = [&](int64_t gate) {
        return from_input(t, gate, j) + from_state(h_, gate, j);
      };
      double& cell = c_[static_cast<size_t>(j)];
      const double in = act(0, both(0) + peep(0, j, cell));
      const double forget = tried_.flag != 0 ? 1 - in : act(0, both(2) + peep(2, j, cell));
      cell = forget * cell + in * act(1, both(3));
      next[static_cast<size_t>(j)] = act(0, both(1) + peep(1, j, cell)) * act(2, cell);
    }
    h_ = next;
  }
  void gru(int64_t t) {
    std::vector<double> next = h_, reset = h_;
    const auto both = [&](int64_t gate, int64_t j) {
      return act(0, from_input(t, gate, j) + from_state(h_, gate, j));
    };
    for (int64_t j = 0; j < tried_.hidden; ++j) reset[static_cast<size_t>(j)] *= both(1, j);
    for (int64_t j = 0; j < tried_.hidden; ++j) {
      const double recurrent =
          tried_.flag != 0 ? both(1, j) * from_state(h_, 2, j) : from_state(reset, 2, j);
      const double fresh = act(1, from_input(t, 2, j) + recurrent);
      next[static_cast<size_t>(j)] = (1 - both(0, j)) * fresh + both(0, j) * h(j);
    }
    h_ = next;
  }

  const Case& tried_;
  Sizes sizes_;
  const TestNode& node_;
  int64_t d_, b_;
  std::vector<double> h_, c_;
};

void expect_case(const Case& tried, const TestNode& node, const std::vector<Tensor>& found,
                 double bound) {
  for (int64_t d = 0; d < Sizes(tried).directions; ++d)
    for (int64_t b = 0; b < tried.batch; ++b) {
      Reference reference(tried, node, d, b);
      const auto expect = [&](size_t output, int64_t at, double value) {
        ASSERT_NEAR(element(found[output], at), value, bound) << "output " << output << ", " << at;
      };
      for (int64_t i = 0; i < reference.length(); ++i) {
        const int64_t t = reference.step_of(i);
        reference.step(t);
        for (int64_t j = 0; j < tried.hidden; ++j)
          expect(0, reference.output_at(t, j), reference.h(j));
      }
      for (int64_t t = reference.length(); t < tried.steps; ++t)
        for (int64_t j = 0; j < tried.hidden; ++j) expect(0, reference.output_at(t, j), 0);
      for (int64_t j = 0; j < tried.hidden; ++j) {
        expect(1, reference.state_at(j), reference.h(j));
        if (found.size() > 2) expect(2, reference.state_at(j), reference.c(j));
      }
    }
}

template <class T>
void expect_cases(double bound) {
  const OpenDevice device(kSynchronousDevice);
  for_cases(cases().size(), [&](size_t number) {
    TestNode node = node_of<T>(cases()[number]);
    for (const bool is_unknown : {false, true}) {
      node.has_unknown_sizes = is_unknown;
      const TestKernel kernel(device, node);
      ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
      expect_case(cases()[number], node, kernel.run(node.inputs, node.outputs), bound);
    }
  });
}

// Some tens of products below 1 are summed for each gate; errors shrink through the activations.
TEST(Recurrent, Float32KeepsToTheEquations) { expect_cases<float>(1e-5); }
TEST(Recurrent, Float64KeepsToTheEquations) { expect_cases<double>(1e-13); }
TEST(Recurrent, Float16KeepsToTheEquations) { expect_cases<Half>(2e-3); }

// Constant weights are packed when a kernel is made; all others at every
// launch.
TEST(Recurrent, ConstantWeightsArePackedOnceAndShared) {
  const OpenDevice device(kSynchronousDevice);
  for (const char* op : {"LSTM", "GRU"}) {
    const Case tried = {op, 0, "bidirectional", true, false, false, false, 0, 0, {}, 5, 6, 20, 50};
    TestNode node = node_of<float>(tried);
    const std::vector<Tensor> expected = TestKernel(device, node).run(node.inputs, node.outputs);
    node.constant[1] = node.constant[2] = true;
    node.constant_ids[1] = op[0] == 'L' ? 1 : 3;
    node.constant_ids[2] = op[0] == 'L' ? 2 : 4;
    const TestKernel first(device, node), second(device, node);
    EXPECT_TRUE(first.is_baked(1) && first.is_baked(2));
    EXPECT_GE(first.info().device_memory_size, 2U * 3U * 50U * (20U + 50U) * 4U);
    EXPECT_EQ(second.info().device_memory_size, 0U);
    EXPECT_LT(second.info().scratch_size, first.info().device_memory_size);
    for (const TestKernel* kernel : {&first, &second}) {
      const std::vector<Tensor> found = kernel->run(node.inputs, node.outputs);
      for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].bytes, expected[i].bytes) << op;
    }
  }
}

TEST(Recurrent, OutputsMayBeAbsent) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node = node_of<float>(cases()[0]);
  const std::vector<Tensor> all = TestKernel(device, node).run(node.inputs, node.outputs);
  node.outputs[0] = Tensor{};
  const std::vector<Tensor> some = TestKernel(device, node).run(node.inputs, node.outputs);
  EXPECT_EQ(some[1].bytes, all[1].bytes);
  EXPECT_EQ(some[2].bytes, all[2].bytes);
}

TEST(Recurrent, WhatDoesNotFitIsRefusedInWords) {
  Case tried;
  tried.activations = {"Sigmoid", "Softsign", "Tanh"};
  EXPECT_EQ(refusal(node_of<float>(tried)),
            "LSTM: activation Softsign is none of Sigmoid, Tanh, Relu");
  tried.activations = {"Sigmoid"};
  EXPECT_EQ(refusal(node_of<float>(tried)), "LSTM: activations are 3 names");
  tried.activations = {};
  tried.direction = "upward";
  EXPECT_EQ(refusal(node_of<float>(tried)),
            "LSTM: direction upward is none of forward, reverse, bidirectional");
  TestNode node = node_of<float>(cases()[0]);
  node.inputs[2] = noisy<float>({1, 16, 5}, 1);
  EXPECT_EQ(refusal(node), "LSTM: input 2 is float32[1,16,4], not float32[1,16,5]");
}

TEST(Recurrent, ALengthBeyondTheSequenceFailsTheLaunch) {
  const OpenDevice device(kSynchronousDevice);
  Case tried;
  tried.has_lengths = true;
  TestNode node = node_of<float>(tried);
  node.inputs[4] = tensor<int32_t>({3}, {1, 5, 2});
  const TestKernel kernel(device, node);
  kernel.launch(node.inputs, node.outputs, 0);
  EXPECT_EQ(kernel.launch_status, BP_STATUS_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace backplane::cpu::testing
