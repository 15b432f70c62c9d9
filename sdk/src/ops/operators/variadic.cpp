// Any number of inputs, combined element by element.
#include "ops/inference.hpp"
#include "ops/schema.hpp"

namespace backplane::ops {

// Before version 8 all inputs had one shape, which today's broadcasting takes as well.
void define_variadic(Definitions& definitions) {
  struct Entry {
    const char* op;
    std::vector<uint32_t> versions;
    Dtypes types;
    const char* output;
  };
  const Entry entries[] = {
      {"Max", {1, 6, 8, 12, 13}, kNumber, "max"},
      {"Min", {1, 6, 8, 12, 13}, kNumber, "min"},
      {"Mean", {1, 6, 8, 13}, kFloat, "mean"},
      {"Sum", {1, 6, 8, 13}, kFloat, "sum"},
  };
  for (const Entry& entry : entries)
    definitions.add(entry.op, entry.versions)
        .input("data_0", 'T', entry.types, Presence::kVariadic)
        .output(entry.output, 'T')
        .attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, before(6))
        .infers(infer_broadcast);
}

}  // namespace backplane::ops
