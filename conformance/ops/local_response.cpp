// LRN: each element over a power of the squares of its neighbours in other channels.
#include <algorithm>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

bool overflows(const Bounded& sum) { return sum.freedom != 0; }
bool overflows(Emulated) { return false; }

struct LocalResponse {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    if (x.rank < 2) throw NotDefined{"no channels"};
    if (Settings(request).integer("size", 0) < 1) throw NotDefined{"no neighbours"};
    return {x};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes& sizes = call.in(0).sizes;
    const int64_t step = steps_of(sizes)[1];
    for (int64_t place = 0; place < call.in(0).count(); ++place)
      call.out()[place] = response(call, place, place / step % sizes[1], step);
  }

 private:
  // X / (bias + alpha / size * sum)^beta; the sum is of size channels, the odd one behind.
  template <class S>
  static S response(const Call<S>& call, int64_t place, int64_t channel, int64_t step) {
    const int64_t size = call.settings.integer("size", 1);
    const int64_t channels = call.in(0).sizes[1];
    const int64_t first = std::max<int64_t>(0, channel - (size - 1) / 2);
    const int64_t last = std::min(channels - 1, channel + size / 2);
    Sum<S> squares;
    for (int64_t at = first; at <= last; ++at) {
      const S& x = call.in(0)[place + (at - channel) * step];
      squares.add_product(x, x);
    }
    const S sum = squares.total();
    const S share = S(call.settings.number("alpha", 1e-4)) / S(static_cast<double>(size));
    const S base = S(call.settings.number("bias", 1)) + share * sum;
    const S result = call.in(0)[place] / power(base, S(call.settings.number("beta", 0.75)));
    return overflows(sum) ? with_freedom(result, kAnything) : result;
  }
};

}  // namespace

void add_local_response(References& all) {
  all.push_back(reference<LocalResponse>("LRN", 17, Precision::kComposite,
                                         {Fill::kIntegers, Fill::kReal, Fill::kSpecial},
                                         {Slip::kDropsLastTerm, Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
