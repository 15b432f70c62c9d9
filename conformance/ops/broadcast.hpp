// What every operator with numpy's broadcasting shares: one element of the result from one element
// of each input.
#pragma once

#include "ops/reference.hpp"

namespace backplane::conformance {

inline Types same_type(const Request& request) { return {request.inputs.at(0).type}; }

template <class Op>
struct Unary {
  static Types infer(const Request& request) { return same_type(request); }
  template <class S>
  static void run(Call<S>& call) {
    for (int64_t i = 0; i < call.out().count(); ++i) call.out()[i] = Op::apply(call.in(0)[i]);
  }
};

template <class Op>
struct Binary {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& a = request.inputs.at(0).type;
    return {
        tensor_type_of(a.dtype, broadcast_sizes(sizes_of(a), sizes_of(request.inputs.at(1).type)))};
  }
  template <class S>
  static void run(Call<S>& call) {
    const Numbers<S>& a = call.in(0);
    const Numbers<S>& b = call.in(1);
    for (Odometer at(call.out().sizes); !at.done(); at.next())
      call.out()[at.place()] = Op::apply(a[broadcast_place(a.sizes, at.index())],
                                         b[broadcast_place(b.sizes, at.index())]);
  }
};

}  // namespace backplane::conformance
