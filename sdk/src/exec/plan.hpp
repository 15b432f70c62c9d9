// What a run of a graph does, for one set of input types: kernels in order, and for every tensor
// that they are given where its bytes are. Constant; any number of runs share it.
#pragma once

#include <memory>
#include <vector>

#include "exec/kernel.hpp"
#include "exec/prepare.hpp"

namespace backplane::exec {

constexpr uint32_t kNoTensor = UINT32_MAX;

struct Plan {
  struct Launch {
    std::shared_ptr<Kernel> kernel;
    graph::NodeId node;  // of the session's graph, to be named in errors; BP_NONE: none
    uint32_t inputs;     // the first of them in `tensors`
    uint32_t outputs;    // likewise
    uint32_t scratch;    // kNoTensor: none
  };
  // How a tensor's place comes about that is not known before the run.
  struct InArena {
    uint32_t tensor;
    uint32_t chunk;
    uint64_t offset;
  };
  struct AtEdge {  // an input or output of the graph
    uint32_t tensor;
    uint32_t edge;
    bool is_output;
  };
  struct InputOnHost {  // its bytes in host memory
    uint32_t tensor;
    uint32_t input;
  };
  struct Fetch {  // bytes that the host has to read before a launch
    uint32_t launch;
    uint32_t from;  // tensors
    uint32_t to;
    uint64_t host_offset;
  };
  struct Move {  // an output that no launch writes
    uint32_t from;
    uint32_t output;
  };

  std::vector<bp_tensor_t> tensors;  // types, constants and what is absent are set already
  std::vector<Launch> launches;
  // What a launch runs, where it is not one node as it stands in the session's graph.
  struct Origin {
    std::vector<graph::NodeId> nodes;  // of the session's graph
    std::string part;     // the operator, where it is a part of a node that was refused
    std::string fused;    // the operator, where a pass put it in place of the nodes
    std::string inlined;  // 'Add "x"' of its bodies, where the node has some
  };
  std::vector<Origin> origins;  // of each launch
  std::vector<pass::Report> passes;
  std::shared_ptr<const graph::Graph> passed;  // what the passes left
  std::vector<InArena> in_arena;
  std::vector<AtEdge> at_edge;
  std::vector<InputOnHost> inputs_on_host;
  std::vector<Fetch> fetches;  // in the order of launches
  std::vector<Move> moves;
  uint64_t fetched_size = 0;
  std::vector<uint64_t> chunks;  // sizes of the arena's pieces
  std::vector<bp_tensor_type_t> output_types;
  std::vector<std::shared_ptr<const DeviceConstant>> constants;
  std::vector<ops::ConstantPtr> host_constants;  // whose bytes kernels read on the host

  // Which launch, for errors: the node of the session's graph, and what runs in its place.
  std::string text_of(const graph::Graph& graph, size_t launch) const;

  uint64_t arena_bound = 0;  // what no arena could be below
};

// `graph` is the session's. UNSUPPORTED, in the device's words, when it refuses a node.
Result<std::shared_ptr<const Plan>> make_plan(OpenDevice& device, const graph::Graph& graph,
                                              const Prepared& prepared, Where* out_where);

}  // namespace backplane::exec
