// Does a node keep to its definition? Names of attributes, their kinds, arity, element types.
// Nothing here prefixes the operator's name; normalise() and infer() do.
#pragma once

#include "ops/schema.hpp"
#include "ops/table.hpp"

namespace backplane::ops {

// A model's node against what holds in `opset`: attributes and arity.
Status check_draft(const Definition& definition, const Draft& draft, uint32_t opset);

// Types of inputs against the newest form; nullptr or dtype 0 where absent or not known.
// UNSUPPORTED for an element type that came after kReferenceOpset; in models of `opset` where the
// definition takes more types than known here, for any that is not known.
Status check_input_types(const Definition& definition,
                         const std::vector<const bp_tensor_type_t*>& types, uint32_t opset);

// A node of the newest form: everything above, read through the ABI, hostile pointers not included
// but counts, kinds and ranks.
Status check_node(const Definition& definition, const bp_node_t& node);

// UNSUPPORTED: "<word>: <operator>: <text>", as table.hpp promises.
Status refusal(const char* word, const std::string& op, const std::string& text);
// "<operator>: " before the text of any other failure.
Status named(const Status& status, const std::string& op);

}  // namespace backplane::ops
