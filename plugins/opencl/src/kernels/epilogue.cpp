#include "epilogue.hpp"

#include <iterator>

#include "sources.hpp"
#include "walk.hpp"

namespace backplane::opencl {

namespace {

constexpr InputMacro kParameters = {"EPILOGUE_PARAMETERS",
                                    "global const element* x#, ulong x#_at, Beside s#,",
                                    "global const uchar* x#, ulong x#_at, Beside s#,"};
constexpr InputMacro kLoads = {"LOADS_BESIDE", "const numbers a#_0 = BESIDE(load, x# + x#_at, s#);",
                               "const numbers a#_0 = BESIDE(load_truths, x# + x#_at, s#);"};

constexpr uint32_t kMostUnrolled = 4;  // operations; more would make a tile's code too long

struct Product {
  const char* op;
  OutputAxes (*axes)(const Node& node);
};
constexpr Product kProducts[] = {
    {"Conv",
     [](const Node& node) {
       return OutputAxes{1, node.output(0).rank - 2u};
     }},
    {"Gemm",
     [](const Node&) {
       return OutputAxes{1, 1};
     }},
    // A vector has no rows on the left, and no columns on the right.
    {"MatMul",
     [](const Node& node) {
       return OutputAxes{node.input(0).rank > 1 ? 1u : 0u, node.input(1).rank > 1 ? 1u : 0u};
     }},
};

uint64_t stride_over(const bp_tensor_type_t& input, const bp_tensor_type_t& output, uint32_t axis) {
  const uint32_t missing = uint32_t{output.rank} - input.rank;
  const bool is_repeated = axis < missing || input.shape[axis - missing] == 1;
  return is_repeated ? 0 : dense_stride(input, axis - missing);
}

// Of axes [begin, end) of the output, one after the other.
bool find_step(const bp_tensor_type_t& input, const bp_tensor_type_t& output, uint32_t begin,
               uint32_t end, cl_ulong* out_step) {
  std::optional<uint64_t> expected;  // by the axes after
  for (uint32_t axis = end; axis-- > begin;) {
    if (output.shape[axis] == 1) continue;
    const uint64_t stride = stride_over(input, output, axis);
    if (expected && stride != *expected) return false;
    if (!expected) *out_step = stride;
    expected = stride * static_cast<uint64_t>(output.shape[axis]);
  }
  return true;
}

bool is_broadcast(const bp_tensor_type_t& input, const bp_tensor_type_t& output) {
  if (input.rank > output.rank) return false;
  for (uint32_t back = 1; back <= input.rank; ++back) {
    const int64_t size = input.shape[input.rank - back];
    if (size != 1 && size != output.shape[output.rank - back]) return false;
  }
  return true;
}

uint32_t beside_count(const Node& node) {
  return node.input_count() > kFirstBeside ? node.input_count() - kFirstBeside : 0;
}

Expression expression_of(const Node& node) {
  return parse_expression(node.string_attribute(kProgramAttribute, ""), beside_count(node) + 1);
}

void check_beside(const Node& node, uint32_t number, bool is_condition) {
  const bp_tensor_type_t& type = node.input(kFirstBeside + number - 1);
  const std::string input = "input " + std::to_string(kFirstBeside + number - 1);
  const bp_dtype_t wanted = is_condition ? bp_dtype_t{BP_DTYPE_BOOL} : node.output(0).dtype;
  if (type.dtype != wanted)
    refuse(node, input + " has not the element type " + std::to_string(wanted));
  Beside ignored;
  if (has_unknown_size(type) || !find_steps(type, node.output(0), *output_axes(node), &ignored))
    refuse(node, input + " is not evenly repeated over the output");
}

}  // namespace

std::optional<OutputAxes> output_axes(const Node& node) {
  for (const Product& product : kProducts)
    if (node.op() == product.op) return product.axes(node);
  return std::nullopt;
}

bool find_steps(const bp_tensor_type_t& input, const bp_tensor_type_t& output,
                const OutputAxes& axes, Beside* out_steps) {
  if (!is_broadcast(input, output)) return false;
  const uint32_t columns = output.rank - axes.columns, rows = columns - axes.rows;
  return find_step(input, output, 0, rows, &out_steps->outer) &&
         find_step(input, output, rows, columns, &out_steps->row) &&
         find_step(input, output, columns, output.rank, &out_steps->column);
}

Epilogue::Epilogue(Expression expression, uint32_t beside_count, const OutputAxes& axes)
    : expression_(std::move(expression)), beside_count_(beside_count), axes_(axes) {}

Epilogue::Epilogue(const Node& node)
    : Epilogue(expression_of(node), opencl::beside_count(node), *output_axes(node)) {}

OwnedSource Epilogue::before(const Source& kernel) const {
  if (expression_.empty()) return {kernel.name, kernel.text};
  const std::vector<bool> is_condition = conditions_of(expression_, beside_count_ + 1);
  return {std::string(kernel.name) + ": " + text_of(expression_),
          std::string("#define HAS_EPILOGUE\n#define SPAN WIDTH\n") +
              (operation_count(expression_) > kMostUnrolled ? "#define IS_LONG_EPILOGUE\n" : "") +
              definition_of(kParameters, is_condition, 1) + definition_of(kLoads, is_condition, 1) +
              "#define RESULT " + statements_of(expression_, 1) + '\n' + kEpilogueSource.text +
              kernel.text};
}

void Epilogue::add_to(Arguments& arguments, const bp_tensor_t* inputs,
                      const bp_tensor_t& output) const {
  for (uint32_t i = 0; i < beside_count_; ++i) {
    const bp_tensor_t& beside = inputs[kFirstBeside + i];
    Beside steps;
    find_steps(beside.type, output.type, axes_, &steps);
    arguments.add(beside);
    arguments.add(steps);
  }
}

void check_epilogue(const Node& node) {
  const bp_dtype_t dtype = node.output(0).dtype;
  if (dtype != BP_DTYPE_FLOAT32 && dtype != BP_DTYPE_FLOAT16)
    refuse(node,
           "with a program only float16 and float32, not element type " + std::to_string(dtype));
  if (has_unknown_size(node.output(0))) refuse(node, "with a program only known sizes");
  const uint32_t count = beside_count(node);
  if (count > kMostBeside)
    refuse(node, "more than " + std::to_string(kMostBeside) + " inputs beside the product");
  const std::vector<bool> is_condition = conditions_of(expression_of(node), count + 1);
  if (is_condition[0]) refuse(node, "program: its results are no condition");
  for (uint32_t number = 1; number <= count; ++number)
    check_beside(node, number, is_condition[number]);
}

}  // namespace backplane::opencl
