#include <gtest/gtest.h>

#include "graph/generator.hpp"
#include "graph/host_graph.hpp"
#include "pass/host/passes.hpp"

namespace backplane::conformance {
namespace {

// A case that runs them where they do nothing would prove nothing.
TEST(HostPasses, EachFindsWorkInDrawnGraphs) {
  const pass::Owner nobody = {"", nullptr};
  for (const pass::Pass& pass : pass::host_passes()) {
    size_t changed = 0;
    for (uint64_t seed = 1; seed <= 90; ++seed) {
      DrawOptions options;
      options.seed = seed;
      options.is_exact = seed % 3 != 0;
      options.least_nodes = draw_node_count(seed, 40);
      const graph::Graph graph = host_graph_of(draw(options));
      const Result<pass::Change> change = pass::transact(graph, nobody, pass.body);
      ASSERT_TRUE(change.ok()) << pass.name << ": " << change.status().text();
      changed += change->is_none() ? 0 : 1;
    }
    EXPECT_GE(changed, 3u) << pass.name;
    RecordProperty(pass.name, static_cast<int>(changed));
  }
}

}  // namespace
}  // namespace backplane::conformance
