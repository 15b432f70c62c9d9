#include "ops/reference.hpp"

#include <algorithm>
#include <cstring>

#include "ops/families.hpp"

namespace backplane::conformance {

const char* precision_name(Precision precision) {
  constexpr const char* kNames[] = {"exact",     "rounded",     "dot", "function",
                                    "composite", "statistical", "set"};
  return kNames[static_cast<size_t>(precision)];
}

const char* fill_name(Fill fill) {
  constexpr const char* kNames[] = {"integers",   "units",   "real",
                                    "wide",       "special", "ties",
                                    "cancelling", "far",     "every bit pattern"};
  return kNames[static_cast<size_t>(fill)];
}

Precision precision_of(const Reference& reference, const Request& request) {
  const bool is_set = reference.is_set != nullptr && reference.is_set(request);
  return is_set ? Precision::kSet : reference.precision;
}

const std::vector<Reference>& references() {
  static const std::vector<Reference> all = [] {
    References made;
    add_all(made);
    std::sort(made.begin(), made.end(),
              [](const Reference& a, const Reference& b) { return std::strcmp(a.op, b.op) < 0; });
    return made;
  }();
  return all;
}

const Reference* find_reference(const std::string& op) {
  for (const Reference& one : references())
    if (op == one.op) return &one;
  return nullptr;
}

}  // namespace backplane::conformance
