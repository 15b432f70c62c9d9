// ConstantOfShape: one value everywhere, 0 of float32 when none is said.
#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

struct ConstantOfShape {
  static Types infer(const Request& request) {
    const Sizes sizes = integers_of(request.inputs.at(0));
    if (request.inputs[0].type.rank != 1) throw NotDefined{"no list of sizes"};
    for (int64_t size : sizes)
      if (size < 0) throw NotDefined{"a negative size"};
    const TensorData* value = Settings(request).tensor("value");
    if (value != nullptr && element_count_of(value->type) != 1) throw NotDefined{"not one value"};
    return {
        tensor_type_of(value != nullptr ? value->type.dtype : bp_dtype_t{BP_DTYPE_FLOAT32}, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const TensorData* value = call.settings.tensor("value");
    const S said =
        value != nullptr ? S(exact_element(value->type.dtype, value->bytes.data(), 0)) : S(0);
    for (S& element : call.out().elements) element = said;
  }
};

}  // namespace

void add_constant_of_shape(References& all) {
  all.push_back(reference<ConstantOfShape>("ConstantOfShape", 17, Precision::kExact,
                                           {Fill::kIntegers}, {Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
