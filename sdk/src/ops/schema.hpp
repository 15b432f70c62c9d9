// An operator's definition as data: versions, inputs, outputs, attributes; and as functions what
// data cannot say: what an older form becomes, defaults that hang on a rank, the output types.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "ops/node.hpp"

namespace backplane::ops {

class Decomposition;
class Inference;
class Rewrite;
struct Draft;
struct Values;

using Dtypes = uint32_t;  // a set: bit d stands for the dtype of value d

constexpr Dtypes set_of(std::initializer_list<bp_dtype_t> dtypes) {
  Dtypes set = 0;
  for (const bp_dtype_t dtype : dtypes) set |= Dtypes{1} << dtype;
  return set;
}
constexpr bool contains(Dtypes set, bp_dtype_t dtype) { return dtype < 32 && (set >> dtype & 1u); }

constexpr Dtypes kBool = set_of({BP_DTYPE_BOOL});
constexpr Dtypes kInt64 = set_of({BP_DTYPE_INT64});
constexpr Dtypes kIndex = set_of({BP_DTYPE_INT32, BP_DTYPE_INT64});
constexpr Dtypes kSigned = set_of({BP_DTYPE_INT8, BP_DTYPE_INT16, BP_DTYPE_INT32, BP_DTYPE_INT64});
constexpr Dtypes kUnsigned =
    set_of({BP_DTYPE_UINT8, BP_DTYPE_UINT16, BP_DTYPE_UINT32, BP_DTYPE_UINT64});
constexpr Dtypes kWide =  // integers of 32 and 64 bits
    set_of({BP_DTYPE_INT32, BP_DTYPE_INT64, BP_DTYPE_UINT32, BP_DTYPE_UINT64});
constexpr Dtypes kBfloat16 = set_of({BP_DTYPE_BFLOAT16});
constexpr Dtypes kIeee = set_of({BP_DTYPE_FLOAT16, BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT64});
constexpr Dtypes kFloat = kIeee | kBfloat16;
constexpr Dtypes kInteger = kSigned | kUnsigned;
constexpr Dtypes kNumber = kFloat | kInteger;
constexpr Dtypes kAny = kNumber | kBool;

// The versions of an operator in which something holds: [from, until); until 0 is "still".
struct Versions {
  uint32_t from = 0;
  uint32_t until = 0;
  bool hold(uint32_t version) const { return version >= from && (until == 0 || version < until); }
};
constexpr Versions always() { return {}; }
constexpr Versions from(uint32_t version) { return {version, 0}; }
constexpr Versions before(uint32_t version) { return {0, version}; }

enum class Presence {
  kRequired,
  kOptional,
  kVariadic,  // a parameter: one or more, last in its list
  kDefault,   // an attribute: its value when the model says nothing
  kDead,      // an attribute: allowed, without effect on any type known here, and dropped
};

// An input or an output.
struct Parameter {
  std::string name;
  char group = 0;    // parameters of one group have one dtype; 0: none
  Dtypes types = 0;  // in the newest form; of an output 0: its group's, or found by infer
  Presence presence = Presence::kRequired;
  Versions versions;
};

struct AttributeDefinition {
  Attribute value;  // name, kind and, with kDefault, the default
  Presence presence = Presence::kDefault;
  Versions versions;
  bool is_flag = false;  // an integer that is 0 or 1
};

struct Definition {
  using Infer = Status (*)(Inference& node);
  using Upgrade = Status (*)(Rewrite& rewrite);
  using Complete = Status (*)(Draft& draft, const Values& values);
  using Decompose = Status (*)(Decomposition& parts);

  Definition(std::string operator_name, std::vector<uint32_t> known_versions);

  Definition& input(std::string name, char group, Dtypes types,
                    Presence presence = Presence::kRequired, Versions versions = always());
  Definition& output(std::string name, char group, Dtypes types = 0,
                     Presence presence = Presence::kRequired, Versions versions = always());
  Definition& attribute(Attribute value, Versions versions = always());  // with its default
  Definition& flag(std::string name, bool standard, Versions versions = always());
  Definition& attribute(std::string name, bp_attribute_kind_t kind, Presence presence,
                        Versions versions = always());

  Definition& infers(Infer function);
  // What the data decides the sizes of: `function` says the most that they can be, of known inputs.
  Definition& bounds(Infer function);
  // Nodes of this version or newer mean as they stand what the newest form means; older ones go
  // through `function`, which turns the node into the newest form.
  Definition& form_since(uint32_t version, Upgrade function);
  // There is no such operator from `version` on: `function` makes another one of every node.
  Definition& replaced_in(uint32_t version, Upgrade function);
  Definition& completes(Complete function);
  // How a device without the operator gets what it gives, from simpler ones.
  Definition& decomposes(Decompose function);
  // What it gives does not follow from its inputs.
  Definition& draws_at_random();
  // The first version, newer than all that are known here, that means something else.
  Definition& changed_in(uint32_t version);
  // The first newer one that only takes more types.
  Definition& widened_in(uint32_t version);

  uint32_t newest() const { return versions.back(); }
  bool is_replaced() const { return form > newest(); }
  uint32_t version_in(uint32_t opset) const;  // 0: the operator begins later
  const AttributeDefinition* find_attribute(const std::string& name, uint32_t version) const;
  // Those that hold in `version`, in order.
  std::vector<const Parameter*> inputs_of(uint32_t version) const;
  std::vector<const Parameter*> outputs_of(uint32_t version) const;

  std::string op;
  std::vector<uint32_t> versions;  // at most kReferenceOpset, ascending
  uint32_t form = 0;
  uint32_t changed = 0;
  uint32_t widened = 0;
  bool is_random = false;
  bool has_body_of_onnx = false;  // which is its decomposition
  std::vector<Parameter> inputs;
  std::vector<Parameter> outputs;
  std::vector<AttributeDefinition> attributes;
  Infer infer = nullptr;
  Infer bound = nullptr;
  Upgrade upgrade = nullptr;
  Complete complete = nullptr;
  Decompose decompose = nullptr;
};

// Definitions are those of this opset; models up to kNewestOpset are read where an operator still
// means the same there.
constexpr uint32_t kReferenceOpset = 17;
constexpr uint32_t kNewestOpset = 25;

// All definitions, one an operator. Each file of operators/ adds its family with one function
// `define_<file name>`; then each of decompositions/ says with one, `decompose_<file name>`, what
// some of them are made of.
class Definitions {
 public:
  Definition& add(std::string op, std::vector<uint32_t> versions);
  Definition& at(const std::string& op) { return by_name_.at(op); }  // one that was added
  const Definition* find(const std::string& op) const;               // nullptr: not there
  const std::map<std::string, Definition>& all() const { return by_name_; }

 private:
  std::map<std::string, Definition> by_name_;
};

const Definitions& definitions();
inline const Definition* find_definition(const std::string& op) { return definitions().find(op); }

}  // namespace backplane::ops
