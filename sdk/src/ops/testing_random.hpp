// For tests only: random nodes of any known operator, valid ones and others.
#pragma once

#include <random>

#include "ops/schema.hpp"

namespace backplane::ops::testing {

struct RandomNode {
  Operator op;  // of the newest form
  std::vector<bp_tensor_type_t> inputs;
  std::vector<ConstantPtr> constants;  // where there is one
  size_t output_count = 1;
};

std::string text(const RandomNode& node);

struct RandomLimits {
  uint64_t seed = 0;
  bool hostile =
      false;  // sizes and numbers of any magnitude, wrong dtypes, ranks up to 9, unknowns
};

class RandomNodes {
 public:
  explicit RandomNodes(const RandomLimits& limits) : limits_(limits), random_(limits.seed) {}
  RandomNode next(const std::string& op);

 private:
  int64_t number(int64_t least, int64_t most);
  bool happens(int percent) { return number(1, 100) <= percent; }
  int64_t size();
  int64_t value();
  Shape shape();
  Shape leading(const std::string& op);
  Shape mutated(Shape shape);
  Shape operand(const std::string& op, size_t index);
  Shape places(const std::string& op, size_t index);
  Shape fitting(const std::string& op, size_t index);
  std::string equation();
  Attribute attribute(const AttributeDefinition& definition);
  std::vector<int64_t> list(const std::string& name);
  std::vector<int64_t> pooled(const std::string& name);
  ConstantPtr tensor();
  bp_dtype_t dtype(uint32_t types);
  ConstantPtr integers(bp_dtype_t dtype, size_t length);
  ConstantPtr whole(bp_dtype_t dtype);
  bp_dtype_t dtype_beside(const RandomNode& node, char group, uint32_t types);
  ConstantPtr numbers(const std::string& name, bp_dtype_t dtype);
  void add_input(const std::string& name, char group, uint32_t types, RandomNode& node);

  RandomLimits limits_;
  std::mt19937_64 random_;
  Shape first_;
  Shape indices_;
};

}  // namespace backplane::ops::testing
