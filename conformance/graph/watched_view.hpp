// A view between a pass and the host's graph: counts the calls, and fails the edit that is asked
// for.
#pragma once

#include <backplane/graph.h>

namespace backplane::conformance {

class WatchedView {
 public:
  // Both outlive it. Edit `fail_at`, from 1 on, is refused with OUT_OF_MEMORY; 0: none is.
  WatchedView(bp_graph_t* graph, const bp_graph_view_t* view, uint64_t fail_at = 0)
      : graph_(graph), view_(*view), fail_at_(fail_at) {}
  WatchedView(const WatchedView&) = delete;
  WatchedView& operator=(const WatchedView&) = delete;

  // What pass_run is given.
  bp_graph_t* graph() { return reinterpret_cast<bp_graph_t*>(this); }
  static const bp_graph_view_t* view();

  uint64_t calls() const { return calls_; }
  bool has_failed() const { return fail_at_ != 0 && edits_ >= fail_at_; }

 private:
  friend struct WatchedCalls;

  bp_graph_t* graph_;
  const bp_graph_view_t& view_;
  uint64_t fail_at_;
  mutable uint64_t calls_ = 0;
  uint64_t edits_ = 0;
};

}  // namespace backplane::conformance
