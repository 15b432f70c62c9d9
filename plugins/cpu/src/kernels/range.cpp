// Range: start + i * delta, for as many elements as the output has. Floats are computed in double
// and rounded once, so that no error grows along the range; integers are exact.
#include <cstring>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

enum Input : uint32_t { kStart, kLimit, kDelta, kInputCount };

template <class T>
class Range : public Kernel {
 public:
  Range() {
    traits_.inputs.assign(kInputCount, BP_ARGUMENT_FLAG_HOST);
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const T start = number_in(inputs[kStart]);
    const T delta = number_in(inputs[kDelta]);
    const auto count = static_cast<int64_t>(element_count(outputs[0].type));
    T* to = data<T>(outputs[0]);
    parallel_pieces(count, count, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) to[i] = element(start, delta, i);
    });
  }

 private:
  static T number_in(const bp_tensor_t& scalar) {
    T value;
    std::memcpy(&value, scalar.host, sizeof value);
    return value;
  }
  static T element(T start, T delta, int64_t i) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<uint64_t>(start) +
                            static_cast<uint64_t>(i) * static_cast<uint64_t>(delta));
    else
      return store<T>(
          static_cast<Computed<T>>(static_cast<double>(load(start)) +
                                   static_cast<double>(i) * static_cast<double>(load(delta))));
  }
};

void check(const Node& node) {
  check_counts(node, kInputCount, 1);
  const bp_dtype_t dtype = node.input(kStart).dtype;
  if (!is_number(dtype)) refuse(node, std::string("no ") + name_of(dtype));
  for (const uint32_t i : {kStart, kLimit, kDelta})
    if (node.input(i).dtype != dtype || node.input(i).rank > 1)
      refuse(node, "start, limit and delta are numbers of one type");
  check_follows(node, 0, {dtype, 1, 0, {-1}});
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_numbers(node.input(kStart).dtype, [&](auto type) {
    made = std::make_unique<Range<typename decltype(type)::type>>();
  });
  return made;
}

}  // namespace

void add_range(OperatorTable& table) { table.push_back({"Range", {11}, check, create}); }

}  // namespace backplane::cpu
