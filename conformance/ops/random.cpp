// Operators that draw at random. What they give is no value but a law; `run` draws one sample of it
// as a generator would that has no fault, or the fault emulated.
#include "run/random.hpp"

#include <cmath>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

using Kind = Distribution::Kind;

bp_dtype_t said_dtype(const Request& request, bp_dtype_t otherwise) {
  return static_cast<bp_dtype_t>(Settings(request).integer("dtype", otherwise));
}

bool is_drawn_type(bp_dtype_t dtype) {
  return dtype == BP_DTYPE_FLOAT32 || dtype == BP_DTYPE_FLOAT16 || dtype == BP_DTYPE_FLOAT64;
}

Types drawn_types(bp_dtype_t dtype, const Sizes& sizes) {
  if (!is_drawn_type(dtype)) throw NotDefined{"drawn in float16, float or double"};
  return {tensor_type_of(dtype, sizes)};
}

double unit(uint64_t place, uint64_t word) {  // [0, 1)
  return static_cast<double>(mix(mix(place) + word) >> 11) * 0x1p-53;
}

// Fewer numbers than there should be.
double coarse(double x) { return std::floor(x * 256) / 256; }

double uniform(uint64_t place) {
  const double x = unit(place, 1);
  return slips(Slip::kFewNumbers) ? coarse(x) : x;
}

double normal(uint64_t place) {
  const double radius = std::sqrt(-2 * std::log(1 - unit(place, 1)));
  const double x = radius * std::cos(6.283185307179586 * unit(place, 2));
  return slips(Slip::kFewNumbers) ? 8 * coarse(x / 8) : x;
}

struct Uniform {
  double low, high;

  explicit Uniform(const Request& request)
      : low(Settings(request).number("low", 0)), high(Settings(request).number("high", 1)) {}
  Distribution distribution() const {
    Distribution from;
    from.low = low;
    from.high = high;
    return from;
  }
  double sample(uint64_t place) const {
    if (slips(Slip::kIgnoresAttributes)) return uniform(place);
    if (slips(Slip::kWrongSpread)) return low + high * uniform(place);
    return low + (high - low) * uniform(place);
  }
};

struct Normal {
  double mean, scale;

  explicit Normal(const Request& request)
      : mean(Settings(request).number("mean", 0)), scale(Settings(request).number("scale", 1)) {}
  Distribution distribution() const {
    Distribution from;
    from.kind = Kind::kNormal;
    from.mean = mean;
    from.scale = scale;
    return from;
  }
  double sample(uint64_t place) const {
    if (slips(Slip::kIgnoresAttributes)) return normal(place);
    return mean + (slips(Slip::kWrongSpread) ? std::sqrt(scale) : scale) * normal(place);
  }
};

// What is drawn from one law, whatever says the shape.
template <class Law>
struct Drawn {
  static Distribution law(const Request& request, const Types&) {
    return Law(request).distribution();
  }
  template <class S>
  static void run(Call<S>& call) {
    const Law law(call.request);
    const int64_t count = call.out().count();
    const int64_t block = slips(Slip::kRepeatsBlock) ? 64 : count;
    for (int64_t i = 0; i < count; ++i)
      call.out()[i] = with_freedom(
          S(static_cast<Exact>(law.sample(static_cast<uint64_t>(i % block)))), kAnything);
  }
};

// Without inputs.
template <class Law>
struct Fresh : Drawn<Law> {
  static Types infer(const Request& request) {
    if (!Settings(request).has("shape")) throw NotDefined{"no shape"};
    return drawn_types(said_dtype(request, BP_DTYPE_FLOAT32),
                       Settings(request).integers("shape", {}));
  }
};

// Of an input's shape.
template <class Law>
struct Like : Drawn<Law> {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& input = request.inputs.at(0).type;
    return drawn_types(said_dtype(request, input.dtype), sizes_of(input));
  }
};

struct Bernoulli {
  static Types infer(const Request& request) {
    const bp_tensor_type_t& input = request.inputs.at(0).type;
    if (!is_drawn_type(input.dtype)) throw NotDefined{"chances in float16, float or double"};
    return {tensor_type_of(said_dtype(request, input.dtype), sizes_of(input))};
  }

  static Distribution law(const Request& request, const Types&) {
    const TensorData& input = request.inputs.at(0);
    Distribution from;
    from.kind = Kind::kBernoulli;
    for (uint64_t i = 0; i < element_count_of(input.type); ++i)
      from.chances.push_back(
          static_cast<double>(exact_element(input.type.dtype, input.bytes.data(), i)));
    return from;
  }

  // A chance that is NaN, or beyond 0 to 1, makes no law: anything may come.
  template <class S>
  static void run(Call<S>& call) {
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const S& chance = call.in(0)[i];
      const S one(static_cast<Exact>(unit(static_cast<uint64_t>(i), 1)));
      const bool comes = slips(Slip::kIgnoresChances) ? one < S(Exact{1} / 2) : one < chance;
      call.out()[i] = with_freedom(S(static_cast<Exact>(comes ? 1 : 0)), kAnything);
    }
  }
};

template <class Definition>
void add(References& all, const char* op, const std::vector<Fill>& fills,
         const std::vector<Slip>& slips) {
  all.push_back(reference<Definition>(op, 17, Precision::kStatistical, fills, slips));
  all.back().law = Definition::law;
}

}  // namespace

void add_random(References& all) {
  const std::vector<Fill> once = {Fill::kReal};
  const std::vector<Fill> over_others = {Fill::kReal, Fill::kSpecial};
  const std::vector<Slip> slips = {Slip::kFewNumbers, Slip::kRepeatsBlock, Slip::kWrongSpread,
                                   Slip::kIgnoresAttributes};
  add<Fresh<Uniform>>(all, "RandomUniform", once, slips);
  add<Like<Uniform>>(all, "RandomUniformLike", over_others, slips);
  add<Fresh<Normal>>(all, "RandomNormal", once, slips);
  add<Like<Normal>>(all, "RandomNormalLike", over_others, slips);
  add<Bernoulli>(all, "Bernoulli", once, {Slip::kIgnoresChances});
}

}  // namespace backplane::conformance
