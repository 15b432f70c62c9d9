#include "ops/testing_random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "ops/scalar.hpp"
#include "ops/testing.hpp"

namespace backplane::ops::testing {
namespace {

constexpr int64_t kExtremes[] = {INT64_MIN, INT64_MIN + 1, INT32_MIN,        -1,
                                 INT32_MAX, INT64_MAX - 1, int64_t{1} << 32, INT64_MAX};

constexpr const char* kTexts[] = {"NOTSET",   "SAME_UPPER", "SAME_LOWER", "VALID",
                                  "constant", "reflect",    "edge",       "LEFT",
                                  "RIGHT",    "",           "wrap"};
constexpr const char* kWeighings[] = {"TF", "IDF", "TFIDF"};

// Inputs that are numbers about the node rather than data.
bool is_about_shape(const std::string& name) {
  static const std::set<std::string> names = {"shape", "axes",   "pads",        "repeats",
                                              "split", "starts", "ends",        "steps",
                                              "k",     "sizes",  "output_shape"};
  return names.count(name) != 0;
}

bool is_gram_length(const std::string& name) {
  return name == "min_gram_length" || name == "max_gram_length";
}

// Inputs that are one number: how many of something.
bool is_count(const std::string& name) {
  static const std::set<std::string> names = {"size",       "num_mel_bins", "dft_length",
                                              "frame_step", "frame_length", "sample_rate"};
  return names.count(name) != 0;
}

}  // namespace

std::string text(const RandomNode& node) {
  std::string result = node.op.op + "-" + std::to_string(node.op.since) + "(";
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Constant* const constant = node.constants[i].get();
    result += (constant != nullptr ? text(*constant) : text(node.inputs[i])) + "; ";
  }
  result += ")";
  for (const Attribute& attribute : node.op.attributes)
    result += fmt::format(" {} [{}|{}|{}]", attribute.name, fmt::join(attribute.ints, ","),
                          fmt::join(attribute.floats, ","), fmt::join(attribute.strings, ","));
  return result;
}

int64_t RandomNodes::number(int64_t least, int64_t most) {
  return std::uniform_int_distribution<int64_t>(least, most)(random_);
}

int64_t RandomNodes::value() {
  if (limits_.hostile && happens(15)) return kExtremes[number(0, std::size(kExtremes) - 1)];
  return number(-3, 4);
}

int64_t RandomNodes::size() {
  if (limits_.hostile && happens(5)) return number(int64_t{1} << 30, INT64_MAX);
  if (limits_.hostile && happens(15)) return number(-4, -1);
  constexpr int64_t kSizes[] = {0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7};
  return kSizes[number(0, std::size(kSizes) - 1)];
}

Shape RandomNodes::shape() {
  Shape result(static_cast<size_t>(number(0, happens(10) ? 8 : 4)));
  for (int64_t& each : result) each = size();
  return result;
}

// The first input of an operator that takes few shapes.
Shape RandomNodes::leading(const std::string& op) {
  if ((op == "STFT" || op == "DFT") && happens(80)) return {size(), number(0, 9), number(1, 2)};
  if (op == "NonMaxSuppression" && happens(80)) return {size(), size(), 4};
  if (op == "RoiAlign" && happens(80)) return {size(), size(), size(), size()};
  return shape();
}

// Much like `shape`, so that operands often fit to each other.
Shape RandomNodes::mutated(Shape shape) {
  for (int64_t& each : shape)
    if (happens(15)) each = happens(60) ? 1 : size();
  if (happens(10) && !shape.empty()) shape.erase(shape.begin());
  if (happens(10) && shape.size() < BP_MAX_RANK) shape.insert(shape.begin(), size());
  if (happens(5) && shape.size() > 1) std::swap(shape.front(), shape.back());
  if (happens(10)) shape.resize(std::min<size_t>(shape.size(), 1));
  return shape;
}

// Two n-grams of one token and two of two, now and then of a pool with something else in it.
std::vector<int64_t> RandomNodes::pooled(const std::string& name) {
  std::vector<int64_t> numbers = {0, happens(90) ? 2 : value()};
  if (name != "ngram_counts") numbers.resize(name == "pool_int64s" ? 6 : 4);
  for (int64_t& each : numbers)
    if (name != "ngram_counts") each = happens(95) ? number(0, 7) : value();
  return numbers;
}

// Mostly one number a spatial axis, as windows have them.
std::vector<int64_t> RandomNodes::list(const std::string& name) {
  if (name == "ngram_counts" || name == "ngram_indexes" || name == "pool_int64s")
    return pooled(name);
  const auto rank = static_cast<int64_t>(first_.size());
  if (name == "perm") {
    std::vector<int64_t> order(first_.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random_);
    return order;
  }
  const int64_t wanted = std::max<int64_t>(rank - 2, 0) * (name == "pads" ? 2 : 1);
  std::vector<int64_t> result(static_cast<size_t>(happens(85) ? wanted : number(0, 5)));
  for (int64_t& each : result) {
    each = happens(95) ? number(name == "pads" ? 0 : 1, 2) : value();
    if (name == "axes") each = value();
  }
  return result;
}

ConstantPtr RandomNodes::tensor() {
  const std::vector<double> zeros(2);
  const bp_dtype_t dtype = happens(50) ? BP_DTYPE_FLOAT32 : BP_DTYPE_INT64;
  return make_constant(tensor_type(dtype, happens(50) ? Shape{} : Shape{number(0, 2)}),
                       zeros.data());
}

// Of one or two inputs with as many axes as the first, some of which the output has.
std::string RandomNodes::equation() {
  std::string letters = std::string("abcdefgh").substr(0, first_.size());
  std::string ellipsis;
  if (happens(20) && !letters.empty()) {
    letters.erase(0, 1);
    ellipsis = "...";
  }
  if (happens(10) && letters.size() > 1) letters.back() = letters.front();
  std::string result = ellipsis + letters + (happens(50) ? "," + ellipsis + letters : "");
  if (happens(30)) return result;
  std::set<char> kept(letters.begin(), letters.end());
  std::string shuffled(kept.begin(), kept.end());
  std::shuffle(shuffled.begin(), shuffled.end(), random_);
  shuffled.resize(static_cast<size_t>(number(0, static_cast<int64_t>(shuffled.size()))));
  return result + " -> " + ellipsis + shuffled;
}

Attribute RandomNodes::attribute(const AttributeDefinition& definition) {
  Attribute result = definition.value;
  if (result.kind == BP_ATTRIBUTE_FLOAT) result.floats = {static_cast<float>(value())};
  if (result.kind == BP_ATTRIBUTE_INT) result.ints = {value()};
  if (result.kind == BP_ATTRIBUTE_INTS) result.ints = list(result.name);
  if (result.kind == BP_ATTRIBUTE_TENSOR) result.tensor = tensor();
  if (result.name == "equation")
    result.strings = {equation()};
  else if (result.name == "mode" && result.strings.empty() && happens(90))
    result.strings = {kWeighings[number(0, 2)]};
  else if (result.kind == BP_ATTRIBUTE_STRING && (result.strings.empty() || happens(60)))
    result.strings = {kTexts[number(0, std::size(kTexts) - 1)]};
  if (definition.is_flag && happens(95)) result.ints = {number(0, 1)};
  if (result.name == "to" || result.name == "output_datatype") result.ints = {number(0, 23)};
  if (result.name == "group" && happens(80)) result.ints = {1};
  if (is_gram_length(result.name) && happens(90)) result.ints = {number(1, 2)};
  if (limits_.hostile && happens(2)) result.ints.clear();
  if (limits_.hostile && happens(2)) result.kind = static_cast<bp_attribute_kind_t>(number(1, 8));
  return result;
}

bp_dtype_t RandomNodes::dtype(uint32_t types) {
  if (limits_.hostile && happens(5)) return static_cast<bp_dtype_t>(number(0, 40));
  std::vector<bp_dtype_t> possible;
  for (bp_dtype_t each = 1; each < 32; ++each)
    if (contains(types, each)) possible.push_back(each);
  return possible[static_cast<size_t>(number(0, static_cast<int64_t>(possible.size()) - 1))];
}

ConstantPtr RandomNodes::integers(bp_dtype_t dtype, size_t length) {
  std::vector<int64_t> values(length);
  for (int64_t& each : values) each = value();
  const Shape shape = {static_cast<int64_t>(length)};
  if (dtype != BP_DTYPE_INT32)
    return make_constant(tensor_type(BP_DTYPE_INT64, shape), values.data());
  std::vector<int32_t> narrow;
  for (const int64_t each : values)
    narrow.push_back(static_cast<int32_t>(std::clamp<int64_t>(each, INT32_MIN, INT32_MAX)));
  return make_constant(tensor_type(BP_DTYPE_INT32, shape), narrow.data());
}

// One of them, a scalar; seldom one that counts nothing.
ConstantPtr RandomNodes::whole(bp_dtype_t dtype) {
  ConstantPtr one = integers(dtype, 1);
  while (first_number(one->view()) < 1 && happens(70)) one = integers(dtype, 1);
  return make_constant(tensor_type(one->type.dtype, {}), one->bytes());
}

// What an operator with matrices or filters wants beside its first input.
Shape RandomNodes::operand(const std::string& op, size_t index) {
  const size_t rank = first_.size();
  if (op == "Gemm" && rank == 2)
    return index == 1 ? Shape{first_[static_cast<size_t>(number(0, 1))], 4} : Shape{4};
  if (op.rfind("MatMul", 0) == 0 && rank >= 2 && index == 1)
    return mutated({first_[rank - 1], size()});
  if (op.rfind("Conv", 0) == 0 && rank >= 3) {
    Shape filters = {4, first_[1]};
    if (op == "ConvTranspose") std::swap(filters[0], filters[1]);
    while (filters.size() < rank) filters.push_back(number(1, 3));
    return index == 1 ? filters : Shape{4};
  }
  static const std::set<std::string> with_a_vector = {"BatchNormalization", "InstanceNormalization",
                                                      "PRelu", "ReverseSequence"};
  if (with_a_vector.count(op) != 0 && rank >= 2) return {first_[1]};
  return mutated(first_);
}

// What an operator that reads indices, labels or places wants there.
Shape RandomNodes::places(const std::string& op, size_t index) {
  Shape shape = first_;
  if (op == "Resize") return {0};
  if (op == "OneHot") return index == 1 ? Shape() : Shape{2};
  if (op == "CumSum" || op == "Range" || op == "Trilu" || op == "MelWeightMatrix") return {};
  if (op == "STFT") return {number(1, 4)};
  if (op == "NonMaxSuppression" && (index > 1 || shape.size() < 2)) return {};
  if (op == "NonMaxSuppression") return {shape[0], size(), shape[1]};
  if (op == "RoiAlign")
    return index == 1 ? Shape{size(), 4}
                      : Shape(indices_.begin(), indices_.begin() + (indices_.empty() ? 0 : 1));
  if (op == "Compress" || op.find("uantize") != std::string::npos) return {size()};
  if (op == "GridSample" && shape.size() == 4) return {shape[0], size(), size(), 2};
  if (op.find("Loss") != std::string::npos && shape.size() >= 2) {
    if (index == 2) return {shape[1]};
    shape.erase(shape.begin() + 1);
    return shape;
  }
  if (op.find("ND") != std::string::npos && index == 1 && !shape.empty())
    shape.back() = number(1, 2);
  if (op == "ScatterND" && index == 2 && !indices_.empty() && !shape.empty()) {
    const auto depth = std::clamp<int64_t>(indices_.back(), 0, static_cast<int64_t>(shape.size()));
    Shape updates(indices_.begin(), indices_.end() - 1);
    updates.insert(updates.end(), shape.begin() + depth, shape.end());
    return updates;
  }
  return index == 2 ? indices_ : shape;
}

Shape RandomNodes::fitting(const std::string& op, size_t index) {
  static const std::set<std::string> indexed_operators = {"OneHot",
                                                          "Resize",
                                                          "CumSum",
                                                          "Range",
                                                          "Trilu",
                                                          "Compress",
                                                          "GridSample",
                                                          "MelWeightMatrix",
                                                          "NonMaxSuppression",
                                                          "RoiAlign",
                                                          "STFT",
                                                          "GatherND",
                                                          "ScatterND",
                                                          "GatherElements",
                                                          "ScatterElements",
                                                          "QuantizeLinear",
                                                          "DequantizeLinear",
                                                          "NegativeLogLikelihoodLoss",
                                                          "SoftmaxCrossEntropyLoss"};
  return indexed_operators.count(op) != 0 ? places(op, index) : operand(op, index);
}

bp_dtype_t RandomNodes::dtype_beside(const RandomNode& node, char group, uint32_t types) {
  for (size_t i = std::min<size_t>(node.inputs.size(), 2); group != 0 && i-- > 0;)
    if (happens(97) && contains(types, node.inputs[i].dtype)) return node.inputs[i].dtype;
  return dtype(types);
}

ConstantPtr RandomNodes::numbers(const std::string& name, bp_dtype_t dtype) {
  if (limits_.hostile && happens(2)) return integers(dtype, 20);
  const size_t wanted = name == "pads" ? 2 * first_.size() : first_.size();
  return integers(dtype, happens(60) ? wanted : static_cast<size_t>(number(0, 5)));
}

void RandomNodes::add_input(const std::string& name, char group, uint32_t types, RandomNode& node) {
  const size_t index = node.inputs.size();
  const bp_dtype_t chosen = dtype_beside(node, group, types);
  const bool is_vector = is_about_shape(name) || (types == kInt64 && index == 0);
  const bool is_scalar = is_count(name);
  const ConstantPtr constant = is_vector   ? numbers(name, chosen)
                               : is_scalar ? whole(chosen)
                                           : nullptr;
  Shape shape = first_;
  if (index > 0) shape = happens(80) ? fitting(node.op.op, index) : mutated(first_);
  if (index == 1) indices_ = shape;
  bp_tensor_type_t type = constant != nullptr ? constant->type : tensor_type(chosen, shape);
  type.dtype = chosen;
  if (limits_.hostile && happens(2)) type.rank = 9;
  if (limits_.hostile && !is_vector && happens(3)) type = {};
  node.inputs.push_back(type);
  node.constants.push_back(happens(15) ? nullptr : constant);
}

RandomNode RandomNodes::next(const std::string& op) {
  const Definition& definition = *find_definition(op);
  RandomNode node;
  node.op.op = op;
  node.op.since = definition.newest();
  first_ = leading(op);
  for (const AttributeDefinition& each : definition.attributes)
    if (each.versions.hold(definition.newest()) && each.presence != Presence::kDead &&
        (each.presence == Presence::kRequired || happens(40)))
      node.op.attributes.push_back(attribute(each));
  for (const Parameter* input : definition.inputs_of(definition.newest())) {
    if (input->presence == Presence::kOptional && happens(40)) break;
    const int64_t times = input->presence == Presence::kVariadic ? number(1, 4) : 1;
    for (int64_t i = 0; i < times; ++i) add_input(input->name, input->group, input->types, node);
  }
  const auto outputs = definition.outputs_of(definition.newest());
  const bool is_variadic = outputs.back()->presence == Presence::kVariadic;
  node.output_count =
      static_cast<size_t>(number(1, is_variadic ? 4 : static_cast<int64_t>(outputs.size())));
  return node;
}

}  // namespace backplane::ops::testing
