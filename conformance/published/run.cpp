#include "published/run.hpp"

#include <filesystem>
#include <optional>
#include <utility>

#include "onnx/reader.hpp"
#include "published/data_set.hpp"
#include "published/known.hpp"
#include "published/node_run.hpp"
#include "support/file.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

// A failure to read what the suite itself brings: by the host when it says so, else our own fault.
[[noreturn]] void cannot_read(const std::string& path, const Status& status) {
  if (status.code() == BP_STATUS_UNSUPPORTED) throw Refusal{RefusedBy::kHost, status.text()};
  fail(path + " cannot be read: " + status.text());
}

TensorBytes bytes_of(const ops::Constant& constant) {
  const Result<uint64_t> size = byte_size(constant.type);
  require(size.ok(), size.status().text());
  return {constant.type, std::string(static_cast<const char*>(constant.bytes()), *size)};
}

// The values of one run through the graph.
class GraphRun {
 public:
  GraphRun(Subject& subject, bp_stream_t* stream, const graph::Graph& graph)
      : subject_(subject), stream_(stream), graph_(graph), values_(graph.values().size()) {
    for (size_t id = 0; id < values_.size(); ++id) {
      const graph::Value& value = graph.values()[id];
      if (value.constant != nullptr && value.producer == BP_NONE)
        values_[id] = bytes_of(*value.constant);
    }
    for (const graph::Node& node : graph.nodes())
      if (is_known(graph, node))
        values_[node.outputs[0]] = bytes_of(*graph.value(node.outputs[0]).constant);
  }

  std::vector<TensorBytes> run(const fs::path& data_set) {
    read_given(data_set);
    for (const graph::Node& node : graph_.nodes())
      if (!is_known(graph_, node)) run_one(node);
    std::vector<TensorBytes> outputs;
    for (graph::ValueId id : graph_.outputs()) {
      require(values_[id].has_value(), "an output has no value");
      outputs.push_back(*values_[id]);
    }
    return outputs;
  }

 private:
  void read_given(const fs::path& data_set) {
    Result<std::vector<TensorBytes>> given = read_inputs(data_set, graph_);
    if (!given.ok()) cannot_read(data_set.string(), given.status());
    for (size_t i = 0; i < given->size(); ++i)
      if ((*given)[i].type.dtype != 0) values_[graph_.inputs()[i]] = std::move((*given)[i]);
  }

  void run_one(const graph::Node& node) {
    NodeCall call;
    call.op = &node.op;
    for (graph::ValueId id : node.inputs) {
      call.inputs.push_back(id == BP_NONE ? nullptr : &*values_[id]);
      call.input_is_constant.push_back(id != BP_NONE && graph_.value(id).constant != nullptr);
    }
    for (graph::ValueId id : node.outputs) call.output_is_wanted.push_back(id != BP_NONE);
    std::vector<TensorBytes> results = run_node(subject_, stream_, call);
    for (size_t i = 0; i < results.size(); ++i)
      if (node.outputs[i] != BP_NONE) values_[node.outputs[i]] = std::move(results[i]);
  }

  Subject& subject_;
  bp_stream_t* stream_;
  const graph::Graph& graph_;
  std::vector<std::optional<TensorBytes>> values_;
};

Outcome run_all(Subject& subject, const fs::path& folder) {
  const std::string model = (folder / "model.onnx").string();
  const Result<std::string> bytes = read_file(model);
  if (!bytes.ok()) cannot_read(model, bytes.status());
  Result<graph::Graph> graph = onnx::read_model(bytes->data(), bytes->size(), {"", false});
  if (!graph.ok()) cannot_read(model, graph.status());
  find_known_values(&*graph);
  const Owned<bp_stream_t> stream = subject.stream();
  const std::vector<fs::path> data_sets = data_sets_of(folder);
  require(!data_sets.empty(), folder.string() + " has no test_data_set_0");
  Outcome outcome;
  for (const fs::path& data_set : data_sets)
    outcome.outputs.push_back(GraphRun(subject, stream.get(), *graph).run(data_set));
  return outcome;
}

}  // namespace

Outcome run_published(Subject& subject, const std::string& folder) {
  try {
    return run_all(subject, folder);
  } catch (const Refusal& refusal) {
    Outcome outcome;
    outcome.verdict = Verdict::kUnsupported;
    outcome.refused_by = refusal.by;
    outcome.text = refusal.text;
    return outcome;
  }
}

}  // namespace backplane::conformance
