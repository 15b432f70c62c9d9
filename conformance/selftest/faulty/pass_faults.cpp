// Faults of passes: which one is planted, and what some of them do beside the pass.
#include <cstring>

#include "fault.hpp"
#include "passes.hpp"

namespace backplane::selftest {
namespace {

bool same_type(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  if (a.dtype != b.dtype || a.rank != b.rank) return false;
  return std::memcmp(a.shape, b.shape, a.rank * sizeof *a.shape) == 0;
}

// The first two outputs of one type become one value.
void mix_outputs(plugin::Graph* graph, bp_graph_t* borrowed, const bp_graph_view_t& view) {
  for (uint32_t i = 0; view.get_graph_output(borrowed, i + 1) != BP_NONE; ++i) {
    const bp_value_id_t a = view.get_graph_output(borrowed, i);
    const bp_value_id_t b = view.get_graph_output(borrowed, i + 1);
    const bool is_last = graph->value(a)->consumer_count == 0;
    if (a == b || !is_last || !same_type(*graph->value(a)->type, *graph->value(b)->type)) continue;
    graph->replace(a, b);
    return;
  }
}

void add_a_relu(plugin::Graph* graph) {
  bp_node_id_t first = BP_NONE;
  graph->for_nodes([&](bp_node_id_t node) {
    if (first == BP_NONE && graph->is(node, "Relu")) first = node;
  });
  if (first == BP_NONE) return;
  const bp_value_id_t output = graph->output(first, 0);
  plugin::NodeDraft draft("", "Relu", graph->node(first)->since, "");
  draft.add_input(output);
  draft.add_output(*graph->value(output)->type);
  graph->replace(output, graph->output(graph->add(draft), 0));
}

// Looks at what the run before was lent.
void keep_a_pointer(plugin::Graph* graph, bp_graph_t* borrowed, const bp_graph_view_t& view) {
  static const bp_node_t* kept = nullptr;
  if (kept != nullptr && kept->input_count == BP_NONE) graph->remove(0);  // reads it
  kept = graph->node(view.get_node_id(borrowed, 0));
}

void look_at_all(bp_graph_t* borrowed, const bp_graph_view_t& view) {
  for (uint32_t i = 0; i < view.node_count(borrowed); ++i)
    for (uint32_t j = 0; j < view.node_count(borrowed); ++j) view.get_node_id(borrowed, j);
}

template <PassFault kFault>
void plant_in_passes(Tables*) {
  plant(kFault);
}

}  // namespace

void misbehave(plugin::Graph* graph, bp_graph_t* borrowed, const bp_graph_view_t& view) {
  if (is_planted(PassFault::kMixesOutputs)) mix_outputs(graph, borrowed, view);
  if (is_planted(PassFault::kNeverDone)) add_a_relu(graph);
  if (is_planted(PassFault::kKeepsPointer)) keep_a_pointer(graph, borrowed, view);
  if (is_planted(PassFault::kLooksAtAll)) look_at_all(borrowed, view);
}

std::vector<Fault> pass_faults() {
  return {
      {"forgets-other-readers", plant_in_passes<PassFault::kForgetsReaders>},
      {"mixes-two-outputs", plant_in_passes<PassFault::kMixesOutputs>},
      {"fuses-over-an-output", plant_in_passes<PassFault::kFusesOverOutput>},
      {"folds-in-bfloat16", plant_in_passes<PassFault::kFoldsShort>},
      {"fuses-a-column-as-a-row", plant_in_passes<PassFault::kBiasAlongRows>},
      {"never-done", plant_in_passes<PassFault::kNeverDone>},
      {"does-nothing-every-other-run", plant_in_passes<PassFault::kEveryOtherRun>},
      {"sees-even-places-alone", plant_in_passes<PassFault::kEvenPlaces>},
      {"makes-a-circle", plant_in_passes<PassFault::kMakesCircle>},
      {"forgets-attributes", plant_in_passes<PassFault::kForgetsAttributes>},
      {"takes-the-batch-for-two", plant_in_passes<PassFault::kKnowsTheBatch>},
      {"fails-at-a-batch-of-five", plant_in_passes<PassFault::kFailsAtFive>},
      {"rounds-what-it-fuses", plant_in_passes<PassFault::kRoundsOperands>},
      {"remembers-by-name", plant_in_passes<PassFault::kRemembersNames>},
      {"keeps-a-node", plant_in_passes<PassFault::kKeepsPointer>},
      {"looks-at-all-for-each", plant_in_passes<PassFault::kLooksAtAll>},
      {"wrong-after-another-pass", plant_in_passes<PassFault::kWrongAfterAnother>},
      {"half-an-edit-is-ok", plant_in_passes<PassFault::kHalfDone>},
      {"two-passes-of-one-name", plant_in_passes<PassFault::kSameNames>},
      {"passes-after-each-other", plant_in_passes<PassFault::kEndlessAfter>},
  };
}

}  // namespace backplane::selftest
