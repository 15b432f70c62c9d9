// The one door to oneDNN: primitives prepared for fixed shapes, run over plain pointers. Everything
// here is float32, dense and row-major from the outside, computed with full float32 products.
// (Channels-last tensors are row-major tensors of other sizes.)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel.hpp"
#include "kernels/epilogue.hpp"

namespace backplane::cpu {

// Where the tensors of one run are. `weights` is not read when packed ones are bound, and nothing
// that the program has no use for.
struct DnnlArguments {
  const void* source;
  const void* weights;
  const void* bias;
  void* target;
  void* scratch;                               // scratch_size() bytes, aligned to kBufferAlignment
  const float* residuals[kMaxResiduals] = {};  // what the epilogue adds
};

struct ConvolutionProblem;

// One oneDNN primitive, and the reorders around it where it wants other layouts. Any number of
// threads may run one program at once, each with its own scratch.
class DnnlProgram {
 public:
  struct Parts;
  explicit DnnlProgram(std::unique_ptr<Parts> parts);
  ~DnnlProgram();
  DnnlProgram(const DnnlProgram&) = delete;
  DnnlProgram& operator=(const DnnlProgram&) = delete;

  uint64_t scratch_size() const;
  const char* implementation() const;  // oneDNN's name for it, eg "brg:avx512_core"
  uint32_t threads() const;            // that it runs on; 0: unknown

  // Constant weights, for a program made with `packs_weights`: copies them once into the layout
  // that the primitive likes best, shared between kernels by the constant's id; before the first
  // run. Returns the bytes that this call added to the device, 0 when another kernel had made them.
  uint64_t bind_weights(const bp_constant_t& weights, Device& device);

  // Throws plugin::Error.
  void run(const DnnlArguments& arguments) const;

 private:
  friend std::unique_ptr<DnnlProgram> make_channels_last_convolution(const char*,
                                                                     const ConvolutionProblem&,
                                                                     const DnnlProgram*);
  std::unique_ptr<Parts> parts_;
};

// Matrix products over up to BP_MAX_RANK dimensions. `a` is [..., M, K], `b` is [..., K, N], all of
// one rank; batch sizes are equal, or 1 in one of the two. A transposed matrix lies in memory as
// [N, K] or [K, M].
struct MatMulProblem {
  std::vector<int64_t> a, b, target;
  bool is_a_transposed = false;
  bool is_b_transposed = false;
  bool has_bias = false;  // [N], added to every row
  bool packs_weights = false;
  Epilogue epilogue = {};  // Relu and Clip drop NaN; see InvalidWatch
};

// Convolution over 1 to 3 spatial dimensions: source [N, C, ...], weights [O, C/groups, ...].
struct ConvolutionProblem {
  std::vector<int64_t> source, weights, target;
  std::vector<int64_t> strides, dilations, pads_begin, pads_end;  // one per spatial dimension
  int64_t groups = 1;
  bool has_bias = false;  // [O]
  bool packs_weights = false;
  Epilogue epilogue = {};  // only channels-last; Relu and Clip drop NaN; see InvalidWatch
};

// Means over windows that all lie inside the input and its padding, none of them in the padding
// alone.
struct AveragePoolProblem {
  std::vector<int64_t> source, target;                        // [N, C, ...]
  std::vector<int64_t> sizes, strides, pads_begin, pads_end;  // one per spatial dimension
  bool counts_padding = false;
};

// A program, or nullptr where oneDNN has nothing but its slow reference loops for the problem. No
// size is 0. The program runs on as many threads as OpenMP allows now. Throws plugin::Error that
// begins with `op`.
std::unique_ptr<DnnlProgram> make_matmul(const char* op, const MatMulProblem& problem);
std::unique_ptr<DnnlProgram> make_convolution(const char* op, const ConvolutionProblem& problem);
std::unique_ptr<DnnlProgram> make_average_pool(const char* op, const AveragePoolProblem& problem);

// Has oneDNN more than reference loops and matrix products for this convolution of constant weights
// when source and target lie as [N, ..., C]?
bool has_channels_last_convolution(const ConvolutionProblem& problem);
// That convolution; what the epilogue adds lies as the target does. nullptr where oneDNN does not
// have it with this epilogue. If possible, weights are packed as `packs_like` does.
std::unique_ptr<DnnlProgram> make_channels_last_convolution(
    const char* op, const ConvolutionProblem& problem, const DnnlProgram* packs_like = nullptr);

// target[M, N] = a[M, K] * b[K, N], for sizes known only now. A transposed matrix lies in memory as
// [K, M] or [N, K]. Throws plugin::Error that begins with `op`.
struct Sgemm {
  bool is_a_transposed;
  bool is_b_transposed;
  int64_t m, n, k;
};
void run_sgemm(const char* op, const Sgemm& shape, const float* a, const float* b, float* target);

}  // namespace backplane::cpu
