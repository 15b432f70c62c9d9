// oneDNN's primitives run one after the other, and a row in oneDNN's words.
#pragma once

#include <dnnl.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "perf/direct.hpp"
#include "perf/row.hpp"

namespace backplane::conformance::direct {

using dnnl::memory;
using Tag = memory::format_tag;
constexpr auto kFloat = memory::data_type::f32;
constexpr auto kInference = dnnl::prop_kind::forward_inference;

class Steps {
 public:
  using Arguments = std::unordered_map<int, memory>;

  // Filled with floats from 0.5 to 1.5.
  memory make(const memory::desc& desc) const;
  void add(dnnl::primitive primitive, Arguments arguments);
  // A plain source as `desc` wants it.
  memory read(const memory::desc& plain, const memory::desc& desc);
  void write(const memory& from, const memory::desc& plain);
  void run(int times);

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};

 private:
  dnnl::stream stream_{engine};
  std::vector<std::pair<dnnl::primitive, Arguments>> steps_;
};

struct Row {
  const Problem& problem;
  const std::vector<bp_tensor_type_t>& outputs;

  memory::dims input(size_t index) const { return sizes_of(problem.inputs[index].type); }
  memory::dims output() const { return sizes_of(outputs[0]); }
  bool has_input(size_t index) const {
    return index < problem.inputs.size() && problem.inputs[index].type.dtype != 0;
  }
};

// Dense, row-major.
memory::desc plain(const memory::dims& sizes, memory::data_type type = kFloat);
// The same elements with ones in front, for operands that broadcast.
memory::dims widened(memory::dims sizes, size_t rank);

using Ways = std::vector<std::shared_ptr<Steps>>;
using MakeWays = Ways (*)(const Row& row);

struct Maker {
  const char* op;
  MakeWays make;
};
extern const std::vector<Maker> kProducts;     // direct_products.cpp
extern const std::vector<Maker> kWindows;      // direct_windows.cpp
extern const std::vector<Maker> kElementwise;  // direct_elementwise.cpp
extern const std::vector<Maker> kRows;         // direct_rows.cpp

}  // namespace backplane::conformance::direct
