// What is done to the results of Gemm, MatMul or Conv before they are stored: the expression of a
// node of the plugin's own, named as the operator, over them and tensors beside them.
#pragma once

#include <optional>

#include "expression.hpp"
#include "fused.hpp"

namespace backplane::opencl {

// The inputs before are the operator's own, with those that are absent; the expression's in0 are
// the results, and in1 is this.
constexpr uint32_t kFirstBeside = 3;
// With all others these fit into the least space that OpenCL promises for arguments.
constexpr uint32_t kMostBeside = 8;

// How many of an output's last axes are columns, and how many before them rows. Those before all
// are images or matrices.
struct OutputAxes {
  uint32_t rows, columns;
};
// nullopt: not an operator that takes an epilogue.
std::optional<OutputAxes> output_axes(const Node& node);

// As epilogue.cl's.
struct Beside {
  cl_ulong outer = 0, row = 0, column = 0;
};
// The steps of a dense tensor that is broadcast to the output. False when it is not, or when its
// elements are not evenly apart along all outer axes, all rows, and all columns. Known sizes.
bool find_steps(const bp_tensor_type_t& input, const bp_tensor_type_t& output,
                const OutputAxes& axes, Beside* out_steps);

// A source with texts of its own.
struct OwnedSource {
  std::string name, text;
  Source get() const { return {name.c_str(), text.c_str()}; }
};

class Epilogue {
 public:
  Epilogue() = default;  // nothing is done
  Epilogue(Expression expression, uint32_t beside_count, const OutputAxes& axes);
  explicit Epilogue(const Node& node);  // what its program says; one that check_epilogue passes

  // `kernel`, with what it wants to have before it.
  OwnedSource before(const Source& kernel) const;
  // The arguments of EPILOGUE_PARAMETERS; `inputs` are those of the node.
  void add_to(Arguments& arguments, const bp_tensor_t* inputs, const bp_tensor_t& output) const;

 private:
  Expression expression_;
  uint32_t beside_count_ = 0;
  OutputAxes axes_ = {};
};

// Refuses a node whose program, or a tensor beside, cannot be served.
void check_epilogue(const Node& node);

}  // namespace backplane::opencl
