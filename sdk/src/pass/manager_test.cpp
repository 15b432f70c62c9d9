// Which passes run, in which order, and what is said of each.
#include "pass/manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/print.hpp"
#include "pass/host/passes.hpp"
#include "pass/testing.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::NodeId;
using testing::ElementsAre;
using testing::HasSubstr;
using Outcome = Report::Outcome;

const Owner kNobody = {"", nullptr};

Pass named(const char* name, const char* after = "",
           bp_pass_phase_t phase = BP_PASS_BEFORE_PARTITION, const Status& result = {}) {
  return {name, after, phase, [result](EditedGraph*, const bp_graph_view_t*) { return result; }};
}

std::vector<std::string> names_of(const std::vector<Pass>& passes) {
  std::vector<std::string> names;
  for (const Pass& pass : passes) names.push_back(pass.name);
  return names;
}

TEST(InOrder, IsByPhaseThenAfterThenAsGiven) {
  std::vector<Report> reports;
  const std::vector<Pass> passes =
      in_order({named("late", "", BP_PASS_AFTER_PARTITION), named("c", "b"), named("b", "a"),
                named("x"), named("a"), named("later", "a", BP_PASS_AFTER_PARTITION)},
               &reports);
  EXPECT_THAT(names_of(passes), ElementsAre("x", "a", "b", "c", "late", "later"));
  EXPECT_TRUE(reports.empty());
}

TEST(InOrder, LeavesOutWhatWaitsForNothingAndSaysSo) {
  std::vector<Report> reports;
  const std::vector<Pass> passes =
      in_order({named("a", "b"), named("b", "a"), named("c", "nothing"), named("d")}, &reports);
  EXPECT_THAT(names_of(passes), ElementsAre("d"));
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[2].pass, "c");
  EXPECT_EQ(reports[2].outcome, Outcome::kFailed);
  EXPECT_THAT(reports[2].text, HasSubstr("after \"nothing\", which never runs"));
}

// x -> Relu -> Neg -> y, and a Relu beside it that nobody reads.
Graph small_graph() {
  TestGraph build;
  const graph::ValueId x = build.input("x", {4});
  const graph::ValueId relu = build.node("Relu", {x}, "relu");
  build.node("Abs", {x}, "unused");
  build.output(build.node("Neg", {relu}, "neg"), "y");
  return build.graph;
}

TEST(RunPasses, OneThatFailsChangesNothingAndTheNextOnesRun) {
  const Pass vandal = {"vandal", "", BP_PASS_BEFORE_PARTITION,
                       [](EditedGraph* edited, const bp_graph_view_t*) -> Status {
                         const Status done = edited->replace_value(edited->graph.find("neg"),
                                                                   edited->graph.find("relu"));
                         return done.ok() ? unsupported("I changed my mind") : done;
                       }};
  const Passed passed = run_passes(small_graph(), kNobody, {vandal, host_passes().back()}, {});
  ASSERT_EQ(passed.reports.size(), 2u);
  EXPECT_EQ(passed.reports[0].outcome, Outcome::kFailed);
  EXPECT_EQ(passed.reports[0].text, "UNSUPPORTED: I changed my mind");
  EXPECT_EQ(passed.reports[1].outcome, Outcome::kChanged);
  EXPECT_EQ(passed.reports[1].nodes_before, 3u);
  EXPECT_EQ(passed.reports[1].nodes_after, 2u);
  EXPECT_EQ(passed.graph.value(passed.graph.outputs()[0]).name, "neg");
  EXPECT_THAT(passed.reports[1].lines_removed, ElementsAre(HasSubstr("Abs-13(x) \"unused\"")));
  EXPECT_TRUE(passed.reports[1].lines_added.empty());
  EXPECT_THAT(passed.origins, ElementsAre(ElementsAre(0), ElementsAre(2)));
}

TEST(RunPasses, WhatIsSwitchedOffDoesNotRun) {
  Switches switches;
  switches.off = {"host.dead-code"};
  const Passed one = run_passes(small_graph(), kNobody, host_passes(), switches);
  EXPECT_EQ(one.reports.back().outcome, Outcome::kOff);
  EXPECT_EQ(one.graph.nodes().size(), 3u);
  switches = {false, {}};
  const Passed none = run_passes(small_graph(), kNobody, host_passes(), switches);
  for (const Report& report : none.reports) EXPECT_EQ(report.outcome, Outcome::kOff);
  EXPECT_EQ(graph::to_text(none.graph), graph::to_text(small_graph()));
}

TEST(RunPasses, EachHostPassChangesNothingOnItsOwnResult) {
  const Passed once = run_passes(small_graph(), kNobody, host_passes(), {});
  const Passed twice = run_passes(once.graph, kNobody, host_passes(), {});
  for (const Report& report : twice.reports)
    EXPECT_EQ(report.outcome, Outcome::kNothing) << report.pass;
  EXPECT_EQ(graph::to_text(twice.graph), graph::to_text(once.graph));
}

}  // namespace
}  // namespace backplane::pass
