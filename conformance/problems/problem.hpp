// A problem: one node to try a plugin on, as a line of text says it. Data, of which cases are made.
//
//   MatMul T={f32|f16} K={1|77} : T[3,K] T[K,5]
//
// Left of ":" are the operator and variables, right of it the inputs in order, the settings that
// are not the operator's defaults, and words. Braces hold alternatives; a line stands for every
// combination of them that the operator's definition allows.
//   T[3,K]            a tensor to be filled; T[] is a scalar; "-" an absent input
//   i64[2](3,-1)      a tensor with these values; "=" before it: a constant, known to the plugin
//   =f32[64,3,7,7]    a constant with values of the suite's own
//   i64[4]@-7..6      values drawn from that range
//   T[every]          every bit pattern of a type of 8 or 16 bits once; of one of 32 bits a block
//                     of 65,536 that the seed chooses (patterns.hpp)
//   axis=-1 alpha=0.5 mode=linear pads=[1,2]   settings: integer, float, text, lists
//   value=f16[1](2.5)                          a setting that is a tensor
//   outputs=2         more outputs than one
//   strided unknown   words: inputs with gaps between their elements; sizes unknown to the kernel
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ops/request.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

struct ProblemInput {
  bp_tensor_type_t type = {};  // dtype 0: absent
  bool is_constant = false;
  std::vector<double> values;  // given, or none
  bool has_values = false;
  double lowest = 0, highest = 0;  // of what is drawn, where has_range
  bool has_range = false;
  bool is_every = false;  // every bit pattern
};

struct Problem {
  std::string op;
  std::vector<ProblemInput> inputs;
  std::vector<std::pair<std::string, Setting>> settings;  // in the order written
  size_t output_count = 1;
  bool is_strided = false;
  bool is_unknown = false;  // the kernel is made for unknown sizes
  std::string text;         // the line that says it, without variables and braces
  std::string id;           // "operators/matmul/float32/3x77_77x5"
};

// Is it tried on every bit pattern of an input's type, and on nothing else?
bool has_every_pattern(const Problem& problem);
// The type that stands in its id: of the first input, or what it is told to give.
bp_dtype_t leading_dtype(const Problem& problem);

// One problem from a line without variables and braces.
Result<Problem> parse_problem(const std::string& text);
// Every line that a line stands for.
Result<std::vector<std::string>> expand(const std::string& line);

// Every problem of the suite, in the order of its files; those that no definition allows are left
// out. A mistake in them ends the program: a test parses them all.
const std::vector<Problem>& all_problems();
// Those alone whose ids may be wanted, told from how they begin ("operators/matmul/"): what is not
// is not even expanded.
std::vector<Problem> problems_beginning(const std::function<bool(const std::string&)>& is_wanted);
// How the ids of an operator's problems begin.
std::string id_beginning(const std::string& op);

const char* dtype_name(bp_dtype_t dtype);   // "float32"
const char* dtype_brief(bp_dtype_t dtype);  // "f32"; "" for a type that no line has

}  // namespace backplane::conformance
