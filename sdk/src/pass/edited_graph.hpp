// A graph while a pass edits it: the object behind the bp_graph_t of pass_run, and the table with
// which a plugin reads and edits it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/abi_view.hpp"

namespace backplane::pass {

// Whose pass it is.
struct Owner {
  std::string plugin_id;                             // domain of its own operators; "" has none
  std::function<Status(const bp_node_t&)> supports;  // asked for each new node of that domain
};

// Edits are checked one by one as far as one alone can be wrong; what they come to is for
// transact() to judge. A refused edit has done nothing.
class EditedGraph : public bp_graph {
 public:
  EditedGraph(graph::Graph contents, const Owner& owner);

  // Outputs of a standard operator are what its definition gives, and `outputs`, where they are
  // given, have to agree; those of the owner's are what `outputs` says.
  Result<graph::NodeId> add_node(ops::Operator op, const std::vector<graph::ValueId>& inputs,
                                 std::vector<bp_tensor_type_t> outputs);
  graph::ValueId add_constant(const ops::ConstantPtr& constant);
  Status replace_value(graph::ValueId old_value, graph::ValueId new_value);
  Status remove_node(graph::NodeId node);

  // Would the owner take such a node? OK where nobody can be asked.
  Status supports(const ops::Operator& op, const std::vector<graph::ValueId>& inputs,
                  const std::vector<bp_tensor_type_t>& outputs) const;

  // What the edits have done so far.
  struct Replacement {
    graph::ValueId old_value, new_value;
  };
  const std::vector<Replacement>& replacements() const { return replacements_; }
  const std::vector<graph::NodeId>& removed() const { return removed_; }
  uint32_t first_added() const { return first_added_; }  // nodes from this id on are the pass's
  bool is_changed() const;
  // The last edit that was refused, in words; "" when none was.
  const std::string& refusal() const { return refusal_; }

 private:
  friend class AbiEdits;

  const Owner& owner_;
  const uint32_t first_added_;
  std::vector<Replacement> replacements_;
  std::vector<graph::NodeId> removed_;
  std::string refusal_;
};

// Of an EditedGraph alone.
const bp_graph_view_t* edit_view();

}  // namespace backplane::pass
