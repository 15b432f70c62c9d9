// oracle-check [FOLDER]: the references prove themselves before they judge anybody; run by the
// build.
//   They give the published outputs of every published test of theirs below FOLDER.
//   Of every operator and type, the problems together reject every fault that can be emulated.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "compare/element.hpp"
#include "compare/published.hpp"
#include "onnx/reader.hpp"
#include "problems/plan.hpp"
#include "problems/power.hpp"
#include "published/list.hpp"
#include "support/file.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

TensorData data_of(const ops::Constant& constant) {
  const Result<uint64_t> size = byte_size(constant.type);
  return {constant.type, std::string(static_cast<const char*>(constant.bytes()), *size)};
}

std::map<std::string, Setting> settings_of(const ops::Operator& op) {
  std::map<std::string, Setting> settings;
  for (const ops::Attribute& attribute : op.attributes) {
    Setting& setting = settings[attribute.name];
    setting.integers = attribute.ints;
    setting.numbers.assign(attribute.floats.begin(), attribute.floats.end());
    if (!attribute.strings.empty()) setting.text = attribute.strings[0];
    setting.texts = attribute.strings;
    if (attribute.tensor != nullptr) setting.tensor = data_of(*attribute.tensor);
  }
  return settings;
}

// One published test of a single node that has a reference.
class PublishedTest {
 public:
  PublishedTest(const graph::Graph& graph, const Reference& reference)
      : graph_(graph), node_(graph.nodes().front()), reference_(reference) {}

  // "" or what differs in one data set.
  std::string check(const fs::path& folder) const {
    Request request;
    request.op = node_.op.op;
    request.settings = settings_of(node_.op);
    request.output_count = node_.outputs.size();
    for (graph::ValueId id : node_.inputs) request.inputs.push_back(input(folder, id));
    const std::vector<ExpectedOutput> expected = expect(reference_, request, {}, Fill::kReal);
    const std::vector<std::string> best = best_outputs(expected);
    for (size_t i = 0; i < graph_.outputs().size(); ++i) {
      const TensorData wanted = read(folder / ("output_" + std::to_string(i) + ".pb"),
                                     graph_.value(graph_.outputs()[i]).type.dtype);
      const size_t which = place_among_outputs(graph_.outputs()[i]);
      const std::string wrong = compare_with_published(wanted.type, wanted.bytes,
                                                       expected.at(which).type, best.at(which));
      if (!wrong.empty()) return "output " + std::to_string(i) + ": " + wrong;
    }
    return "";
  }

 private:
  static TensorData read(const fs::path& path, bp_dtype_t declared) {
    const Result<onnx::NamedTensor> tensor = onnx::read_tensor_file(path.string());
    if (!tensor.ok()) throw NotDefined{tensor.status().text()};
    TensorData data = data_of(*tensor->value);
    data.type.dtype = published_dtype(data.type.dtype, declared);
    return data;
  }

  TensorData input(const fs::path& folder, graph::ValueId id) const {
    if (id == BP_NONE) return {};
    for (size_t i = 0; i < graph_.inputs().size(); ++i)
      if (graph_.inputs()[i] == id)
        return read(folder / ("input_" + std::to_string(i) + ".pb"), graph_.value(id).type.dtype);
    return data_of(*graph_.value(id).constant);
  }

  // A node may have outputs that nobody wants before one that is the graph's.
  size_t place_among_outputs(graph::ValueId id) const {
    const auto found = std::find(node_.outputs.begin(), node_.outputs.end(), id);
    return static_cast<size_t>(found - node_.outputs.begin());
  }

  const graph::Graph& graph_;
  const graph::Node& node_;
  const Reference& reference_;
};

struct Counted {
  size_t right = 0;
  size_t wrong = 0;
};

void check_test(const Case& one, Counted* counted) {
  const Result<std::string> bytes = read_file(one.path + "/model.onnx");
  if (!bytes.ok() || !one.is_plain || !one.skip.empty()) return;
  const Result<graph::Graph> graph = onnx::read_model(bytes->data(), bytes->size(), {"", false});
  if (!graph.ok() || graph->nodes().size() != 1) return;
  const Reference* reference = find_reference(graph->nodes().front().op.op);
  if (reference == nullptr || reference->precision == Precision::kStatistical) return;
  std::string wrong;
  try {
    wrong = PublishedTest(*graph, *reference).check(fs::path(one.path) / "test_data_set_0");
  } catch (const NotDefined& reason) {
    if (reason.text == "training") return;  // the references are those of inference
    wrong = "not defined: " + reason.text;
  }
  ++(wrong.empty() ? counted->right : counted->wrong);
  if (!wrong.empty())
    std::printf("%s: the reference is wrong: %s\n", one.id.c_str(), wrong.c_str());
}

// What the problems of one operator and type have shown together so far.
struct Family {
  size_t problems = 0;
  size_t last_news = 0;  // the problem that showed something new
  std::map<std::string, FaultPower> faults;

  // All is shown, or all that can be seen and the last problems have shown nothing more.
  bool is_complete() const {
    const bool is_exhausted = problems > last_news + 60;
    for (const auto& [name, fault] : faults)
      if (!fault.is_rejected && (fault.is_visible || fault.is_needed || !is_exhausted))
        return false;
    return !faults.empty();
  }
};

void add_problem(const Problem& problem, const Reference& reference, Family* family) {
  ++family->problems;
  if (family->is_complete()) return;
  Power power(reference, {}, leading_dtype(problem));
  for (const Step& step : plan_of(problem, reference)) {
    const Request request = request_of(problem, reference, step, 1);
    power.add(request, expect(reference, request, {}, step.fill));
  }
  for (const FaultPower& fault : power.faults()) {
    FaultPower& known = family->faults.insert({fault.fault, fault}).first->second;
    if (fault.is_rejected && !known.is_rejected) family->last_news = family->problems;
    known.is_rejected = known.is_rejected || fault.is_rejected;
    known.is_visible = known.is_visible || fault.is_visible;
  }
}

// A fault that changes no output of a family, in any fill, is none there.
size_t print_missing(const std::string& name, const Family& family) {
  size_t missing = 0;
  for (const auto& [fault, power] : family.faults)
    if (!power.is_rejected && (power.is_visible || power.is_needed)) {
      ++missing;
      std::printf("%s: its %zu problems do not reject: %s\n", name.c_str(), family.problems,
                  fault.c_str());
    }
  return missing;
}

size_t check_power() {
  std::map<std::string, Family> families;
  for (const Problem& problem : all_problems()) {
    const std::string name = problem.op + " of " + dtype_name(leading_dtype(problem));
    add_problem(problem, *find_reference(problem.op), &families[name]);
  }
  size_t missing = 0;
  for (const auto& [name, family] : families) missing += print_missing(name, family);
  std::printf("%zu problems of %zu operators and types, %zu faults not rejected\n",
              all_problems().size(), families.size(), missing);
  return missing;
}

int check(const std::string& folder) {
  Counted counted;
  for (const Case& one : published_cases(folder)) check_test(one, &counted);
  if (folder.empty())
    std::printf("SKIPPED: the references on published tests: libonnx-testdata is not installed\n");
  else
    std::printf("%zu published tests: %zu right, %zu wrong\n", counted.right + counted.wrong,
                counted.right, counted.wrong);
  const size_t missing = check_power();
  return counted.wrong == 0 && missing == 0 ? 0 : 1;
}

}  // namespace
}  // namespace backplane::conformance

int main(int argc, char** argv) {
  using backplane::conformance::check;
  return check(argc > 1 ? argv[1] : backplane::conformance::find_published_data());
}
