#include "graph/generator.hpp"

#include <algorithm>

#include "graph/motifs.hpp"
#include "run/random.hpp"

namespace backplane::conformance {
namespace {

// Shares of what is left to do; nothing to draw from ends a graph early.
constexpr size_t kMostTries = 2000;

void add_inputs(Draft* draft) {
  constexpr int64_t kWidths[] = {1, 2, 3, 4, 8};
  constexpr int64_t kSides[] = {4, 5, 6};
  const size_t matrices = 1 + draft->below(2);
  for (size_t i = 0; i < matrices; ++i)
    draft->keep(draft->add_input({draft->batch(), draft->one_of(kWidths)}));
  const int64_t side = draft->one_of(kSides);
  draft->keep(
      draft->add_input({draft->batch(), 1 + static_cast<int64_t>(draft->below(4)), side, side}));
}

std::vector<const Motif*> usable_motifs(const Draft& draft) {
  std::vector<const Motif*> usable;
  for (const Motif& motif : motifs()) {
    const bool is_served = std::all_of(motif.operators.begin(), motif.operators.end(),
                                       [&draft](const char* op) { return draft.may_use(op); });
    if (is_served && (motif.is_for_exact || !draft.is_exact()))
      usable.insert(usable.end(), motif.weight, &motif);
  }
  return usable;
}

// What may be used in each type.
struct Usable {
  std::vector<const Motif*> of_float, of_half;

  explicit Usable(Draft* draft) {
    of_float = usable_motifs(*draft);
    draft->use_half(true);
    of_half = usable_motifs(*draft);
    draft->use_half(false);
  }
};

// Where the two types cannot meet, there is one.
uint64_t share_of_half(const DrawOptions& options) {
  const bool can_cast = options.excluded.count(std::string("Cast") + kOfHalf) == 0;
  return options.half_one_in == 1 || can_cast ? options.half_one_in : 0;
}

}  // namespace

DrawnGraph draw(const DrawOptions& options) {
  Draft draft(options);
  const Usable usable(&draft);
  const uint64_t share = share_of_half(options);
  draft.use_half(share == 1);
  add_inputs(&draft);
  for (size_t tries = 0; tries < kMostTries + options.least_nodes; ++tries) {
    if (share > 1) draft.use_half(draft.is_chance(share));
    const std::vector<const Motif*>& motifs = draft.is_half() ? usable.of_half : usable.of_float;
    if ((motifs.empty() && share < 2) || draft.node_count() >= options.least_nodes) break;
    if (!motifs.empty()) draft.keep(motifs[draft.below(motifs.size())]->add(&draft));
  }
  return draft.take();
}

size_t draw_node_count(uint64_t seed, size_t most) {
  const uint64_t word = mix(seed ^ 0xc0117);
  const uint64_t count = word % 12 == 0 ? 60 + (word >> 8) % 240 : 5 + (word >> 8) % 36;
  return std::min<size_t>(count, most);
}

DrawOptions nth_draw(uint64_t seed, size_t index, size_t most_nodes) {
  DrawOptions options;
  options.seed = mix(seed) + index;
  options.is_exact = index % 3 != 2;
  options.least_nodes = draw_node_count(options.seed, most_nodes);
  constexpr uint64_t kShares[] = {0, 1, 0, 3, 0, 0};
  options.half_one_in = kShares[mix(options.seed ^ 0x4a1f) % std::size(kShares)];
  return options;
}

DrawnGraph reordered(const DrawnGraph& graph, uint64_t seed) {
  DrawnGraph result = graph;
  result.nodes.clear();
  std::vector<bool> is_made(graph.values.size(), true);
  for (const DrawnNode& node : graph.nodes) is_made[node.output] = false;
  std::vector<const DrawnNode*> left;
  for (const DrawnNode& node : graph.nodes) left.push_back(&node);
  while (!left.empty()) {
    std::vector<size_t> ready;
    for (size_t i = 0; i < left.size(); ++i)
      if (std::all_of(left[i]->inputs.begin(), left[i]->inputs.end(),
                      [&is_made](size_t input) { return is_made[input]; }))
        ready.push_back(i);
    const size_t chosen = ready[mix(seed + left.size()) % ready.size()];
    result.nodes.push_back(*left[chosen]);
    is_made[left[chosen]->output] = true;
    left.erase(left.begin() + static_cast<int64_t>(chosen));
  }
  return result;
}

}  // namespace backplane::conformance
