// Passes of the faulty plugin's own, made of standard operators: right, but for one planted fault.
#pragma once

#include <backplane/graph.h>

#include <backplane/plugin/graph.hpp>

#include "base.hpp"

namespace backplane::selftest {

enum class PassFault {
  kNone,
  kForgetsReaders,     // G1
  kMixesOutputs,       // G2
  kFusesOverOutput,    // G3
  kFoldsShort,         // G4
  kBiasAlongRows,      // G5
  kNeverDone,          // G6
  kEveryOtherRun,      // G7
  kEvenPlaces,         // G7
  kMakesCircle,        // G8
  kForgetsAttributes,  // G9
  kKnowsTheBatch,      // G12
  kFailsAtFive,        // G12
  kRoundsOperands,     // G13
  kRemembersNames,     // G14
  kKeepsPointer,       // G15
  kLooksAtAll,         // G16
  kWrongAfterAnother,  // of the passes
  kHalfDone,           // BP_OK with half a rewrite
  kSameNames,          // of two passes
  kEndlessAfter,       // two passes are behind each other
};

// For every run from now on.
void plant(PassFault fault);
bool is_planted(PassFault fault);
// Was the run before this one of fold-constants?
bool is_after_folding();

// get_extension with the passes, and a device_open that notes the host for their texts.
void offer_passes(Tables* tables);

// Each sweeps once over the graph; see pass_rewrites.cpp and pass_folds.cpp.
void drop_repeats(plugin::Graph* graph);
void fold_constants(plugin::Graph* graph);
void fuse_gemm_bias(plugin::Graph* graph);
void fuse_max_relu(plugin::Graph* graph);

// What faults do that has nothing to do with a certain pass.
void misbehave(plugin::Graph* graph, bp_graph_t* borrowed, const bp_graph_view_t& view);

}  // namespace backplane::selftest
