#include "exec/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "exec/describe.hpp"
#include "graph/typing.hpp"
#include "graph/verify.hpp"
#include "pass/host/passes.hpp"
#include "pass/vendor.hpp"

namespace backplane::exec {
namespace {

constexpr char kDimension[] = "dim:";
constexpr char kDecompose[] = "decompose";
constexpr char kPasses[] = "passes";
constexpr char kPass[] = "pass:";

std::string names_of(const std::map<std::string, int64_t>& dimensions) {
  std::string names;
  for (const auto& [name, size] : dimensions) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "there is none" : "there are " + names;
}

// The size that "dim:NAME" asks for, and for which unknown size.
Result<std::pair<int64_t, int64_t>> parse_dimension(const graph::Graph& graph,
                                                    const std::string& key,
                                                    const std::string& text) {
  if (key.rfind(kDimension, 0) != 0)
    return invalid_argument(fmt::format(
        "the option \"{}\" is not known; \"dim:NAME\", \"{}\", \"{}\" and \"pass:NAME\" are", key,
        kDecompose, kPasses));
  const std::string name = key.substr(sizeof kDimension - 1);
  const auto dimension = graph.dimension_names().find(name);
  if (dimension == graph.dimension_names().end())
    return invalid_argument(fmt::format("no dimension of the graph is named \"{}\"; {}", name,
                                        names_of(graph.dimension_names())));
  int64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || size < 0)
    return invalid_argument(
        fmt::format("{}: \"{}\" is no size; a number of 0 or more is", key, text));
  return std::pair(dimension->second, size);
}

Result<bool> parse_switch(const std::string& key, const std::string& text) {
  if (text == "on" || text == "off") return text == "on";
  return invalid_argument(fmt::format("{}: \"{}\" is neither \"on\" nor \"off\"", key, text));
}

void append(std::string& key, const void* bytes, uint64_t size) {
  key.append(static_cast<const char*>(bytes), size);
}

}  // namespace

Result<std::shared_ptr<Session>> Session::create(const graph::Graph& graph,
                                                 std::shared_ptr<OpenDevice> device,
                                                 const Options& options, Where* out_where) {
  Status sound = graph::verify(graph);
  if (!sound.ok()) return sound;
  if (graph.outputs().empty())
    return invalid_argument("the graph has no output, so there is nothing to run");
  std::shared_ptr<Session> session(new Session(graph, std::move(device)));
  Status found = session->find_passes();
  if (!found.ok()) return found;
  Status set = session->set_options(options);
  if (!set.ok()) return set;
  Status staged = session->find_stages(out_where);
  if (!staged.ok()) return staged;
  Status planned = session->stages_ != nullptr ? Status() : session->plan_at_once(out_where);
  if (!planned.ok()) return planned;
  return session;
}

std::shared_ptr<Session> Session::of_stage(const graph::Graph& graph,
                                           std::shared_ptr<OpenDevice> device,
                                           const Preparation& preparation) {
  std::shared_ptr<Session> session(new Session(graph, std::move(device)));
  session->preparation_ = preparation;
  session->infer_again();
  return session;
}

Status Session::find_stages(Where* out_where) {
  std::vector<Stage> stages = cut(typed_.graph);
  if (stages.size() == 1) return {};
  stages_ = std::make_unique<Stages>(typed_.graph, device_, preparation_, std::move(stages));
  return stages_->check(out_where);
}

// The host's passes, then the plugin's.
Status Session::find_passes() {
  std::vector<pass::Pass> passes = pass::host_passes();
  Result<std::vector<pass::Pass>> vendors = pass::passes_of(device_->device());
  if (!vendors.ok()) return vendors.status();
  passes.insert(passes.end(), vendors->begin(), vendors->end());
  preparation_.passes = pass::in_order(std::move(passes), &preparation_.left_out);
  return {};
}

Status Session::check_switches() const {
  std::string names;
  for (const pass::Pass& pass : preparation_.passes)
    names += (names.empty() ? "" : ", ") + pass.name;
  for (const std::string& name : preparation_.switches.off)
    if (std::none_of(preparation_.passes.begin(), preparation_.passes.end(),
                     [&](const pass::Pass& pass) { return pass.name == name; }))
      return invalid_argument(
          fmt::format("pass:{}: no pass has this name; there are {}", name, names));
  return {};
}

Status Session::set_options(const Options& options) {
  Options sizes;
  for (const auto& [key, text] : options) {
    const bool is_pass = key.rfind(kPass, 0) == 0;
    if (key != kDecompose && key != kPasses && !is_pass) {
      sizes.emplace_back(key, text);
      continue;
    }
    const Result<bool> is_on = parse_switch(key, text);
    if (!is_on.ok()) return is_on.status();
    if (key == kDecompose) preparation_.may_decompose = *is_on;
    if (key == kPasses) preparation_.switches.all = *is_on;
    if (is_pass && !*is_on) preparation_.switches.off.insert(key.substr(sizeof kPass - 1));
  }
  Status switched = check_switches();
  return switched.ok() ? set_sizes(sizes) : switched;
}

Status Session::set_sizes(const Options& options) {
  std::map<int64_t, int64_t> known;
  for (const auto& [key, text] : options) {
    Result<std::pair<int64_t, int64_t>> size = parse_dimension(typed_.graph, key, text);
    if (!size.ok()) return size.status();
    known[size->first] = size->second;
  }
  if (known.empty()) return {};
  for (graph::ValueId id : typed_.graph.inputs()) {
    bp_tensor_type_t type = typed_.graph.value(id).type;
    for (uint16_t axis = 0; axis < type.rank; ++axis)
      if (const auto size = known.find(type.shape[axis]); size != known.end())
        type.shape[axis] = size->second;
    typed_.graph.set_type(id, type);
  }
  infer_again();
  return {};
}

// What is said of the other values is for reading only: a plan infers for itself.
void Session::infer_again() {
  for (const graph::Node& node : typed_.graph.nodes()) {
    const Result<std::vector<bp_tensor_type_t>> types = graph::infer_outputs(typed_.graph, node);
    if (!types.ok()) continue;
    for (size_t i = 0; i < types->size(); ++i)
      if (node.outputs[i] != BP_NONE) typed_.graph.set_type(node.outputs[i], (*types)[i]);
  }
}

Status Session::plan_at_once(Where* out_where) {
  std::vector<bp_tensor_type_t> types;
  for (graph::ValueId id : typed_.graph.inputs()) types.push_back(typed_.graph.value(id).type);
  if (std::any_of(types.begin(), types.end(), has_unknown_size)) return {};
  const auto later = [](uint32_t) {
    return Status(BP_STATUS_NOT_READY, "no run has brought inputs yet");
  };
  Result<Chosen> chosen = plan_for(types, later, out_where);
  return chosen.status().code() == BP_STATUS_NOT_READY ? Status() : chosen.status();
}

Status Session::check_inputs(const std::vector<bp_tensor_type_t>& types) const {
  std::map<int64_t, int64_t> sizes;  // of what is unknown in the graph, and the same everywhere
  for (size_t i = 0; i < types.size(); ++i) {
    const graph::Value& input = typed_.graph.value(typed_.graph.inputs()[i]);
    const auto refuse = [&](const std::string& why) {
      return invalid_argument(fmt::format("input \"{}\" is {} and was given {}{}", input.name,
                                          to_text(input.type), to_text(types[i]), why));
    };
    if (types[i].dtype != input.type.dtype || types[i].rank != input.type.rank) return refuse("");
    for (uint16_t axis = 0; axis < input.type.rank; ++axis) {
      const int64_t wanted = input.type.shape[axis];
      const int64_t given = types[i].shape[axis];
      if (given < 0) return refuse(": a run needs every size");
      if (wanted >= 0 && wanted != given) return refuse("");
      if (wanted < -1 && sizes.emplace(wanted, given).first->second != given)
        return refuse(fmt::format(": axis {} is {} elsewhere", axis, sizes[wanted]));
    }
  }
  return {};
}

Result<InputsKnown> Session::read_inputs(const std::vector<bp_tensor_type_t>& types,
                                         const ReadValue& value) const {
  InputsKnown inputs{types, std::vector<ops::ConstantPtr>(types.size())};
  for (uint32_t i : value_inputs_) {
    Result<ops::ConstantPtr> bytes = value(i);
    if (!bytes.ok()) return bytes.status();
    inputs.values[i] = bytes.take();
  }
  return inputs;
}

Result<std::string> Session::make_key(const InputsKnown& inputs) const {
  std::string key;
  for (const bp_tensor_type_t& type : inputs.types)
    append(key, type.shape, type.rank * sizeof type.shape[0]);
  for (uint32_t i : value_inputs_) {
    Result<uint64_t> size = byte_size(inputs.types[i]);
    if (!size.ok()) return size.status();
    append(key, inputs.values[i]->bytes(), *size);
  }
  return key;
}

std::shared_ptr<const Plan> Session::find(const std::string& key) {
  const auto entry =
      std::find_if(plans_.begin(), plans_.end(), [&key](const Entry& e) { return e.key == key; });
  if (entry == plans_.end()) return nullptr;
  plans_.splice(plans_.begin(), plans_, entry);
  return plans_.front().plan;
}

Result<Session::Chosen> Session::plan_for(const std::vector<bp_tensor_type_t>& types,
                                          const ReadValue& value, Where* out_where) {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (true) {
    Result<InputsKnown> inputs = read_inputs(types, value);
    if (!inputs.ok()) return inputs.status();
    Result<std::string> key = make_key(*inputs);
    if (!key.ok()) return key.status();
    if (std::shared_ptr<const Plan> plan = find(*key)) return Chosen{plan, !value_inputs_.empty()};

    std::vector<uint32_t> wanted;
    Result<Prepared> prepared =
        prepare(typed_.graph, *device_, preparation_, *inputs, folded_, pool_, &wanted, out_where);
    if (prepared.status().code() == BP_STATUS_NOT_READY && !wanted.empty()) {
      value_inputs_.insert(value_inputs_.end(), wanted.begin(), wanted.end());
      plans_.clear();  // their keys lack these values
      continue;
    }
    if (!prepared.ok()) return prepared.status();
    Result<std::shared_ptr<const Plan>> plan =
        make_plan(*device_, typed_.graph, *prepared, out_where);
    if (!plan.ok()) return plan.status();
    plans_.push_front({*key, *plan});
    if (plans_.size() > kPlansKept) plans_.pop_back();
    return Chosen{*plan, !value_inputs_.empty()};
  }
}

std::shared_ptr<const Plan> Session::newest() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return plans_.empty() ? nullptr : plans_.front().plan;
}

std::optional<std::vector<Plan::Origin>> Session::origins() const {
  if (stages_ != nullptr) return stages_->origins();
  const std::shared_ptr<const Plan> plan = newest();
  return plan == nullptr ? std::nullopt : std::optional(plan->origins);
}

std::string Session::placement() const {
  return placement_text(graph(), origins(), device_->device().selector());
}

std::vector<pass::Report> Session::pass_reports() const {
  if (stages_ != nullptr) return stages_->passes();
  const std::shared_ptr<const Plan> plan = newest();
  return plan == nullptr ? preparation_.left_out : plan->passes;
}

std::string Session::passes() const { return passes_text(pass_reports()); }

std::shared_ptr<const graph::Graph> Session::planned_graph() const {
  const std::shared_ptr<const Plan> plan = newest();
  return plan == nullptr ? nullptr : plan->passed;
}

}  // namespace backplane::exec
