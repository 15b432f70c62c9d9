// Operands of products of matrices, with numpy's broadcasting of batches.
#pragma once

#include "ops/reference.hpp"

namespace backplane::conformance {

// numpy.matmul: a vector stands for a row on the left, a column on the right.
struct Operands {
  Sizes a, b;   // as matrices, batches in front
  Sizes batch;  // what both batches stretch to
  int64_t m, k, n;
  bool drops_m, drops_n;
};

inline Operands operands_of(const Request& request, size_t left = 0, size_t right = 1) {
  Operands all = {};
  all.a = sizes_of(request.inputs.at(left).type);
  all.b = sizes_of(request.inputs.at(right).type);
  if (all.a.empty() || all.b.empty()) throw NotDefined{"MatMul of a scalar"};
  all.drops_m = all.a.size() == 1;
  all.drops_n = all.b.size() == 1;
  if (all.drops_m) all.a.insert(all.a.begin(), 1);
  if (all.drops_n) all.b.push_back(1);
  all.m = all.a[all.a.size() - 2];
  all.k = all.a.back();
  all.n = all.b.back();
  if (all.b[all.b.size() - 2] != all.k) throw NotDefined{"inner sizes differ"};
  all.batch = broadcast_sizes({all.a.begin(), all.a.end() - 2}, {all.b.begin(), all.b.end() - 2});
  return all;
}

// Where the matrix of batch `index` begins.
inline int64_t matrix_at(const Sizes& sizes, const Sizes& index) {
  const size_t batches = sizes.size() - 2;
  const size_t shift = index.size() - batches;
  int64_t place = 0;
  for (size_t axis = 0; axis < batches; ++axis)
    place = place * sizes[axis] + (sizes[axis] == 1 ? 0 : index[shift + axis]);
  return place * sizes[batches] * sizes[batches + 1];
}

}  // namespace backplane::conformance
