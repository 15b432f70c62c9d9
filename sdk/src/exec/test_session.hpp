// Graphs and runs on the fake plugin, for the tests of sessions.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exec/run.hpp"
#include "memory/fake_device.hpp"
#include "ops/table.hpp"

namespace backplane::exec {

using graph::Graph;
using graph::ValueId;

inline bp_tensor_type_t f32(const Shape& shape) { return tensor_type(BP_DTYPE_FLOAT32, shape); }

inline ops::ConstantPtr floats(const std::vector<float>& values) {
  return ops::make_constant(f32({static_cast<int64_t>(values.size())}), values.data());
}

// A graph, call by call; types by inference, as readers do it.
class Builder {
 public:
  ValueId input(const std::string& name, const bp_tensor_type_t& type) {
    return graph.add_input(name, type);
  }
  ValueId constant(const ops::ConstantPtr& value) { return graph.add_constant("", value); }
  ValueId node(const char* op, const std::vector<ValueId>& inputs, uint32_t since = 14,
               const bp_tensor_type_t* declared = nullptr) {
    ops::Operator node;
    node.op = op;
    node.name = "node " + std::to_string(graph.nodes().size());
    node.since = since;
    if (node.op == "Reshape") node.attributes.push_back(ops::int_attribute("allowzero", 0));
    const Result<graph::NodeId> id = graph.add_node(node, inputs, {node.name + " out"});
    EXPECT_TRUE(id.ok()) << id.status().text();
    const ValueId out = graph.node(*id).outputs[0];
    std::vector<bp_tensor_type_t> types;
    std::vector<ops::ConstantPtr> constants;
    for (ValueId in : inputs) {
      types.push_back(graph.value(in).type);
      constants.push_back(graph.value(in).constant);
    }
    bp_tensor_type_t type = {};
    const ops::AbiNode abi_node(node, types, {bp_tensor_type_t{}}, constants);
    if (declared != nullptr)
      graph.set_declared_type(out, *declared);
    else if (const Status inferred = ops::infer(abi_node.node(), &type); inferred.ok())
      graph.set_type(out, type);
    else
      ADD_FAILURE() << inferred.text();
    return out;
  }
  void output(ValueId value, const std::string& name = "") {
    EXPECT_TRUE(graph.add_output(value, name).ok());
  }

  Graph graph;
};

struct Bench {
  explicit Bench(fake::Config config) : chip(config) {
    device = std::make_shared<OpenDevice>(chip.open(), 0);
  }
  ~Bench() {
    runs.clear();
    session.reset();
    device.reset();
    EXPECT_EQ(chip.live_buffers(), 0);
    EXPECT_EQ(chip.live_kernels(), 0);
    EXPECT_THAT(chip.violations(), testing::IsEmpty());
  }
  void make(const Graph& graph, const Session::Options& options = {}) {
    Where where;
    Result<std::shared_ptr<Session>> made = Session::create(graph, device, options, &where);
    ASSERT_TRUE(made.ok()) << made.status().text();
    session = made.take();
  }
  Run& new_run() {
    runs.push_back(std::make_unique<Run>(session));
    return *runs.back();
  }

  fake::Chip chip;
  std::shared_ptr<OpenDevice> device;
  std::shared_ptr<Session> session;
  std::vector<std::unique_ptr<Run>> runs;
};

// A tensor in host memory.
struct HostTensor {
  HostTensor(std::vector<float> v, const Shape& shape) : values(std::move(v)), type(f32(shape)) {}
  TensorView view() {
    TensorView result;
    result.type = type;
    result.host = values.data();
    return result;
  }
  std::vector<float> values;
  bp_tensor_type_t type;
};

struct Ran {
  Status status;
  Where where;
  std::vector<std::vector<float>> outputs;
};

inline Ran run(Run& run, const std::vector<TensorView>& inputs,
               const std::shared_ptr<Stream>& stream = nullptr) {
  Ran result;
  result.status = run.prepare(inputs, stream, &result.where);
  if (!result.status.ok()) return result;
  std::vector<TensorView> outputs;
  for (size_t i = 0; i < run.session().graph().outputs().size(); ++i) {
    result.outputs.emplace_back(*element_count(run.output_type(i)), -1.0f);
    TensorView view;
    view.type = run.output_type(i);
    view.host = result.outputs.back().data();
    outputs.push_back(view);
  }
  result.status = run.execute(inputs, outputs, stream, &result.where);
  if (stream != nullptr && result.status.ok()) result.status = stream->synchronize(kForever);
  return result;
}

struct Setting {
  const char* name;
  fake::Config config;
};

inline std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (fake::Work work : {fake::Work::kSynchronous, fake::Work::kByThread}) {
    fake::Config plain;
    plain.work = work;
    fake::Config baked = plain;
    baked.bakes_constants = true;
    fake::Config host = plain;
    host.wants_host = true;
    fake::Config in_place = plain;
    in_place.works_in_place = true;
    fake::Config scratch = plain;
    scratch.scratch_size = 1000;
    fake::Config asked = plain;
    asked.scratch_size = BP_SIZE_UNKNOWN;
    fake::Config all_at_once = plain;
    all_at_once.bakes_constants = all_at_once.wants_host = all_at_once.works_in_place = true;
    all_at_once.scratch_size = 64;
    all_at_once.tensor_padding = 48;
    all_at_once.offset_alignment = 256;
    all_at_once.has_map = false;
    fake::Config tiny = plain;
    tiny.max_buffer_size = 2048;
    const bool is_sync = work == fake::Work::kSynchronous;
    all.push_back({is_sync ? "plain" : "plain_async", plain});
    all.push_back({is_sync ? "baked" : "baked_async", baked});
    all.push_back({is_sync ? "host" : "host_async", host});
    all.push_back({is_sync ? "in_place" : "in_place_async", in_place});
    all.push_back({is_sync ? "scratch" : "scratch_async", scratch});
    all.push_back({is_sync ? "asked" : "asked_async", asked});
    all.push_back({is_sync ? "all" : "all_async", all_at_once});
    all.push_back({is_sync ? "tiny" : "tiny_async", tiny});
  }
  return all;
}

}  // namespace backplane::exec
