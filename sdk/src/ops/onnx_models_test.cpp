// Every node of every published test model that we know: our types against those of libonnx's shape
// inference, and types of whole models against the published results.
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <map>
#include <set>

#include "ops/testing.hpp"
#include "ops/testing_onnx.hpp"

namespace backplane::ops {
namespace {

namespace fs = std::filesystem;
using testing::text;

const fs::path kModelsFolder = "/usr/share/libonnx-testdata/data";

std::vector<fs::path> published_models() {
  std::vector<fs::path> paths;
  if (!fs::exists(kModelsFolder)) return paths;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kModelsFolder))
    if (entry.path().filename() == "model.onnx") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Types and constants of a model's values by name.
class World {
 public:
  void set(const std::string& name, const bp_tensor_type_t& type) { types_[name] = type; }
  void set(const std::string& name, const ConstantPtr& constant) {
    if (constant == nullptr) return;
    constants_[name] = constant;
    types_[name] = constant->type;
  }
  const bp_tensor_type_t* type(const std::string& name) const {
    const auto found = types_.find(name);
    return found == types_.end() ? nullptr : &found->second;
  }
  ConstantPtr constant(const std::string& name) const {
    const auto found = constants_.find(name);
    return found == constants_.end() ? nullptr : found->second;
  }
  Values values() const {
    return {[this](const std::string& name) { return type(name); },
            [this](const std::string& name) { return constant(name); }};
  }

 private:
  std::map<std::string, bp_tensor_type_t> types_;
  std::map<std::string, ConstantPtr> constants_;
};

void add_initializers(const onnx::GraphProto& graph, World& world) {
  for (const onnx::TensorProto& tensor : graph.initializer())
    world.set(tensor.name(), testing::constant_from(tensor));
}

// What a node's outputs are worth when that hangs on no element of an input.
void add_folded(const Draft& node, World& world) {
  if (node.op.op == "Constant") world.set(node.outputs[0], node.op.attribute("value")->tensor);
  if (node.op.op != "Shape" || has_unknown_size(*world.type(node.inputs[0]))) return;
  const Attribute* const end = node.op.attribute("end");
  if (node.op.attribute("start")->ints[0] == 0 && end == nullptr)
    world.set(node.outputs[0], make_int64_constant(shape_of(*world.type(node.inputs[0]))));
}

// Our types of one normalised node's outputs go into the world. NOT_READY: an input has no type.
Status infer_into(const Draft& node, World& world) {
  std::vector<bp_tensor_type_t> inputs;
  std::vector<ConstantPtr> constants;
  for (const std::string& name : node.inputs) {
    const bp_tensor_type_t* const type = world.type(name);
    if (!name.empty() && type == nullptr) return Status(BP_STATUS_NOT_READY, name + " has no type");
    inputs.push_back(name.empty() ? bp_tensor_type_t{} : *type);
    constants.push_back(world.constant(name));
  }
  std::vector<bp_tensor_type_t> outputs(node.outputs.size());
  const AbiNode abi(node.op, inputs, outputs, constants);
  Status status = infer(abi.node(), outputs.data());
  if (!status.ok()) return status;
  for (size_t i = 0; i < outputs.size(); ++i) world.set(node.outputs[i], outputs[i]);
  add_folded(node, world);
  return {};
}

// A model's node, through all that it becomes.
Status run_into(const Draft& draft, uint32_t opset, World& world) {
  const Result<Normalised> normalised = normalise(draft, opset, world.values());
  if (!normalised.ok()) return normalised.status();
  for (const auto& constant : normalised->constants) world.set(constant.first, constant.second);
  for (const Draft& node : normalised->nodes) {
    Status status = infer_into(node, world);
    if (!status.ok()) return status;
  }
  return {};
}

bool is_ours(const onnx::NodeProto& node, uint32_t opset) {
  return (node.domain().empty() || node.domain() == "ai.onnx") && is_known(node.op_type(), opset);
}

// ---- Node by node against libonnx ---------------------------------------------------------------

// Types as libonnx infers them, with what the model says of its outputs taken away before.
World their_world(onnx::ModelProto& model) {
  for (onnx::ValueInfoProto& output : *model.mutable_graph()->mutable_output())
    if (output.type().has_tensor_type())
      output.mutable_type()->mutable_tensor_type()->clear_shape();
  onnx::shape_inference::InferShapes(model);
  World world;
  const onnx::GraphProto& graph = model.graph();
  for (const auto* list : {&graph.input(), &graph.value_info(), &graph.output()})
    for (const onnx::ValueInfoProto& value : *list)
      if (const auto type = testing::type_from(value.type())) world.set(value.name(), *type);
  add_initializers(graph, world);
  return world;
}

struct Tally {
  int compared = 0;  // values
  int open = 0;      // values that libonnx does not infer
  std::map<std::string, int> refused;
};

bool has_all_input_types(const Draft& draft, const World& world) {
  return std::all_of(draft.inputs.begin(), draft.inputs.end(), [&](const std::string& name) {
    return name.empty() || world.type(name) != nullptr;
  });
}

void compare_node(const onnx::NodeProto& proto, uint32_t opset, World& theirs, Tally& tally,
                  const std::string& where) {
  const std::optional<Draft> draft = testing::draft_from(proto);
  if (!draft.has_value() || !has_all_input_types(*draft, theirs)) return;  // eg a string
  World ours = theirs;
  Status status = run_into(*draft, opset, ours);
  if (status.code() == BP_STATUS_UNSUPPORTED) ++tally.refused[status.text()];
  EXPECT_NE(status.code(), BP_STATUS_INVALID_ARGUMENT) << where << ": " << status.text();
  for (const std::string& name : draft->outputs) {
    const bp_tensor_type_t* const their_type = theirs.type(name);
    if (name.empty() || status.code() == BP_STATUS_UNSUPPORTED) continue;
    if (their_type == nullptr) {
      ++tally.open;
      continue;
    }
    ++tally.compared;
    EXPECT_TRUE(status.ok() && testing::says_as_much(*ours.type(name), *their_type))
        << where << " " << draft->op.op << " " << name << ": ours "
        << (status.ok() ? text(*ours.type(name)) : status.text()) << ", theirs "
        << text(*their_type);
  }
  if (draft->op.op == "Constant" && status.ok())
    theirs.set(draft->outputs[0], ours.constant(draft->outputs[0]));
}

TEST(OnnxModels, EveryNodeGetsTheTypesThatLibonnxInfers) {
  const std::vector<fs::path> paths = published_models();
  if (paths.empty()) GTEST_SKIP() << "no published models under " << kModelsFolder;
  Tally tally;
  for (const fs::path& path : paths) {
    onnx::ModelProto model = testing::read_model(path);
    World theirs = their_world(model);
    for (const onnx::NodeProto& node : model.graph().node())
      if (is_ours(node, testing::opset_of(model)))
        compare_node(node, testing::opset_of(model), theirs, tally, path.parent_path().filename());
  }
  for (const auto& entry : tally.refused)
    std::printf("%4d refused: %s\n", entry.second, entry.first.c_str());
  std::printf("%d values compared, %d that libonnx leaves open\n", tally.compared, tally.open);
  EXPECT_GT(tally.compared, 1000);
}

// ---- Whole models against the published results -------------------------------------------------

std::vector<ConstantPtr> tensors_in(const fs::path& folder, const std::string& prefix) {
  std::vector<ConstantPtr> tensors;
  for (int i = 0; fs::exists(folder / (prefix + std::to_string(i) + ".pb")); ++i)
    tensors.push_back(testing::constant_from(
        testing::read_tensor(folder / (prefix + std::to_string(i) + ".pb"))));
  return tensors;
}

void add_inputs(const onnx::GraphProto& graph, const fs::path& folder, World& world) {
  const std::vector<ConstantPtr> tensors = tensors_in(folder, "input_");
  size_t next = 0;
  for (const onnx::ValueInfoProto& input : graph.input())
    if (world.type(input.name()) == nullptr && next < tensors.size())
      world.set(input.name(), tensors[next++]);
}

// Every node in order, from inputs and weights alone; false when one is not known.
bool infer_model(const onnx::ModelProto& model, World& world, const std::string& where) {
  for (const onnx::NodeProto& node : model.graph().node()) {
    const std::optional<Draft> draft = testing::draft_from(node);
    if (!draft.has_value() || !is_ours(node, testing::opset_of(model))) return false;
    Status status = run_into(*draft, testing::opset_of(model), world);
    if (status.ok()) continue;
    EXPECT_NE(status.code(), BP_STATUS_INVALID_ARGUMENT) << where << ": " << status.text();
    return false;
  }
  return true;
}

bool has_only_tensors(const onnx::GraphProto& graph) {
  for (const auto* list : {&graph.input(), &graph.output()})
    for (const onnx::ValueInfoProto& value : *list)
      if (!value.type().has_tensor_type()) return false;
  return true;
}

// Somewhere a size is how many elements of a computed tensor are there, or how large one is.
bool hangs_on_values(const onnx::ModelProto& model) {
  const std::set<std::string> ops = {"NonZero", "Compress", "Range", "NonMaxSuppression", "Unique"};
  return std::any_of(model.graph().node().begin(), model.graph().node().end(),
                     [&](const onnx::NodeProto& node) { return ops.count(node.op_type()) != 0; });
}

// The model's output is declared bfloat16, and its data kept as the bits in uint16.
bool keeps_bits(const std::string& name) {
  return name == "test_cast_FLOAT_to_BFLOAT16" ||
         name == "test_castlike_FLOAT_to_BFLOAT16_expanded";
}

TEST(OnnxModels, WholeModelsGetTheTypesOfThePublishedResults) {
  const std::vector<fs::path> paths = published_models();
  if (paths.empty()) GTEST_SKIP() << "no published models under " << kModelsFolder;
  int whole = 0;
  for (const fs::path& path : paths) {
    const onnx::ModelProto model = testing::read_model(path);
    const fs::path data = path.parent_path() / "test_data_set_0";
    const std::string where = path.parent_path().filename();
    if (!has_only_tensors(model.graph()) || keeps_bits(where)) continue;
    World world;
    add_initializers(model.graph(), world);
    add_inputs(model.graph(), data, world);
    const bool is_open = hangs_on_values(model);
    if (!infer_model(model, world, where)) continue;
    ++whole;
    const std::vector<ConstantPtr> results = tensors_in(data, "output_");
    for (size_t i = 0; i < results.size(); ++i) {
      const std::string& name = model.graph().output(static_cast<int>(i)).name();
      ASSERT_NE(world.type(name), nullptr) << where << " " << name;
      if (results[i] == nullptr) continue;
      const bp_tensor_type_t& ours = *world.type(name);
      EXPECT_TRUE(testing::says_as_much(results[i]->type, ours) &&
                  (is_open || !has_unknown_size(ours)))
          << where << " " << name << ": " << text(ours) << ", really " << text(results[i]->type);
    }
  }
  std::printf("%d of %zu models inferred whole\n", whole, paths.size());
  EXPECT_GT(whole, 300);
}

}  // namespace
}  // namespace backplane::ops
