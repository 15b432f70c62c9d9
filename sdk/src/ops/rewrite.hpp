// An older node on its way to the newest form: what an operator's upgrade function takes away
// (attributes), adds (constants, nodes before and after) and finds out (types, values).
#pragma once

#include <optional>
#include <set>

#include "ops/schema.hpp"
#include "ops/table.hpp"

namespace backplane::ops {

class Rewrite {
 public:
  // `draft` has its attributes checked and the defaults of `version` filled in.
  Rewrite(Draft draft, uint32_t version, const Values& values);

  uint32_t version() const { return version_; }
  Draft& node() { return node_; }

  // nullptr: absent, or not known.
  const bp_tensor_type_t* input_type(size_t index) const;

  // The attribute, which the node then no longer has.
  std::optional<Attribute> take(const std::string& name);
  int64_t take_int(const std::string& name);  // 0 when it is not there

  // Input `index` becomes a new constant named after the node's output and `role`; nullptr: absent.
  void set_input(size_t index, const std::string& role, ConstantPtr value);
  // The attribute of integers, if the node has it, becomes input `index`.
  void to_input(const std::string& attribute, size_t index);

  // A node with one input and one output before or after this one. `before` puts it between input
  // `index` and the node; `after` between output `index` and its name. A `value` is its second
  // input.
  void before(size_t index, Operator op, const std::string& role, ConstantPtr value);
  void after(size_t index, Operator op, const std::string& role, ConstantPtr value);

  Status refuse(const std::string& text) const;       // UNSUPPORTED, kNoSchema
  Status needs_known(const std::string& text) const;  // UNSUPPORTED, kUnknownSize

  Normalised result() &&;

 private:
  std::string fresh_name(const std::string& role);
  std::string add_constant(const std::string& role, ConstantPtr value);
  std::string text_with_version(const std::string& text) const;

  Draft node_;
  std::string name_;  // what new names begin with
  uint32_t version_;
  const Values& values_;
  std::vector<Draft> before_;
  std::vector<Draft> after_;
  std::vector<std::pair<std::string, ConstantPtr>> constants_;
  std::set<std::string> names_;
};

Operator make_operator(std::string op, std::vector<Attribute> attributes);

}  // namespace backplane::ops
