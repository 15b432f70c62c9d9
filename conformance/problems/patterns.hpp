// Every bit pattern of a type, as the elements of a tensor: what "T[every]" in a problem stands
// for.
#pragma once

#include <backplane/tensor.h>

#include <cstdint>
#include <string>

namespace backplane::conformance {

// As many elements as such a tensor has: all patterns of a type of 8 or 16 bits, of one of 32 bits
// a block of 65,536; 0 for every other type.
uint64_t pattern_count(bp_dtype_t dtype);

// Its bytes: each pattern once. Of 32 bits each upper half once, with block_of(seed) as the lower
// one, so that each block has every sign and exponent, and all blocks together each pattern once.
// Neighbours are far apart, and the first and the last differ by much and are ordinary numbers: a
// tail that is not written would not show where the last ones are NaN, whose results may be open.
std::string pattern_bytes(bp_dtype_t dtype, uint64_t seed);

constexpr uint64_t kPatternBlocks = 65536;
// Below kPatternBlocks, and another for each of that many consecutive seeds.
uint32_t block_of(uint64_t seed);

}  // namespace backplane::conformance
