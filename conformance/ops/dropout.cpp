// Dropout as it is in inference: the data as they are, and a mask of nothing but true.
#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

struct Dropout {
  static Types infer(const Request& request) {
    for (size_t input : {size_t{1}, size_t{2}})
      if (has_input(request, input) && element_count_of(request.inputs[input].type) != 1)
        throw NotDefined{"no scalar"};
    if (has_input(request, 2) && integers_of(request.inputs[2])[0] != 0)
      throw NotDefined{"training"};
    Types types = {request.inputs.at(0).type};
    if (request.output_count > 1)
      types.push_back(tensor_type_of(BP_DTYPE_BOOL, sizes_of(types[0])));
    return types;
  }

  template <class S>
  static void run(Call<S>& call) {
    call.out().elements = call.in(0).elements;
    if (!call.wants(1)) return;
    for (S& kept : call.out(1).elements) kept = S(1);
  }
};

}  // namespace

void add_dropout(References& all) {
  all.push_back(reference<Dropout>("Dropout", 17, Precision::kExact,
                                   {Fill::kIntegers, Fill::kWide, Fill::kSpecial}));
}

}  // namespace backplane::conformance
