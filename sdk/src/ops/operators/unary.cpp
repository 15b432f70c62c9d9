// One input, an output of its shape, element by element; Identity too.
#include "ops/inference.hpp"
#include "ops/schema.hpp"

namespace backplane::ops {
namespace {

constexpr Versions kAtFirst = before(6);

// In version 1 these said which inputs they overwrite.
void add_first_forms(Definitions& definitions) {
  struct Entry {
    const char* op;
    std::vector<uint32_t> versions;
    Dtypes types;
    const char* input;
    const char* output;
  };
  const Entry entries[] = {
      {"Relu", {1, 6, 13, 14}, kFloat | kSigned, "X", "Y"},
      {"Sigmoid", {1, 6, 13}, kFloat, "X", "Y"},
      {"Tanh", {1, 6, 13}, kFloat, "input", "output"},
      {"Sqrt", {1, 6, 13}, kFloat, "X", "Y"},
      {"Abs", {1, 6, 13}, kNumber, "X", "Y"},
      {"Neg", {1, 6, 13}, kFloat | kSigned, "X", "Y"},
      {"Exp", {1, 6, 13}, kFloat, "input", "output"},
      {"Log", {1, 6, 13}, kFloat, "input", "output"},
      {"Floor", {1, 6, 13}, kFloat, "X", "Y"},
      {"Ceil", {1, 6, 13}, kFloat, "X", "Y"},
      {"Reciprocal", {1, 6, 13}, kFloat, "X", "Y"},
  };
  for (const Entry& entry : entries)
    definitions.add(entry.op, entry.versions)
        .input(entry.input, 'T', entry.types)
        .output(entry.output, 'T')
        .attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, kAtFirst)
        .infers(infer_same_shape);
}

void add_plain(Definitions& definitions) {
  struct Entry {
    const char* op;
    std::vector<uint32_t> versions;
    Dtypes types;
    const char* input;
    const char* output;
    uint32_t widened;
  };
  const Entry entries[] = {
      {"Identity", {1, 13, 14, 16}, kAny, "input", "output", 19},
      {"Round", {11}, kIeee, "X", "Y", 22},
      {"Sign", {9, 13}, kNumber, "input", "output", 0},
      {"Erf", {9, 13}, kNumber, "input", "output", 0},
      {"Not", {1}, kBool, "X", "Y", 0},
      {"Sin", {7}, kIeee, "input", "output", 22},
      {"Cos", {7}, kIeee, "input", "output", 22},
      {"Tan", {7}, kIeee, "input", "output", 22},
      {"Asin", {7}, kIeee, "input", "output", 22},
      {"Acos", {7}, kIeee, "input", "output", 22},
      {"Atan", {7}, kIeee, "input", "output", 22},
      {"Sinh", {9}, kIeee, "input", "output", 22},
      {"Cosh", {9}, kIeee, "input", "output", 22},
      {"Asinh", {9}, kIeee, "input", "output", 22},
      {"Acosh", {9}, kIeee, "input", "output", 22},
      {"Atanh", {9}, kIeee, "input", "output", 22},
      {"HardSwish", {14}, kIeee, "X", "Y", 22},
      {"Softplus", {1}, kIeee, "X", "Y", 22},
      {"Softsign", {1}, kIeee, "input", "output", 22},
  };
  for (const Entry& entry : entries)
    definitions.add(entry.op, entry.versions)
        .input(entry.input, 'T', entry.types)
        .output(entry.output, 'T')
        .widened_in(entry.widened)
        .infers(infer_same_shape);
}

Definition& add_with_alpha(Definitions& definitions, const char* op, std::vector<uint32_t> versions,
                           Dtypes types, float alpha, Versions held = always()) {
  return definitions.add(op, std::move(versions))
      .input("X", 'T', types)
      .output("Y", 'T')
      .attribute(float_attribute("alpha", alpha), held)
      .infers(infer_same_shape);
}

void add_with_parameters(Definitions& definitions) {
  const auto overwrites = [](Definition& definition) {
    definition.attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, kAtFirst);
  };
  overwrites(add_with_alpha(definitions, "LeakyRelu", {1, 6, 16}, kFloat, 0.01f));
  overwrites(add_with_alpha(definitions, "Elu", {1, 6}, kIeee, 1.0f).widened_in(22));
  overwrites(add_with_alpha(definitions, "HardSigmoid", {1, 6}, kIeee, 0.2f)
                 .attribute(float_attribute("beta", 0.5f))
                 .widened_in(22));
  overwrites(add_with_alpha(definitions, "Selu", {1, 6}, kIeee, 1.6732f, before(6))
                 .attribute(float_attribute("gamma", 1.0507f), before(6))
                 .attribute(float_attribute("alpha", 1.67326319217681884765625f), from(6))
                 .attribute(float_attribute("gamma", 1.05070102214813232421875f), from(6))
                 .widened_in(22));
  definitions.add("Shrink", {9})
      .input("input", 'T', kIeee | kInteger)
      .output("output", 'T')
      .attribute(float_attribute("bias", 0.0f))
      .attribute(float_attribute("lambd", 0.5f))
      .infers(infer_same_shape);
  add_with_alpha(definitions, "Celu", {12}, set_of({BP_DTYPE_FLOAT32}), 1.0f);
  add_with_alpha(definitions, "ThresholdedRelu", {10}, kIeee, 1.0f).widened_in(22);
}

void add_questions(Definitions& definitions) {
  definitions.add("IsNaN", {9, 13})
      .input("X", 0, kFloat)
      .output("Y", 0, kBool)
      .widened_in(20)
      .infers(infer_same_shape);
  definitions.add("IsInf", {10})
      .input("X", 0, set_of({BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT64}))
      .output("Y", 0, kBool)
      .flag("detect_negative", true)
      .flag("detect_positive", true)
      .widened_in(20)
      .infers(infer_same_shape);
}

}  // namespace

void define_unary(Definitions& definitions) {
  add_first_forms(definitions);
  add_plain(definitions);
  add_with_parameters(definitions);
  add_questions(definitions);
}

}  // namespace backplane::ops
