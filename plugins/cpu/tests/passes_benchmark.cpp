// What graph passes bring for a model: nodes before and after, and its time with passes and
// without, in turns in one run:
//   OMP_NUM_THREADS=1 build/dev/benchmarks/passes_benchmark MODEL.onnx [ROUNDS [PASS...]]
// and, for each PASS that is named, with all but that one.
// Inputs of known sizes, of float32; they hold small numbers that repeat.
#include <backplane/runtime.hpp>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

#include "in_turns.hpp"

namespace {

using namespace backplane::cpu::benchmark;  // NOLINT(google-build-using-namespace)

std::string bytes_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string(path) + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

size_t count_of(const bp_value_info_t& value) {
  if (value.type->dtype != BP_DTYPE_FLOAT32)
    throw std::runtime_error(std::string(value.name) + " is not of float32");
  size_t count = 1;
  for (uint32_t axis = 0; axis < value.type->rank; ++axis) {
    if (value.type->shape[axis] < 0)
      throw std::runtime_error(std::string(value.name) + " has a size that the model leaves open");
    count *= static_cast<size_t>(value.type->shape[axis]);
  }
  return count;
}

// A session with tensors for every input and output.
class Case {
 public:
  Case(const bp::rt::Graph& graph, const bp::rt::Device& device, const bp::rt::Options& options)
      : session_(graph, device, options), run_(session_.run()) {
    for (uint32_t i = 0; session_.input(i) != nullptr; ++i) {
      std::vector<float>& values = values_.emplace_back(count_of(*session_.input(i)));
      for (size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k % 17) / 8 - 1;
      inputs_.push_back(bp::rt::on_host(*session_.input(i)->type, values.data()));
    }
    for (uint32_t i = 0; session_.output(i) != nullptr; ++i) {
      std::vector<float>& values = values_.emplace_back(count_of(*session_.output(i)));
      outputs_.push_back(bp::rt::on_host(*session_.output(i)->type, values.data()));
    }
    run();  // makes the plan
  }

  void run() { run_.start(inputs_, outputs_); }
  const std::vector<float>& last_output() const { return values_.back(); }

  // Nodes of the plan: of its picture the lines that begin with a node and have no arrow.
  size_t node_count() const {
    std::string dot;
    bp::rt::check(bp_rt_session_write(
        session_.get(), "plan.dot",
        [](void* user, const void* bytes, uint64_t size) {
          static_cast<std::string*>(user)->append(static_cast<const char*>(bytes), size);
        },
        &dot));
    size_t count = 0;
    std::istringstream lines(dot);
    for (std::string line; std::getline(lines, line);)
      if (line.rfind("  n", 0) == 0 && std::isdigit(line[3]) != 0 &&
          line.find("->") == std::string::npos)
        ++count;
    return count;
  }

 private:
  bp::rt::Session session_;
  bp::rt::Run run_;
  std::vector<std::vector<float>> values_;
  std::vector<bp_rt_tensor_t> inputs_, outputs_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::printf("SKIPPED: no model is given: passes_benchmark MODEL.onnx [ROUNDS [PASS...]]\n");
    return 0;
  }
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 20;
  const bp_option_t path = {"plugin-path", BACKPLANE_CPU_PLUGIN};
  const bp_rt_config_t config = {sizeof config, 0, nullptr, nullptr, &path, 1, 0};
  const bp::rt::Runtime runtime(&config);
  const bp::rt::Device device = runtime.open("cpu");
  const bp::rt::Graph graph = runtime.read_onnx(bytes_of(argv[1]));
  std::deque<Case> cases;
  std::vector<Candidate> candidates;
  const auto add = [&](const std::string& name, const bp::rt::Options& options) {
    Case& made = cases.emplace_back(graph, device, options);
    candidates.push_back({name, [&made] { made.run(); }});
  };
  add("with passes", {});
  add("without passes", {{"passes", "off"}});
  for (int i = 3; i < argc; ++i)
    add(std::string("without ") + argv[i], {{(std::string("pass:") + argv[i]).c_str(), "off"}});
  measure(candidates, rounds);
  for (size_t i = 0; i < candidates.size(); ++i)
    std::printf("%-32s %4zu nodes %8.2f ms  %.3f of with passes, differs by %.2g\n",
                candidates[i].name.c_str(), cases[i].node_count(), candidates[i].median(),
                candidates[i].median() / candidates[0].median(),
                largest_difference(cases[0].last_output(), cases[i].last_output()));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
