// From lines to problems; the grammar is in problem.hpp.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <sstream>

#include "compare/element.hpp"
#include "compare/format.hpp"
#include "problems/patterns.hpp"
#include "problems/problem.hpp"

namespace backplane::conformance {
namespace {

struct TypeName {
  const char* brief;
  const char* name;
  bp_dtype_t dtype;
};

constexpr TypeName kTypes[] = {
    {"f32", "float32", BP_DTYPE_FLOAT32},    {"f16", "float16", BP_DTYPE_FLOAT16},
    {"bf16", "bfloat16", BP_DTYPE_BFLOAT16}, {"f64", "float64", BP_DTYPE_FLOAT64},
    {"i8", "int8", BP_DTYPE_INT8},           {"u8", "uint8", BP_DTYPE_UINT8},
    {"i16", "int16", BP_DTYPE_INT16},        {"u16", "uint16", BP_DTYPE_UINT16},
    {"i32", "int32", BP_DTYPE_INT32},        {"u32", "uint32", BP_DTYPE_UINT32},
    {"i64", "int64", BP_DTYPE_INT64},        {"u64", "uint64", BP_DTYPE_UINT64},
    {"bool", "bool", BP_DTYPE_BOOL},
};

Status mistake(const std::string& text) { return invalid_argument(text); }

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::string part;
  std::istringstream in(text);
  while (std::getline(in, part, by)) parts.push_back(part);
  return parts;
}

bool read_number(const std::string& text, double* out) {
  char* end = nullptr;
  *out = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

bool is_integer(const std::string& text) {
  return !text.empty() && text.find_first_not_of("-0123456789") == std::string::npos;
}

bool read_numbers(const std::string& text, std::vector<double>* out) {
  for (const std::string& part : split(text, ','))
    if (!read_number(part, &out->emplace_back())) return false;
  return true;
}

// The type alone says what they are: neither values nor a range do, and it is no constant.
bool set_every(ProblemInput* input) {
  const uint64_t count = pattern_count(input->type.dtype);
  input->type.rank = 1;
  input->type.shape[0] = static_cast<int64_t>(count);
  return count > 0 && !input->is_constant && !input->has_values && !input->has_range;
}

bool read_type(const std::string& text, ProblemInput* input) {
  const size_t open = text.find('[');
  if (open == std::string::npos || text.back() != ']') return false;
  bp_tensor_type_t* type = &input->type;
  for (const TypeName& one : kTypes)
    if (text.compare(0, open, one.brief) == 0) type->dtype = one.dtype;
  if (type->dtype == 0) return false;
  const std::string inner = text.substr(open + 1, text.size() - open - 2);
  input->is_every = inner == "every";
  if (input->is_every) return set_every(input);
  std::vector<double> sizes;
  if (!read_numbers(inner, &sizes) || sizes.size() > BP_MAX_RANK) return false;
  for (double size : sizes) type->shape[type->rank++] = static_cast<int64_t>(size);
  return true;
}

bool read_range(const std::string& text, ProblemInput* input) {
  const size_t dots = text.find("..");
  input->has_range = true;
  return dots != std::string::npos && read_number(text.substr(0, dots), &input->lowest) &&
         read_number(text.substr(dots + 2), &input->highest);
}

Result<ProblemInput> read_input(const std::string& word) {
  ProblemInput input;
  if (word == "-") return input;
  input.is_constant = word[0] == '=';
  std::string text = word.substr(input.is_constant ? 1 : 0);
  const size_t values = text.find('(');
  const size_t range = text.find('@');
  bool is_right = true;
  if (values != std::string::npos) {
    input.has_values = true;
    is_right = text.back() == ')' &&
               read_numbers(text.substr(values + 1, text.size() - values - 2), &input.values);
    text.resize(values);
  } else if (range != std::string::npos) {
    is_right = read_range(text.substr(range + 1), &input);
    text.resize(range);
  }
  if (!is_right || !read_type(text, &input)) return mistake("no input: " + word);
  if (input.has_values && input.values.size() != element_count_of(input.type))
    return mistake("as many values as elements are wanted: " + word);
  return input;
}

// "f16[1](2.5)": with values, or it is none.
bool is_tensor(const std::string& text) {
  const size_t open = text.find('[');
  return open != std::string::npos && open > 0 && text.back() == ')';
}

Result<TensorData> read_tensor(const std::string& text) {
  const Result<ProblemInput> read = read_input(text);
  if (!read.ok()) return read.status();
  TensorData data = {read->type,
                     std::string(read->values.size() * element_bytes(read->type.dtype), '\0')};
  for (size_t i = 0; i < read->values.size(); ++i)
    store_element(data.type.dtype, nearest(data.type.dtype, static_cast<Exact>(read->values[i])),
                  data.bytes.data(), i);
  return data;
}

// Integers stay integers: 1 is an int attribute, 1.0 a float.
Result<Setting> read_setting(const std::string& text) {
  Setting setting;
  if (is_tensor(text)) {
    Result<TensorData> tensor = read_tensor(text);
    if (!tensor.ok()) return tensor.status();
    setting.tensor = tensor.take();
    return setting;
  }
  setting.is_list = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  const std::string inner = setting.is_list ? text.substr(1, text.size() - 2) : text;
  std::vector<double> numbers;
  if (!read_numbers(inner, &numbers)) {
    if (setting.is_list)
      setting.texts = split(inner, ',');
    else
      setting.text = text;
    return setting;
  }
  const std::vector<std::string> parts = split(inner, ',');
  if (std::all_of(parts.begin(), parts.end(), is_integer))
    for (double number : numbers) setting.integers.push_back(static_cast<int64_t>(number));
  else
    setting.numbers = numbers;
  return setting;
}

std::string sizes_text(const ProblemInput& input) {
  const bp_tensor_type_t& type = input.type;
  if (input.is_every) return element_bytes(type.dtype) == 4 ? "every_65536" : "every";
  if (type.rank == 0) return "scalar";
  std::string text;
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    text += (axis > 0 ? "x" : "") + std::to_string(type.shape[axis]);
  return text;
}

// What an id may hold: a point becomes "p", everything else that it may not "-".
std::string for_id(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '[' || c == ']' || c == '(' || c == ')') continue;
    if (c == '.')
      result += 'p';
    else
      result += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ? c : '-';
  }
  return result;
}

// "@-7..6" and "(3,-1)" as they stand in an id, with a "_" before.
std::string details_of(const std::string& word) {
  const size_t at = word.find_first_of("(@");
  if (at == std::string::npos) return "";
  return (word[at] == '@' ? "_of" : "_is") + for_id(word.substr(at + 1));
}

// The brackets of a tensor stand between its type, its sizes and its values.
std::string setting_text(const std::string& value) {
  if (!is_tensor(value)) return for_id(value);
  const ProblemInput input = *read_input(value);
  return dtype_name(input.type.dtype) + ("-" + sizes_text(input)) + details_of(value);
}

class Reader {
 public:
  explicit Reader(std::string text) { problem_.text = std::move(text); }

  Result<Problem> read() {
    std::istringstream in(problem_.text);
    std::string word;
    in >> problem_.op >> word;
    if (word != ":") return mistake("no \":\" after the operator: " + problem_.text);
    while (in >> word) {
      const Status status = read_word(word);
      if (!status.ok()) return status;
    }
    if (problem_.inputs.empty() && problem_.settings.empty())
      return mistake("neither inputs nor settings: " + problem_.text);
    if (problem_.is_unknown && has_every_pattern(problem_))
      return mistake("every pattern is a size that is known: " + problem_.text);
    problem_.id = id();
    return std::move(problem_);
  }

 private:
  Status read_word(const std::string& word) {
    const size_t equals = word.find('=');
    if (word == "strided") {
      problem_.is_strided = true;
      slug_ += "/strided";
    } else if (word == "unknown") {
      problem_.is_unknown = true;
      slug_ += "/unknown";
    } else if (equals != std::string::npos && equals > 0) {
      return add_setting(word.substr(0, equals), word.substr(equals + 1));
    } else {
      return add_input(word);
    }
    return {};
  }

  Status add_setting(const std::string& name, const std::string& value) {
    if (name == "outputs") {
      problem_.output_count = static_cast<size_t>(std::atoi(value.c_str()));
      slug_ += "_outputs" + value;
      return {};
    }
    Result<Setting> setting = read_setting(value);
    if (!setting.ok()) return setting.status();
    problem_.settings.emplace_back(name, setting.take());
    slug_ += (slug_.empty() ? "" : "_") + for_id(name) + setting_text(value);
    return {};
  }

  Status add_input(const std::string& word) {
    const Result<ProblemInput> input = read_input(word);
    if (!input.ok()) return input.status();
    slug_ += slug_.empty() ? "" : "_";
    if (input->is_constant) slug_ += "c";
    if (input->type.dtype == 0) {
      slug_ += "none";
    } else {
      if (first_ == 0) first_ = input->type.dtype;
      if (input->type.dtype != first_) slug_ += dtype_name(input->type.dtype) + std::string("-");
      slug_ += sizes_text(*input) + details_of(word);
    }
    problem_.inputs.push_back(*input);
    return {};
  }

  std::string id() const { return id_beginning(problem_.op) + dtype_name(leading()) + "/" + slug_; }
  bp_dtype_t leading() const { return first_ != 0 ? first_ : leading_dtype(problem_); }

  Problem problem_;
  std::string slug_;
  bp_dtype_t first_ = 0;
};

}  // namespace

bool has_every_pattern(const Problem& problem) {
  return std::any_of(problem.inputs.begin(), problem.inputs.end(),
                     [](const ProblemInput& input) { return input.is_every; });
}

std::string id_beginning(const std::string& op) {
  std::string beginning = "operators/" + op + "/";
  std::transform(beginning.begin(), beginning.end(), beginning.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return beginning;
}

bp_dtype_t leading_dtype(const Problem& problem) {
  if (!problem.inputs.empty()) return problem.inputs[0].type.dtype;
  for (const auto& [name, setting] : problem.settings)
    if (name == "dtype" && !setting.integers.empty())
      return static_cast<bp_dtype_t>(setting.integers[0]);
  return BP_DTYPE_FLOAT32;
}

const char* dtype_name(bp_dtype_t dtype) {
  for (const TypeName& one : kTypes)
    if (one.dtype == dtype) return one.name;
  return "other";
}

const char* dtype_brief(bp_dtype_t dtype) {
  for (const TypeName& one : kTypes)
    if (one.dtype == dtype) return one.brief;
  return "";
}

Result<Problem> parse_problem(const std::string& text) { return Reader(text).read(); }

}  // namespace backplane::conformance
