// Where: elements of one input or the other, moved as they are, of every type of whole bytes. Every
// byte of the condition but 0 is true.
#include <string>

#include "levels.hpp"
#include "many_inputs.hpp"

namespace backplane::cpu {

namespace {

template <class Element>
struct WhereBody {
  BACKPLANE_CPU_INLINE static void choose(const uint8_t* condition, int64_t step, const Element* x,
                                          int64_t x_step, const Element* y, int64_t y_step,
                                          Element* to, int64_t count) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const Element yes = x[i * x_step];
      const Element no = y[i * y_step];
      to[i] = condition[i * step] != 0 ? yes : no;
    }
  }

  // Steps that the compiler knows let it load vectors; the rest are rare.
  BACKPLANE_CPU_INLINE static void loop(const Source* sources, int64_t, void* output,
                                        int64_t count) {
    const auto* condition = static_cast<const uint8_t*>(sources[0].elements);
    const auto* x = static_cast<const Element*>(sources[1].elements);
    const auto* y = static_cast<const Element*>(sources[2].elements);
    auto* to = static_cast<Element*>(output);
    const int64_t step = sources[0].step, x_step = sources[1].step, y_step = sources[2].step;
    if (step == 1 && x_step == 1 && y_step == 1)
      choose(condition, 1, x, 1, y, 1, to, count);
    else if (step == 1 && x_step == 0 && y_step == 1)
      choose(condition, 1, x, 0, y, 1, to, count);
    else if (step == 1 && x_step == 1 && y_step == 0)
      choose(condition, 1, x, 1, y, 0, to, count);
    else
      choose(condition, step, x, x_step, y, y_step, to, count);
  }
};

ManyLoop loop_of(uint64_t size) {
  switch (size) {
    case 1:
      return Levels<&WhereBody<uint8_t>::loop>::best();
    case 2:
      return Levels<&WhereBody<uint16_t>::loop>::best();
    case 4:
      return Levels<&WhereBody<uint32_t>::loop>::best();
    case 8:
      return Levels<&WhereBody<uint64_t>::loop>::best();
    default:
      return nullptr;
  }
}

void check_where(const Node& node) {
  if (node.input_count() != 3) refuse(node, "it has three inputs");
  if (node.input(0).dtype != BP_DTYPE_BOOL)
    refuse(node, std::string("its condition is bool, not ") + name_of(node.input(0).dtype));
  const bp_dtype_t dtype = node.input(1).dtype;
  if (loop_of(element_size(dtype)) == nullptr)
    refuse(node, std::string("only elements of 1, 2, 4 or 8 bytes, not ") + name_of(dtype));
  if (node.input(2).dtype != dtype || node.output(0).dtype != dtype)
    refuse(node, "what it chooses from and the output have one type");
  check_many_inputs(node);
}

std::unique_ptr<Kernel> create_where(const Node& node, Device&) {
  return std::make_unique<ManyInputs>(node, loop_of(element_size(node.input(1).dtype)));
}

}  // namespace

void add_where(OperatorTable& table) {
  table.push_back({"Where", {9, 16}, check_where, create_where});
}

}  // namespace backplane::cpu
