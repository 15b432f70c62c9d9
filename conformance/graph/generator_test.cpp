#include "graph/generator.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "graph/graph_reference.hpp"
#include "graph/host_graph.hpp"
#include "graph/print.hpp"
#include "graph/verify.hpp"

namespace backplane::conformance {
namespace {

DrawOptions options_of(uint64_t seed, bool is_exact) {
  DrawOptions options;
  options.seed = seed;
  options.is_exact = is_exact;
  options.least_nodes = draw_node_count(seed);
  return options;
}

std::string text_of(const DrawnGraph& drawn) { return graph::to_text(host_graph_of(drawn)); }

TEST(Generator, GivesTheSameGraphForTheSameSeed) {
  EXPECT_EQ(text_of(draw(options_of(7, false))), text_of(draw(options_of(7, false))));
  EXPECT_NE(text_of(draw(options_of(7, false))), text_of(draw(options_of(8, false))));
}

TEST(Generator, ItsGraphsAreSoundAndTheReferenceSeesTheHostsShapes) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const DrawnGraph drawn = draw(options_of(seed, seed % 2 == 0));
    const graph::Graph graph = host_graph_of(drawn);
    ASSERT_TRUE(graph::verify(graph).ok()) << graph::verify(graph).text();
    const std::vector<Bounded64> values = evaluate(drawn, no_errors());
    for (size_t i = 0; i < drawn.values.size(); ++i)
      EXPECT_EQ(values[i].shape, shape_of(graph.value(graph.find(drawn.values[i].name)).type));
    EXPECT_FALSE(drawn.outputs.empty());
  }
}

TEST(Generator, ExactGraphsHaveIntegersThatFloatsHold) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    for (const Bounded64& value : evaluate(draw(options_of(seed, true)), no_errors()))
      for (double element : value.value) {
        ASSERT_EQ(element, std::floor(element)) << seed;
        ASSERT_LT(std::abs(element), 1 << 24) << seed;
      }
  }
}

// Infinite ones would hide what comes before them.
TEST(Generator, OfFloat16NothingIsTooLarge) {
  constexpr double kLargest = 65504;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    DrawOptions options = options_of(seed, seed % 3 != 0);
    options.half_one_in = 1 + seed % 3;
    const DrawnGraph drawn = draw(options);
    const std::vector<Bounded64> values = evaluate(drawn, errors_of({}));
    for (size_t i = 0; i < values.size(); ++i)
      for (size_t k = 0; drawn.values[i].is_half && k < values[i].value.size(); ++k)
        ASSERT_LT(std::abs(values[i].value[k]) + values[i].error[k], kLargest) << seed;
  }
}

TEST(Generator, GraphsOfFloat16AloneHaveNoCastAndOthersHave) {
  size_t casts = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    DrawOptions options = options_of(seed, true);
    options.half_one_in = 1;
    for (const DrawnNode& node : draw(options).nodes) EXPECT_NE(node.op, "Cast");
    options.half_one_in = 3;
    for (const DrawnNode& node : draw(options).nodes) casts += node.op == "Cast" ? 1 : 0;
    options.excluded = {std::string("Cast") + kOfHalf};
    for (const DrawnValue& value : draw(options).values) EXPECT_FALSE(value.is_half);
  }
  EXPECT_GT(casts, 40u);
}

// A bound that says nothing would accept everything.
TEST(Generator, BoundsOfSmoothGraphsAreSmallBesideTheirValues) {
  const LocalErrors promised = errors_of({});
  size_t wide = 0;
  size_t all = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const DrawnGraph drawn = draw(options_of(seed, false));
    const std::vector<Bounded64> values = evaluate(drawn, promised);
    for (size_t output : drawn.outputs)
      for (double error : values[output].error) {
        ++all;
        wide += error > 1e-3 ? 1 : 0;
      }
  }
  EXPECT_LT(wide * 100, all) << wide << " of " << all;
}

TEST(Generator, EveryOperatorAndManyReadersCome) {
  std::set<std::string> seen;
  size_t most_readers = 0;
  size_t read_outputs = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const DrawnGraph drawn = draw(options_of(seed, seed % 2 == 0));
    std::vector<size_t> readers(drawn.values.size());
    for (const DrawnNode& node : drawn.nodes) {
      seen.insert(node.op);
      for (size_t input : node.inputs) most_readers = std::max(most_readers, ++readers[input]);
    }
    for (size_t output : drawn.outputs) read_outputs += readers[output] > 0 ? 1 : 0;
  }
  EXPECT_EQ(seen.size(), 32u);
  EXPECT_GE(most_readers, 5u);
  EXPECT_GE(read_outputs, 60u) << "outputs in the middle of graphs";
}

TEST(Generator, AnotherBatchIsTheSameGraph) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    DrawOptions options = options_of(seed, true);
    options.has_batch_constants = false;
    options.batch = 2;
    const std::string two = graph::to_text(host_graph_of(draw(options), Batch::kUnknown));
    options.batch = 5;
    EXPECT_EQ(two, graph::to_text(host_graph_of(draw(options), Batch::kUnknown)));
  }
}

TEST(Generator, OtherDataIsTheSameStructure) {
  DrawOptions options = options_of(3, true);
  const DrawnGraph first = draw(options);
  options.data_seed = 1;
  const DrawnGraph second = draw(options);
  EXPECT_EQ(text_of(first), text_of(second));
  EXPECT_NE(first.values[first.inputs[0]].data, second.values[second.inputs[0]].data);
}

TEST(Generator, WhatIsExcludedDoesNotCome) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    DrawOptions options = options_of(seed, false);
    options.excluded = {"Conv", "Clip", "Exp", "Relu", "Add"};
    for (const DrawnNode& node : draw(options).nodes)
      EXPECT_EQ(options.excluded.count(node.op), 0u);
  }
}

TEST(Generator, ReorderedNodesGiveTheSameValues) {
  const DrawnGraph drawn = draw(options_of(5, true));
  const DrawnGraph other = reordered(drawn, 9);
  EXPECT_NE(text_of(drawn), text_of(other));
  const std::vector<Bounded64> before = evaluate(drawn, no_errors());
  const std::vector<Bounded64> after = evaluate(other, no_errors());
  for (size_t output : drawn.outputs) EXPECT_EQ(before[output].value, after[output].value);
}

}  // namespace
}  // namespace backplane::conformance
