#include "run/message.hpp"

#include <nlohmann/json.hpp>

namespace backplane::conformance {
namespace {

using Json = nlohmann::json;

// Text of a plugin's may be no UTF-8; it must not stop a report.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The frame's head as an object with "is": kind, or null.
Json parse(const Frame& frame, const char* kind) {
  Json json = Json::parse(frame.head, nullptr, false);
  return json.is_object() && json.value("is", "") == kind ? json : Json();
}

Json to_json(const bp_tensor_type_t& type) {
  Json shape = Json::array();
  for (uint16_t axis = 0; axis < type.rank; ++axis) shape.push_back(type.shape[axis]);
  return {{"dtype", type.dtype}, {"shape", shape}};
}

bp_tensor_type_t type_of(const Json& json) {
  bp_tensor_type_t type = {};
  type.dtype = json.at("dtype");
  for (const Json& size : json.at("shape"))
    if (type.rank < BP_MAX_RANK) type.shape[type.rank++] = size;
  return type;
}

DeviceFacts device_of(const Json& json) {
  return {json.at("name"), json.at("architecture"), json.at("driver_version"), json.at("uuid"),
          json.at("synchronous")};
}

}  // namespace

Frame to_frame(const Assignment& assignment) {
  return {dump({{"is", "assignment"},
                {"plugin", assignment.plugin_path},
                {"seed", assignment.seed},
                {"fresh", assignment.is_fresh},
                {"probe", assignment.probe},
                {"probe_timeout_ns", assignment.probe_timeout_ns},
                {"one_thread", assignment.is_one_thread}}),
          {}};
}

bool from_frame(const Frame& frame, Assignment* out_assignment) {
  const Json json = parse(frame, "assignment");
  if (json.is_null()) return false;
  *out_assignment = {
      json.at("plugin"),           json.at("seed"),      json.at("fresh"), json.at("probe"),
      json.at("probe_timeout_ns"), json.at("one_thread")};
  return true;
}

Frame to_frame(const Greeting& greeting) {
  Json devices = Json::array();
  for (const DeviceFacts& device : greeting.devices)
    devices.push_back({{"name", device.name},
                       {"architecture", device.architecture},
                       {"driver_version", device.driver_version},
                       {"uuid", device.uuid},
                       {"synchronous", device.is_synchronous}});
  return {dump({{"is", "greeting"},
                {"refusal", greeting.refusal},
                {"id", greeting.id},
                {"version", greeting.version},
                {"vendor", greeting.vendor},
                {"build_id", greeting.build_id},
                {"abi", greeting.abi},
                {"devices", devices},
                {"passes", greeting.passes}}),
          {}};
}

bool from_frame(const Frame& frame, Greeting* out_greeting) {
  const Json json = parse(frame, "greeting");
  if (json.is_null()) return false;
  *out_greeting = {json.at("refusal"),
                   json.at("id"),
                   json.at("version"),
                   json.at("vendor"),
                   json.at("build_id"),
                   json.at("abi"),
                   {},
                   json.at("passes")};
  for (const Json& device : json.at("devices")) out_greeting->devices.push_back(device_of(device));
  return true;
}

Frame to_frame(const Task& task) {
  Frame frame;
  Json types = Json::array();
  for (const TensorBytes& input : task.inputs) {
    types.push_back(to_json(input.type));
    frame.blocks.push_back(input.bytes);
  }
  frame.head = dump({{"is", "task"},
                     {"case", task.case_id},
                     {"kind", static_cast<int>(task.kind)},
                     {"path", task.path},
                     {"problem", task.problem},
                     {"device", task.device},
                     {"inputs", types}});
  return frame;
}

bool from_frame(const Frame& frame, Task* out_task) {
  const Json json = parse(frame, "task");
  if (json.is_null()) return false;
  *out_task = {json.at("case"),   static_cast<CaseKind>(json.at("kind").get<int>()),
               json.at("path"),   json.at("problem"),
               json.at("device"), {}};
  const Json& types = json.at("inputs");
  if (types.size() > frame.blocks.size()) return false;
  for (size_t i = 0; i < types.size(); ++i)
    out_task->inputs.push_back({type_of(types[i]), frame.blocks[i]});
  return true;
}

Frame to_frame(const Outcome& outcome) {
  Frame frame;
  Json sets = Json::array();
  for (const std::vector<TensorBytes>& set : outcome.outputs) {
    Json types = Json::array();
    for (const TensorBytes& tensor : set) {
      types.push_back(to_json(tensor.type));
      frame.blocks.push_back(tensor.bytes);
    }
    sets.push_back(types);
  }
  Json repeats = Json::array();
  for (const Repeat& repeat : outcome.repeats)
    repeats.push_back({{"step", repeat.step}, {"how", repeat.how}});
  frame.head = dump({{"is", "outcome"},
                     {"verdict", verdict_name(outcome.verdict)},
                     {"text", outcome.text},
                     {"rule", outcome.rule},
                     {"function", outcome.function},
                     {"refused_by", static_cast<int>(outcome.refused_by)},
                     {"repeats", repeats},
                     {"numerics", outcome.declared.numerics},
                     {"products", outcome.declared.products},
                     {"accumulates", outcome.declared.accumulates},
                     {"outputs", sets}});
  return frame;
}

bool from_frame(Frame&& frame, Outcome* out_outcome) {
  const Json json = parse(frame, "outcome");
  if (json.is_null()) return false;
  out_outcome->verdict = verdict_of(json.at("verdict"));
  out_outcome->text = json.at("text");
  out_outcome->rule = json.at("rule");
  out_outcome->function = json.at("function");
  out_outcome->refused_by = static_cast<RefusedBy>(json.at("refused_by").get<int>());
  for (const Json& repeat : json.at("repeats"))
    out_outcome->repeats.push_back({repeat.at("step"), repeat.at("how")});
  out_outcome->declared = {json.at("numerics"), json.at("products"), json.at("accumulates")};
  size_t block = 0;
  for (const Json& set : json.at("outputs")) {
    std::vector<TensorBytes>& tensors = out_outcome->outputs.emplace_back();
    for (const Json& type : set) {
      if (block >= frame.blocks.size()) return false;
      tensors.push_back({type_of(type), std::move(frame.blocks[block++])});
    }
  }
  return true;
}

}  // namespace backplane::conformance
