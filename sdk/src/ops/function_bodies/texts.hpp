// ONNX's messages as initialisers of the structures in ops/function_body.hpp.
#pragma once

#include <onnx/defs/function.h>

#include <map>
#include <string>
#include <vector>

#include "support/status.hpp"

namespace backplane::ops::bodies {

// Which of the whole's attributes an integer in a body is the value of.
using Carried = std::map<int64_t, std::string>;

// UNSUPPORTED, in words: what the table has no room or no meaning for.
Result<std::string> node_text(const onnx::NodeProto& node, const Carried& carried);

// {"a", "b"}. UNSUPPORTED: more than `most`.
Result<std::string> names_text(const google::protobuf::RepeatedPtrField<std::string>& names,
                               size_t most);

}  // namespace backplane::ops::bodies
