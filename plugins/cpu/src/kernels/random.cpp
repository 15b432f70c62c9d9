// Operators that draw at random: RandomUniform, RandomNormal, their Like forms, Bernoulli.
// Element i of a launch follows from the launch's key and i alone (splitmix64 as a counter-based
// generator), however many threads draw. With a `seed` every launch draws the same numbers; without
// one each asks the system for a key, since a kernel keeps nothing from one launch to the next
// [BP-KERNEL-5], and the kernel says that it is not deterministic.
#include <cmath>
#include <cstring>
#include <random>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

uint64_t mix(uint64_t counter) {
  uint64_t z = counter * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t entropy() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

// Where a kernel's launches have their keys from.
class Keys {
 public:
  explicit Keys(const Node& node) : has_seed_(node.attribute("seed") != nullptr) {
    const float seed = node.float_attribute("seed", 0);
    uint32_t bits;
    std::memcpy(&bits, &seed, sizeof bits);
    of_seed_ = mix(bits);
  }
  bool has_seed() const { return has_seed_; }
  uint64_t next() const { return has_seed_ ? of_seed_ : entropy(); }

 private:
  bool has_seed_;
  uint64_t of_seed_ = 0;
};

// The words of one element.
class Words {
 public:
  Words(uint64_t key, int64_t element) : key_(mix(key + static_cast<uint64_t>(element))) {}
  double unit() { return static_cast<double>(mix(key_ + ++count_) >> 11) * 0x1p-53; }  // [0, 1)

 private:
  uint64_t key_;
  uint64_t count_ = 0;
};

struct Uniform {
  double low, high;
  double operator()(Words& words) const { return low + (high - low) * words.unit(); }
};

// Box and Muller's transformation.
struct Normal {
  double mean, scale;
  double operator()(Words& words) const {
    constexpr double kTurn = 6.283185307179586;
    const double radius = std::sqrt(-2 * std::log(1 - words.unit()));
    return mean + scale * radius * std::cos(kTurn * words.unit());
  }
};

// Rounding may reach the end of a range, and goes no further.
template <class T>
T stored(double value) {
  return store<T>(static_cast<Computed<T>>(value));
}

class RandomKernel : public Kernel {
 public:
  explicit RandomKernel(const Node& node) : keys_(node), dtype_(node.output(0).dtype) {
    traits_.is_shape_free = true;
    if (!keys_.has_seed()) traits_.numerics = BP_NUMERICS_FLAG_NONDETERMINISTIC;
  }

 protected:
  static constexpr int64_t kCostOfElement = 8;

  // The i-th element is draw(words of it, i).
  template <class T, class Draw>
  void fill(const bp_tensor_t& output, const Draw& draw) const {
    const auto count = static_cast<int64_t>(element_count(output.type));
    const uint64_t key = keys_.next();
    T* to = data<T>(output);
    parallel_pieces(count, count * kCostOfElement, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        Words words(key, i);
        to[i] = draw(words, i);
      }
    });
  }
  bp_dtype_t dtype() const { return dtype_; }

 private:
  Keys keys_;
  bp_dtype_t dtype_;
};

template <class Law>
class Drawn : public RandomKernel {
 public:
  Drawn(const Node& node, const Law& law) : RandomKernel(node), law_(law) {}

  void run(const bp_tensor_t*, const bp_tensor_t* outputs, const bp_tensor_t*) const override {
    visit_floats(dtype(), [&](auto type) {
      using T = typename decltype(type)::type;
      fill<T>(outputs[0], [this](Words& words, int64_t) { return stored<T>(law_(words)); });
    });
  }

 private:
  Law law_;
};

// 1 where a uniform number is below the element's chance: never at 0, always at 1.
class Bernoulli : public RandomKernel {
 public:
  explicit Bernoulli(const Node& node) : RandomKernel(node), chances_(node.input(0).dtype) {}

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    visit_floats(chances_, [&](auto from) {
      using From = typename decltype(from)::type;
      const From* chances = data<const From>(inputs[0]);
      visit_outputs([&](auto to, auto one) {
        using To = typename decltype(to)::type;
        fill<To>(outputs[0], [&](Words& words, int64_t i) {
          return words.unit() < static_cast<double>(load(chances[i])) ? one : To{};
        });
      });
    });
  }

 private:
  // visit(Type<T>(), its 1)
  template <class Visit>
  void visit_outputs(const Visit& visit) const {
    if (dtype() == BP_DTYPE_BOOL) return visit(Type<uint8_t>(), uint8_t{1});
    visit_numbers(dtype(), [&](auto type) {
      using T = typename decltype(type)::type;
      visit(type, store<T>(static_cast<Computed<T>>(1)));
    });
  }

  bp_dtype_t chances_;
};

void check_law(const Node& node) {
  const bp_dtype_t dtype = node.output(0).dtype;
  if (!is_float(dtype)) refuse(node, std::string("no ") + name_of(dtype));
}

void check_random(const Node& node) {
  check_counts(node, 0, 1);
  check_law(node);
}

void check_random_like(const Node& node) {
  check_counts(node, 1, 1);
  check_law(node);
  bp_tensor_type_t expected = node.input(0);
  expected.dtype = node.output(0).dtype;
  check_follows(node, 0, expected);
}

void check_bernoulli(const Node& node) {
  check_counts(node, 1, 1);
  const bp_dtype_t to = node.output(0).dtype;
  if (!is_float(node.input(0).dtype))
    refuse(node, std::string("no chances of ") + name_of(node.input(0).dtype));
  if (!is_number(to) && to != BP_DTYPE_BOOL) refuse(node, std::string("no ") + name_of(to));
  bp_tensor_type_t expected = node.input(0);
  expected.dtype = to;
  check_follows(node, 0, expected);
}

std::unique_ptr<Kernel> create_uniform(const Node& node, Device&) {
  const double low = node.float_attribute("low", 0);
  const double high = node.float_attribute("high", 1);
  return std::make_unique<Drawn<Uniform>>(node, Uniform{low, high});
}

std::unique_ptr<Kernel> create_normal(const Node& node, Device&) {
  const double mean = node.float_attribute("mean", 0);
  const double scale = node.float_attribute("scale", 1);
  return std::make_unique<Drawn<Normal>>(node, Normal{mean, scale});
}

std::unique_ptr<Kernel> create_bernoulli(const Node& node, Device&) {
  return std::make_unique<Bernoulli>(node);
}

}  // namespace

void add_random(OperatorTable& table) {
  constexpr bp_numerics_flags_t kFlags = BP_NUMERICS_FLAG_NONDETERMINISTIC;
  table.push_back({"RandomUniform", {1}, check_random, create_uniform, kFlags});
  table.push_back({"RandomUniformLike", {1}, check_random_like, create_uniform, kFlags});
  table.push_back({"RandomNormal", {1}, check_random, create_normal, kFlags});
  table.push_back({"RandomNormalLike", {1}, check_random_like, create_normal, kFlags});
  table.push_back({"Bernoulli", {15}, check_bernoulli, create_bernoulli, kFlags});
}

}  // namespace backplane::cpu
