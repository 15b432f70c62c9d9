// Constants that plans of one session compute alike: equal bytes become one constant, which is then
// uploaded once.
#pragma once

#include <map>
#include <memory>

#include "graph/graph.hpp"

namespace backplane::exec {

class ConstantPool {
 public:
  // The constant first given with these bytes and this type, for as long as a plan has it.
  ops::ConstantPtr unique(const ops::ConstantPtr& constant);

 private:
  std::multimap<size_t, std::weak_ptr<const ops::Constant>> constants_;  // by a hash of the bytes
};

}  // namespace backplane::exec
