// bp_graph_t: read from ONNX, or built call by call.
#include <fmt/format.h>

#include "graph/from_abi.hpp"
#include "onnx/reader.hpp"
#include "runtime/add_node.hpp"
#include "runtime/error.hpp"
#include "runtime/handles.hpp"

namespace backplane::runtime {
namespace {

using graph::Graph;
using graph::ValueId;

BuiltGraph& built(bp_graph_t* graph) { return *static_cast<BuiltGraph*>(graph); }

Status check_type(const bp_tensor_type_t& type) {
  if (type.rank > BP_MAX_RANK)
    return invalid_argument(fmt::format("rank {}, at most {} is possible", type.rank, BP_MAX_RANK));
  if (!is_known_dtype(type.dtype))
    return invalid_argument(dtype_name(type.dtype) + " is no element type");
  if (type.layout != 0) return unsupported("a layout that is not row-major");
  return {};
}

// Entries past the rank are 0, whatever the caller left there.
bp_tensor_type_t clean(const bp_tensor_type_t& type) {
  return tensor_type(type.dtype, shape_of(type));
}

Status check_ids(const Graph& graph, const bp_node_t& node, const bp_value_id_t* inputs) {
  for (uint32_t i = 0; i < node.input_count; ++i)
    if (inputs[i] != BP_NONE && inputs[i] >= graph.values().size())
      return invalid_argument(fmt::format("{}: input {} is value {}, and the graph has {}", node.op,
                                          i, inputs[i], graph.values().size()));
  return {};
}

// A caller's bytes, which are told when nobody needs them any more.
std::shared_ptr<const void> kept(const void* bytes, void (*release)(void* user), void* user) {
  return {bytes, [release, user](const void*) { release(user); }};
}

}  // namespace
}  // namespace backplane::runtime

using namespace backplane;           // NOLINT: the C API's functions are in no namespace
using namespace backplane::runtime;  // NOLINT

bp_status_t bp_rt_graph_from_onnx(bp_rt_t* rt, const void* bytes, uint64_t size, const char* folder,
                                  void (*release)(void* user), void* user, bp_graph_t** out_graph) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"rt", rt}, {"bytes", bytes}, {"out_graph", out_graph}});
    if (!given.ok()) return given;
    onnx::ReadOptions options;
    options.folder = folder != nullptr ? folder : "";
    Result<Graph> graph = onnx::read_model(bytes, size, options);
    if (!graph.ok()) return graph.status();
    *out_graph = new BuiltGraph(rt->host, graph.take());
    if (release != nullptr) release(user);  // the graph has its own copies
    return {};
  });
}

bp_status_t bp_rt_graph_create(bp_rt_t* rt, bp_graph_t** out_graph) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"rt", rt}, {"out_graph", out_graph}});
    if (given.ok()) *out_graph = new BuiltGraph(rt->host, Graph());
    return given;
  });
}

bp_status_t bp_rt_graph_add_input(bp_graph_t* graph, const char* name, const bp_tensor_type_t* type,
                                  bp_value_id_t* out_value) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"graph", graph}, {"type", type}, {"out_value", out_value}});
    if (given.ok()) given = check_type(*type);
    if (!given.ok()) return given;
    const ValueId id = built(graph).graph.add_input(name != nullptr ? name : "", clean(*type));
    if (id == BP_NONE)
      return invalid_argument(fmt::format("the graph has a value named \"{}\" already", name));
    *out_value = id;
    return {};
  });
}

bp_status_t bp_rt_graph_add_constant(bp_graph_t* graph, const bp_constant_t* constant,
                                     void (*release)(void* user), void* user,
                                     bp_value_id_t* out_value) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"graph", graph}, {"constant", constant}, {"out_value", out_value}});
    if (given.ok()) given = check_type(constant->type);
    if (!given.ok()) return given;
    bp_constant_t checked = *constant;
    checked.type = clean(constant->type);
    Result<ops::ConstantPtr> made =
        release == nullptr ? graph::constant_from(checked)
                           : graph::constant_over(checked, kept(constant->data, release, user));
    if (!made.ok()) return made.status();
    const ValueId id = built(graph).graph.add_constant("", *made);
    if (id == BP_NONE) return internal("the constant could not be added");
    *out_value = id;
    return {};
  });
}

bp_status_t bp_rt_graph_add_node(bp_graph_t* graph, const bp_node_t* node,
                                 const bp_value_id_t* inputs, bp_node_id_t* out_node) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"graph", graph}, {"node", node}, {"out_node", out_node}});
    if (given.ok()) given = graph::check_node(*node);
    if (given.ok() && inputs == nullptr && node->input_count > 0)
      given = invalid_argument("inputs is NULL");
    if (!given.ok()) return given;
    context.where = {node->name != nullptr ? node->name : "", node->op};
    given = check_ids(built(graph).graph, *node, inputs);
    return given.ok() ? add_node(built(graph).graph, *node, inputs, out_node) : given;
  });
}

bp_status_t bp_rt_graph_add_output(bp_graph_t* graph, const char* name, bp_value_id_t value) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"graph", graph}});
    return given.ok() ? built(graph).graph.add_output(value, name != nullptr ? name : "") : given;
  });
}

const bp_graph_view_t* bp_rt_graph_view(void) { return graph::abi_view(); }

void bp_rt_graph_destroy(bp_graph_t* graph) {
  unfailing([&] {
    if (graph != nullptr) delete &built(graph);
    return true;
  });
}
