// A view that hands out copies, in memory that nobody may touch once the pass has returned.
#pragma once

#include <backplane/graph.h>

#include <string>

#include "run/guarded_bytes.hpp"

namespace backplane::conformance {

class BorrowedView {
 public:
  BorrowedView(bp_graph_t* graph, const bp_graph_view_t* view);
  BorrowedView(const BorrowedView&) = delete;
  BorrowedView& operator=(const BorrowedView&) = delete;

  // What pass_run is given; both lie in that memory too.
  bp_graph_t* graph() const { return given_graph_; }
  const bp_graph_view_t* view() const { return given_view_; }

  // From here on whoever looks at anything that came from here crashes.
  void take_back() { memory_.make_unreachable(); }

 private:
  friend struct BorrowedCalls;

  template <class T>
  T* copies(const T* from, uint64_t count);
  const char* text(const char* from);
  const bp_constant_t* constant(const bp_constant_t* from);
  const bp_attribute_t* attributes(const bp_node_t& node);
  const void* attribute_data(const bp_attribute_t& attribute);
  const bp_node_t* node(const bp_node_t* from);
  const bp_value_info_t* value(const bp_value_info_t* from);

  bp_graph_t* graph_;
  const bp_graph_view_t* view_;
  GuardedBytes memory_;
  uint64_t used_ = 0;
  bp_graph_t* given_graph_;
  const bp_graph_view_t* given_view_;
};

}  // namespace backplane::conformance
