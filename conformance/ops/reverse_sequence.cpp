// ReverseSequence: the first elements of every sequence of a batch, in the opposite order.
#include <algorithm>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

struct ReverseSequence {
  static Types infer(const Request& request) {
    const Axes axes = axes_of(request);
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    if (x.rank < 2) throw NotDefined{"no batch and time"};
    if (sizes_of(request.inputs.at(1).type) != Sizes{x.shape[axes.batch]})
      throw NotDefined{"not a length for each sequence"};
    if (!request.inputs[1].bytes.empty()) check_lengths(request, x.shape[axes.time]);
    return {x};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Axes axes = axes_of(call.request);
    Sizes lengths = integers_of(call.request.inputs[1]);
    if (slips(Slip::kIgnoresAttributes)) fit(lengths, call.out().sizes, axes);
    const Sizes steps = steps_of(call.out().sizes);
    for (Odometer at(call.out().sizes); !at.done(); at.next()) {
      const int64_t time = at.index()[axes.time];
      const int64_t length = lengths[static_cast<size_t>(at.index()[axes.batch])];
      const int64_t from = time < length ? length - 1 - time : time;
      call.out()[at.place()] = call.in(0)[at.place() + (from - time) * steps[axes.time]];
    }
  }

 private:
  struct Axes {
    size_t batch;
    size_t time;
  };

  static Axes axes_of(const Request& request) {
    const Settings settings(request);
    const int64_t batch = settings.integer("batch_axis", 1);
    const int64_t time = settings.integer("time_axis", 0);
    if (batch + time != 1 || batch * time != 0) throw NotDefined{"axes are 0 and 1"};
    return {static_cast<size_t>(batch), static_cast<size_t>(time)};
  }

  // With the axes taken for one another there are not the lengths for it.
  static void fit(Sizes& lengths, const Sizes& sizes, const Axes& axes) {
    lengths.resize(static_cast<size_t>(sizes[axes.batch]), 1);
    for (int64_t& length : lengths) length = std::min(length, sizes[axes.time]);
  }

  static void check_lengths(const Request& request, int64_t most) {
    for (const int64_t length : integers_of(request.inputs[1]))
      if (length < 0 || length > most) throw NotDefined{"a length that no sequence has"};
  }
};

}  // namespace

void add_reverse_sequence(References& all) {
  all.push_back(reference<ReverseSequence>("ReverseSequence", 17, Precision::kExact,
                                           {Fill::kIntegers, Fill::kSpecial},
                                           {Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
