// Normalization: BatchNormalization, for inference and for training.
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

// (X - mean) / sqrt(var + epsilon) * scale + B. Kernels fold all but X into a factor and a shift,
// X * a + (B - mean * a); so it is bounded as a sum of X * a, -mean * a and B in any order.
struct BatchNormalization {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& x = request.inputs.at(0).type;
    if (x.rank < 2) throw NotDefined{"no channels"};
    for (size_t i = 1; i < 5; ++i)
      if (sizes_of(request.inputs.at(i).type) != Sizes{x.shape[1]})
        throw NotDefined{"not one for each channel"};
    if (!is_training(Settings(request))) return {x};
    return {x, request.inputs[3].type, request.inputs[4].type};
  }

  template <class S>
  static void run(Call<S>& call) {
    for (int64_t channel = 0; channel < call.in(0).sizes[1]; ++channel)
      is_training(call.settings)
          ? train(call, channel)
          : normalise(call, channel, call.in(3)[channel], call.in(4)[channel]);
  }

 private:
  static bool is_training(const Settings& settings) {
    return settings.integer("training_mode", 0) != 0;
  }

  // Calls `visit` with the place of each element of a channel.
  template <class S, class Visit>
  static void each(const Call<S>& call, int64_t channel, const Visit& visit) {
    const Sizes& sizes = call.in(0).sizes;
    const int64_t step = steps_of(sizes)[1];
    for (int64_t n = 0; n < sizes[0]; ++n)
      for (int64_t i = 0; i < step; ++i) visit((n * sizes[1] + channel) * step + i);
  }

  // With the mean and variance of the batch, which also move the running ones.
  template <class S>
  static void train(Call<S>& call, int64_t channel) {
    const int64_t whole = count_of(call.in(0).sizes) / call.in(0).sizes[1];
    const S count(static_cast<double>(whole));
    Sum<S> sum;
    each(call, channel, [&](int64_t place) { sum.add(call.in(0)[place]); });
    const S mean = sum.total() / count;
    Sum<S> squares;
    each(call, channel, [&](int64_t place) {
      const S distance = call.in(0)[place] - mean;
      squares.add_product(distance, distance);
    });
    const S variance = squares.total() / count;
    normalise(call, channel, mean, variance);
    const S momentum(call.settings.number("momentum", 0.9));
    if (call.wants(1))
      call.out(1)[channel] = call.in(3)[channel] * momentum + mean * (S(1) - momentum);
    if (call.wants(2))
      call.out(2)[channel] = call.in(4)[channel] * momentum + variance * (S(1) - momentum);
  }

  template <class S>
  static void normalise(Call<S>& call, int64_t channel, const S& mean, const S& variance) {
    const S epsilon(call.settings.number("epsilon", 1e-5));
    const S factor = call.in(1)[channel] / square_root(variance + epsilon);
    // A factor that overflows where kernels keep it leaves nothing to be said of its channel.
    const bool overflows = largest(arithmetic().operation) < absolute(exact(factor));
    each(call, channel, [&](int64_t place) {
      const S y = scaled(call, place, channel, mean, factor);
      call.out()[place] = overflows ? with_freedom(y, kAnything) : y;
    });
  }

  template <class S>
  static S scaled(const Call<S>& call, int64_t place, int64_t channel, const S& mean,
                  const S& factor) {
    Sum<S> sum;
    sum.add_product(call.in(0)[place], factor);
    sum.add_product(-mean, factor);
    sum.add(call.in(2)[channel]);
    const S folded = sum.total();
    if (!is_nan(folded)) return folded;
    const S written = (call.in(0)[place] - mean) * factor + call.in(2)[channel];
    return with_freedom(written, kNanToo);  // infinity less infinity, when folded
  }
};

}  // namespace

void add_normalization(References& all) {
  all.push_back(reference<BatchNormalization>("BatchNormalization", 17, Precision::kComposite,
                                              {Fill::kReal, Fill::kFar, Fill::kSpecial},
                                              {Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
