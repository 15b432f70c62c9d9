// Broadcasting as it was before version 7: one way only, asked for by `broadcast`, the second
// input's axes starting at `axis` of the first.
#pragma once

#include "ops/schema.hpp"

namespace backplane::ops {

// The attributes that an operator of two inputs had then: `axis` and `broadcast`.
void add_legacy_broadcast(Definition& definition);
// Into today's form, with an Unsqueeze of the second input where `axis` needs one.
Status upgrade_legacy_broadcast(Rewrite& rewrite);

}  // namespace backplane::ops
