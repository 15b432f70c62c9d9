// bp_rt_session_t and bp_rt_run_t.
#include "exec/session.hpp"

#include "graph/print.hpp"
#include "runtime/error.hpp"
#include "runtime/tensor.hpp"

namespace backplane::runtime {
namespace {

// As the graph's own, but under the edge's name.
std::vector<bp_value_info_t> infos_of(const bp_graph& graph,
                                      const std::vector<graph::ValueId>& ids) {
  std::vector<bp_value_info_t> infos;
  for (graph::ValueId id : ids) infos.push_back(*graph.value(id));
  return infos;
}

const bp_value_info_t* at(const std::vector<bp_value_info_t>& infos, uint32_t index) {
  return index < infos.size() ? &infos[index] : nullptr;
}

Status check_devices(bp_rt_device_t* const* devices, uint32_t count) {
  if (count == 0) return invalid_argument("a session without a device");
  if (count > 1)
    return unsupported("a session on " + std::to_string(count) +
                       " devices: one in this version; make a session for each");
  return not_null({{"devices[0]", devices[0]}});
}

bp_rt_run_config_t complete(const bp_rt_run_config_t* config) {
  bp_rt_run_config_t result = {};
  if (config != nullptr && BP_HAS(bp_rt_run_config_t, config, stream))
    result.stream = config->stream;
  return result;
}

Status planned_dot(const exec::Session& session, std::string* out_text) {
  if (session.stages() != nullptr)
    return unsupported("the graph runs in " + std::to_string(session.stages()->size()) +
                       " stages, since the data decides sizes in it, and has no one plan");
  const std::shared_ptr<const graph::Graph> planned = session.planned_graph();
  if (planned == nullptr)
    return Status(BP_STATUS_NOT_READY,
                  "there is no plan before a run has brought the inputs' sizes");
  *out_text = graph::to_dot(*planned);
  return {};
}

Status start(bp_rt_run_t& run, const bp_rt_tensor_t* inputs, bp_rt_tensor_t* outputs,
             bp_rt_stream_t* stream, exec::Where* where) {
  const graph::Graph& graph = run.run->session().graph();
  Status valid = check_stream(run.device, stream);
  if (!valid.ok()) return valid;
  Result<std::vector<exec::TensorView>> views =
      views_of(inputs, static_cast<uint32_t>(graph.inputs().size()));
  if (!views.ok()) return views.status();
  Status prepared = run.run->prepare(*views, shared(stream), where);
  if (!prepared.ok()) return prepared;
  const auto output_count = static_cast<uint32_t>(graph.outputs().size());
  Outputs made(run.device, stream, outputs, output_count);
  for (uint32_t i = 0; i < output_count; ++i) {
    Status added = made.add(i, run.run->output_type(i));
    if (!added.ok()) return added.in("output \"" + graph.output_name(i) + "\"");
  }
  Status done = run.run->execute(*views, made.views(), shared(stream), where);
  if (done.ok()) made.hand_over();
  return done;
}

}  // namespace
}  // namespace backplane::runtime

using namespace backplane;           // NOLINT: the C API's functions are in no namespace
using namespace backplane::runtime;  // NOLINT

bp_status_t bp_rt_session_create(bp_graph_t* graph, bp_rt_device_t* const* devices,
                                 uint32_t device_count, const bp_option_t* options,
                                 uint32_t option_count, bp_rt_session_t** out_session) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"graph", graph}, {"devices", devices}, {"out_session", out_session}});
    if (given.ok()) given = check_devices(devices, device_count);
    if (!given.ok()) return given;
    bp_rt_device_t& device = *devices[0];
    context.device = device.device().device().selector();
    Result<Device::Options> list = options_of(options, option_count);
    if (!list.ok()) return list.status();
    Result<std::shared_ptr<exec::Session>> session =
        exec::Session::create(graph->graph, device.opened->device, *list, &context.where);
    if (!session.ok()) return session.status();
    auto made = std::make_unique<bp_rt_session_t>();
    made->device = device;
    made->session = session.take();
    const graph::Graph& typed = made->session->graph();
    made->inputs = infos_of(made->session->abi_graph(), typed.inputs());
    made->outputs = infos_of(made->session->abi_graph(), typed.outputs());
    for (size_t i = 0; i < made->outputs.size(); ++i)
      made->outputs[i].name = typed.output_name(i).c_str();
    *out_session = made.release();
    return {};
  });
}

void bp_rt_session_destroy(bp_rt_session_t* session) { delete session; }

const bp_value_info_t* bp_rt_session_input(bp_rt_session_t* session, uint32_t index) {
  return session != nullptr ? at(session->inputs, index) : nullptr;
}

const bp_value_info_t* bp_rt_session_output(bp_rt_session_t* session, uint32_t index) {
  return session != nullptr ? at(session->outputs, index) : nullptr;
}

bp_status_t bp_rt_session_write(bp_rt_session_t* session, const char* what,
                                void (*sink)(void* user, const void* bytes, uint64_t size),
                                void* user) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"session", session}, {"what", what}});
    if (!given.ok()) return given;
    if (sink == nullptr) return invalid_argument("sink is NULL");
    std::string text;
    if (std::string(what) == "placement")
      text = session->session->placement();
    else if (std::string(what) == "graph.dot")
      text = graph::to_dot(session->session->graph());
    else if (std::string(what) == "passes")
      text = session->session->passes();
    else if (std::string(what) == "plan.dot")
      given = planned_dot(*session->session, &text);
    else
      given = unsupported("\"" + std::string(what) +
                          "\" cannot be written; \"placement\", \"passes\", \"graph.dot\" and "
                          "\"plan.dot\" can");
    if (!given.ok()) return given;
    sink(user, text.data(), text.size());
    return {};
  });
}

bp_status_t bp_rt_run_create(bp_rt_session_t* session, bp_rt_run_t** out_run) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"session", session}, {"out_run", out_run}});
    if (!given.ok()) return given;
    *out_run = new bp_rt_run_t{session->device, std::make_unique<exec::Run>(session->session)};
    return {};
  });
}

void bp_rt_run_destroy(bp_rt_run_t* run) { delete run; }

bp_status_t bp_rt_run_start(bp_rt_run_t* run, const bp_rt_tensor_t* inputs, bp_rt_tensor_t* outputs,
                            const bp_rt_run_config_t* config) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"run", run}, {"outputs", outputs}});
    if (given.ok() && inputs == nullptr && !run->run->session().graph().inputs().empty())
      given = invalid_argument("inputs is NULL");
    if (!given.ok()) return given;
    context.device = run->device.device().device().selector();
    return start(*run, inputs, outputs, complete(config).stream, &context.where);
  });
}
