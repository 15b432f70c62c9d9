/* backplane/graph.h - extension "bp.graph-pass/1": the vendor's own passes over the host's
 * graph. The plugin reads and edits through the view; nothing is serialised. Every function
 * here is [one-thread], and the view's are called only inside pass_run. */
#ifndef BACKPLANE_GRAPH_H
#define BACKPLANE_GRAPH_H

#include <backplane/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BP_EXT_GRAPH_PASS "bp.graph-pass/1"

typedef struct bp_graph bp_graph_t; /* defined by the host; borrowed for one pass */
typedef uint32_t bp_node_id_t;      /* stable for the pass; a removed node's id is not reused */
typedef uint32_t bp_value_id_t;     /* an edge: one producer, any number of consumers */
#define BP_NONE UINT32_MAX

typedef struct bp_value_info {
  uint32_t struct_size;
  const char* name;
  const bp_tensor_type_t* type;  /* of known rank */
  const bp_constant_t* constant; /* NULL unless it never changes */
  bp_node_id_t producer;         /* BP_NONE for a graph input or constant */
  uint32_t consumer_count;
  uint32_t is_graph_output;
  uint32_t reserved; /* 0 */
} bp_value_info_t;

/* Edits take effect together when the pass returns BP_OK, after the host has checked the
 * result: acyclic, every value produced once, types unchanged at the graph's edges, every
 * new node supported by this plugin or standard. Otherwise the graph is as before and the
 * pass is reported as failed. [BP-HOST-13] */
typedef struct bp_graph_view {
  uint32_t struct_size;
  /* Positions: in topological order what was there when the pass began, behind it what the pass
   * adds. A removed node keeps its position; get_node gives NULL for it. */
  uint32_t (*node_count)(const bp_graph_t* graph);
  bp_node_id_t (*get_node_id)(const bp_graph_t* graph, uint32_t position);
  const bp_node_t* (*get_node)(const bp_graph_t* graph, bp_node_id_t node);
  bp_value_id_t (*get_input)(const bp_graph_t* graph, bp_node_id_t node, uint32_t index);
  bp_value_id_t (*get_output)(const bp_graph_t* graph, bp_node_id_t node, uint32_t index);
  const bp_value_info_t* (*get_value)(const bp_graph_t* graph, bp_value_id_t value);
  bp_node_id_t (*get_consumer)(const bp_graph_t* graph, bp_value_id_t value, uint32_t index);
  /* The graph's own edges, in order; BP_NONE past the end. */
  bp_value_id_t (*get_graph_input)(const bp_graph_t* graph, uint32_t index);
  bp_value_id_t (*get_graph_output)(const bp_graph_t* graph, uint32_t index);
  /* In a branch or loop body: the id of `value` in the graph around it, else BP_NONE. Today's host
   * puts bodies in place before any pass: always BP_NONE. */
  bp_value_id_t (*get_outer)(const bp_graph_t* graph, bp_value_id_t value);

  /* Adds a node whose outputs are new values of the types in `node`, which is copied. Its domain is
   * "" or the plugin's id; the operators of the latter are the plugin's own. */
  bp_status_t (*add_node)(bp_graph_t* graph, const bp_node_t* node, const bp_value_id_t* inputs,
                          bp_node_id_t* out_node);
  /* Adds a constant; the bytes are copied. */
  bp_status_t (*add_constant)(bp_graph_t* graph, const bp_constant_t* constant,
                              bp_value_id_t* out_value);
  /* Every consumer of `old_value`, but the node that makes `new_value`, reads the new one instead,
   * and where the old one was a graph output the new one is, under the old name; types MUST be
   * equal. [BP-GRAPH-3] */
  bp_status_t (*replace_value)(bp_graph_t* graph, bp_value_id_t old_value, bp_value_id_t new_value);
  /* Removes a node none of whose outputs is used. */
  bp_status_t (*remove_node)(bp_graph_t* graph, bp_node_id_t node);
} bp_graph_view_t;

typedef uint32_t bp_pass_phase_t;
enum bp_pass_phase_values {
  BP_PASS_BEFORE_PARTITION = 0, /* sees the whole graph */
  BP_PASS_AFTER_PARTITION = 1   /* sees one subgraph that will run on this plugin */
};

typedef struct bp_pass_info {
  uint32_t struct_size;
  const char* name;  /* eg "fuse-conv-relu" */
  const char* after; /* name of a pass that must run first, or "" */
  bp_pass_phase_t phase;
  uint32_t reserved; /* 0 */
} bp_pass_info_t;

typedef struct bp_graph_pass_api {
  uint32_t struct_size;
  /* Names differ, an `after` names a pass that is there, without a circle, and both functions are
   * constant. [BP-GRAPH-4] */
  uint32_t (*pass_count)(void);
  const bp_pass_info_t* (*pass_info)(uint32_t index);
  /* Runs one pass. Running it again on its result MUST change nothing. [BP-GRAPH-1] The graph's
   * outputs MUST stay within the declared numerics. [BP-GRAPH-2] The same graph MUST become the
   * same one, and the order of its nodes MUST NOT decide how many are left. [BP-GRAPH-5] Where the
   * host refuses an edit the pass fails, or what it has done without it MUST be right. [BP-GRAPH-6]
   * Fails: UNSUPPORTED. */
  bp_status_t (*pass_run)(uint32_t index, bp_device_t* device, bp_graph_t* graph,
                          const bp_graph_view_t* view);
} bp_graph_pass_api_t;

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_GRAPH_H */
