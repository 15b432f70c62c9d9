// Reshape Flatten Squeeze Unsqueeze Identity: the same bytes under another shape, or no copy at all
// when the host runs them in place. Serves every type.
#include <cstring>
#include <string>

#include "copy.hpp"
#include "integer_input.hpp"

namespace backplane::cpu {

namespace {

class SameBytes : public Kernel {
 public:
  explicit SameBytes(const Node& node) {
    for (uint32_t i = 1; i < node.input_count(); ++i) {
      traits_.inputs.resize(node.input_count());
      if (node.has_input(i)) traits_.inputs[i] = unread_flags(node, i);
    }
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const char* from = data<char>(inputs[0]);
    char* to = data<char>(outputs[0]);
    if (from != to) copy_bytes(to, from, byte_size(outputs[0].type));
  }
};

void check(const Node& node) {
  const bp_tensor_type_t& from = node.input(0);
  const bp_tensor_type_t& to = node.output(0);
  if (from.dtype == 0 || byte_size({from.dtype, 0, 0, {}}) == 0)
    refuse(node, std::string("no ") + name_of(from.dtype));
  if (node.output_count() != 1 || from.dtype != to.dtype)
    refuse(node, "input and its one output have one type");
  if (!has_unknown_size(from) && !has_unknown_size(to) && element_count(from) != element_count(to))
    refuse(node, to_text(from) + " has not as many elements as " + to_text(to));
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<SameBytes>(node);
}

}  // namespace

void add_shape_only(OperatorTable& table) {
  table.push_back({"Reshape", {5, 13, 14, 19, 21, 23}, check, create});
  table.push_back({"Flatten", {1, 9, 11, 13, 21, 23}, check, create});
  table.push_back({"Squeeze", {1, 11, 13, 21, 23}, check, create});
  table.push_back({"Unsqueeze", {1, 11, 13, 21, 23}, check, create});
  table.push_back({"Identity", {1, 13, 14, 16, 19, 21, 23}, check, create});
}

}  // namespace backplane::cpu
