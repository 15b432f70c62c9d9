// A graph as the generator draws it: plain data, of float32 and float16 tensors. The reference
// works it out; the host's graph is made from it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace backplane::conformance {

struct DrawnValue {
  std::string name;
  std::vector<int64_t> shape;
  bool is_constant = false;
  std::vector<float> data;  // of inputs and constants
  bool is_index = false;    // a constant of int64: sizes or axes
  bool is_half = false;     // of float16, which holds `data` exactly
};

struct DrawnNode {
  std::string op;
  std::string name;
  std::vector<size_t> inputs;  // places in DrawnGraph::values
  size_t output = 0;
  std::map<std::string, std::vector<int64_t>> lists;  // attributes
  std::map<std::string, int64_t> ints;
  std::map<std::string, float> floats;
};

struct DrawnGraph {
  std::vector<DrawnValue> values;
  std::vector<DrawnNode> nodes;  // in topological order
  std::vector<size_t> inputs;
  std::vector<size_t> outputs;
  // Every value, in any order of summation, is an integer below 2^24; of float16 it is rounded
  // where it is stored, and no less an integer.
  bool is_exact = false;
};

}  // namespace backplane::conformance
