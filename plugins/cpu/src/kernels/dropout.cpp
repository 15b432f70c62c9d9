// Dropout at inference: the data as they are, and a mask of nothing but true. Training is refused
// when it is asked for, or could be.
#include <cstring>
#include <string>

#include "axis.hpp"
#include "copy.hpp"
#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kData, kRatio, kTraining };
constexpr uint32_t kMask = 1;

class Dropout : public Kernel {
 public:
  explicit Dropout(const Node& node) : has_mask_(node.has_output(kMask)) {
    traits_.inputs.resize(node.input_count());
    for (uint32_t i = 1; i < node.input_count(); ++i)
      if (node.constant(i) != nullptr) traits_.inputs[i] = BP_ARGUMENT_FLAG_BAKED;
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const char* from = data<const char>(inputs[kData]);
    char* to = data<char>(outputs[0]);
    if (from != to) copy_bytes(to, from, byte_size(outputs[0].type));
    if (has_mask_ && byte_size(outputs[kMask].type) != 0)
      std::memset(data<char>(outputs[kMask]), 1, byte_size(outputs[kMask].type));
  }

 private:
  bool has_mask_;
};

bool is_training(const Node& node) {
  if (!node.has_input(kTraining)) return false;
  const bp_constant_t* constant = node.constant(kTraining);
  if (constant == nullptr || constant->data == nullptr)
    refuse(node, "training_mode is no constant, so that it may be training");
  return element_count(constant->type) != 0 && *static_cast<const char*>(constant->data) != 0;
}

void check(const Node& node) {
  const bp_tensor_type_t& from = node.input(kData);
  if (element_size(from.dtype) == 0) refuse(node, std::string("no ") + name_of(from.dtype));
  check_counts(node, 3, 2);
  if (is_training(node)) refuse(node, "training_mode is training");
  check_follows(node, 0, from);
  bp_tensor_type_t mask = from;
  mask.dtype = BP_DTYPE_BOOL;
  if (node.has_output(kMask)) check_follows(node, kMask, mask);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<Dropout>(node);
}

}  // namespace

void add_dropout(OperatorTable& table) {
  table.push_back({"Dropout", {7, 10, 12, 13}, check, create});
}

}  // namespace backplane::cpu
