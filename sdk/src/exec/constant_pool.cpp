#include "exec/constant_pool.hpp"

#include <cstring>
#include <functional>
#include <string_view>

namespace backplane::exec {
namespace {

std::string_view bytes_of(const ops::Constant& constant) {
  return {static_cast<const char*>(constant.bytes()), *byte_size(constant.type)};
}

}  // namespace

ops::ConstantPtr ConstantPool::unique(const ops::ConstantPtr& constant) {
  const size_t hash = std::hash<std::string_view>()(bytes_of(*constant));
  auto [entry, last] = constants_.equal_range(hash);
  while (entry != last) {
    const ops::ConstantPtr before = entry->second.lock();
    if (before == nullptr) {
      entry = constants_.erase(entry);
      continue;
    }
    if (same_type(before->type, constant->type) && bytes_of(*before) == bytes_of(*constant))
      return before;
    ++entry;
  }
  constants_.emplace(hash, constant);
  return constant;
}

}  // namespace backplane::exec
