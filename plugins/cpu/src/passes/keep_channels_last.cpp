// In three steps: which nodes could compute on channels-last tensors, which of them hang together
// and have convolutions enough to be worth a transposition at the border, and their exchange.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "../kernels/conv.hpp"
#include "../kernels/fused.hpp"
#include "passes.hpp"

namespace backplane::cpu {

namespace {

using plugin::Graph;
using plugin::NodeDraft;

// A convolution alone gains less than its transpositions cost.
constexpr int kLeastConvolutions = 2;

// How a node is said on channels-last tensors.
enum class Form {
  kNone,
  kConv,    // own:Conv
  kPool,    // own:MaxPool, own:AveragePool
  kMean,    // GlobalAveragePool: ReduceMean over the axes in the middle
  kUnary,   // the same operator; its other inputs are the same
  kBinary,  // the same operator, both inputs channels-last
  kConcat   // the same operator along the last axis, all inputs channels-last
};

struct Operator {
  const char* op;
  Form form;
  uint32_t least_since;
};
constexpr Operator kOperators[] = {
    {"Conv", Form::kConv, 1},         {"MaxPool", Form::kPool, 8},
    {"AveragePool", Form::kPool, 10}, {"GlobalAveragePool", Form::kMean, 1},
    {"Relu", Form::kUnary, 1},        {"LeakyRelu", Form::kUnary, 1},
    {"Clip", Form::kUnary, 1},        {"Sigmoid", Form::kUnary, 1},
    {"Tanh", Form::kUnary, 1},        {"HardSigmoid", Form::kUnary, 1},
    {"HardSwish", Form::kUnary, 1},   {"Elu", Form::kUnary, 1},
    {"Add", Form::kBinary, 7},        {"Mul", Form::kBinary, 7},
    {"Concat", Form::kConcat, 4}};

bool is_image(const bp_tensor_type_t& type) {
  return type.dtype == BP_DTYPE_FLOAT32 && type.rank == 4 && type.layout == 0 &&
         !has_unknown_size(type) && element_count(type) != 0;
}

// A Conv of the plugin's own that is row-major still.
bool is_fused_conv(const bp_node_t& node) {
  return std::strcmp(node.domain, kDomain) == 0 && std::strcmp(node.op, "Conv") == 0 &&
         Node(node).int_attribute(kChannelsLastAttribute, 0) == 0;
}

Form form_by_name(const bp_node_t& node) {
  if (is_fused_conv(node)) return Form::kConv;
  const auto* found =
      std::find_if(std::begin(kOperators), std::end(kOperators),
                   [&](const Operator& one) { return std::strcmp(one.op, node.op) == 0; });
  const bool is_listed =
      node.domain[0] == '\0' && found != std::end(kOperators) && node.since >= found->least_since;
  return is_listed ? found->form : Form::kNone;
}

bool has_fast_convolution(const bp_node_t& node) {
  const Node conv(node);
  if (conv.constant(1) == nullptr) return false;
  try {
    return has_channels_last_convolution(problem_of(conv, read_convolution(conv, 1, 2)));
  } catch (const plugin::Error&) {
    return false;
  }
}

bool joins_channels(const bp_node_t& node) {
  const int64_t axis = Node(node).int_attribute("axis", 0);
  return axis == 1 || axis == -3;
}

// The inputs that have to be channels-last; of a fused Conv the first, and what it adds.
bool is_image_input(Form form, uint32_t index) {
  if (form == Form::kConv) return index == 0 || index >= kFirstResidualInput;
  return index == 0 || form == Form::kBinary || form == Form::kConcat;
}

Form form_of(const bp_node_t& node) {
  const Form form = form_by_name(node);
  if (form == Form::kNone || node.refused != 0 || node.output_count != 1 ||
      !is_image(node.outputs[0]))
    return Form::kNone;
  for (uint32_t i = 0; i < node.input_count; ++i)
    if (is_image_input(form, i) && !is_image(node.inputs[i])) return Form::kNone;
  if (form == Form::kConv && !has_fast_convolution(node)) return Form::kNone;
  if (form == Form::kConcat && !joins_channels(node)) return Form::kNone;
  return form;
}

struct Candidate {
  bp_node_id_t id;
  Form form;
  size_t group;  // of a candidate of the same region; itself in one
};

// Regions of candidates that hang together, and their exchange.
class Exchange {
 public:
  explicit Exchange(Graph& graph) : graph_(graph) {}

  void find() {
    graph_.for_nodes([&](bp_node_id_t id) {
      const Form form = form_of(*graph_.node(id));
      if (form != Form::kNone && (form == Form::kConv || are_inputs_made_by_candidates(id, form)))
        add_candidate(id, form);
    });
    convolutions_.assign(candidates_.size(), 0);
    for (const Candidate& candidate : candidates_)
      if (candidate.form == Form::kConv) ++convolutions_[group_of(candidate.group)];
  }

  void exchange() {
    for (const Candidate& candidate : candidates_)
      if (is_worth_it(candidate)) add_last(candidate);
    for (auto old = candidates_.rbegin(); old != candidates_.rend(); ++old)
      if (is_worth_it(*old)) remove_first(old->id);
  }

 private:
  bool are_inputs_made_by_candidates(bp_node_id_t id, Form form) const {
    for (uint32_t i = 0; i < graph_.node(id)->input_count; ++i)
      if (is_image_input(form, i) && maker_of(graph_.input(id, i)) == nullptr) return false;
    return true;
  }
  const size_t* maker_of(bp_value_id_t value) const {
    const auto found = makers_.find(value);
    return found != makers_.end() ? &found->second : nullptr;
  }
  size_t group_of(size_t index) {
    while (candidates_[index].group != index)
      index = candidates_[index].group = candidates_[candidates_[index].group].group;
    return index;
  }
  void add_candidate(bp_node_id_t id, Form form) {
    const size_t index = candidates_.size();
    candidates_.push_back({id, form, index});
    makers_[graph_.output(id, 0)] = index;
    for (uint32_t i = 0; i < graph_.node(id)->input_count; ++i) {
      if (!is_image_input(form, i)) continue;
      if (const size_t* maker = maker_of(graph_.input(id, i)))
        candidates_[group_of(*maker)].group = group_of(index);
    }
  }
  bool is_worth_it(const Candidate& candidate) {
    return convolutions_[group_of(candidate.group)] >= kLeastConvolutions;
  }

  bp_value_id_t transpose(bp_value_id_t value, const std::vector<int64_t>& order,
                          const bp_tensor_type_t& type) {
    NodeDraft draft("", "Transpose", 13, "");
    draft.add_ints("perm", order);
    draft.add_input(value);
    draft.add_output(type);
    return graph_.output(graph_.add(draft), 0);
  }
  // `value` as channels-last, made when it is first asked for.
  bp_value_id_t last_of(bp_value_id_t value) {
    const auto found = last_.find(value);
    if (found != last_.end()) return found->second;
    const bp_tensor_type_t type = channels_last(*graph_.value(value)->type);
    return last_[value] = transpose(value, {0, 2, 3, 1}, type);
  }

  NodeDraft draft_of(const bp_node_t& node, Form form) const {
    const bool is_own = form == Form::kConv || form == Form::kPool;
    if (form == Form::kMean) {
      NodeDraft draft("", "ReduceMean", 13, node.name);
      draft.add_ints("axes", {1, 2});
      draft.add_int("keepdims", 1);
      return draft;
    }
    if (form == Form::kConcat) {
      NodeDraft draft("", "Concat", node.since, node.name);
      draft.add_int("axis", 3);
      return draft;
    }
    NodeDraft draft(is_own ? kDomain : "", node.op, is_own ? kFusedSince : node.since, node.name);
    draft.copy_attributes(node);
    if (is_own) draft.add_int(kChannelsLastAttribute, 1);
    return draft;
  }
  void add_last(const Candidate& candidate) {
    const bp_node_t& node = *graph_.node(candidate.id);
    NodeDraft draft = draft_of(node, candidate.form);
    for (uint32_t i = 0; i < node.input_count; ++i) {
      const bp_value_id_t input = graph_.input(candidate.id, i);
      draft.add_input(is_image_input(candidate.form, i) ? last_of(input) : input);
    }
    draft.add_output(channels_last(node.outputs[0]));
    last_[graph_.output(candidate.id, 0)] = graph_.output(graph_.add(draft), 0);
  }
  // Consumers that were exchanged are gone by now.
  void remove_first(bp_node_id_t id) {
    const bp_value_id_t value = graph_.output(id, 0);
    const bp_value_info_t& info = *graph_.value(value);
    if (info.consumer_count != 0 || info.is_graph_output != 0)
      graph_.replace(value, transpose(last_.at(value), {0, 3, 1, 2}, *info.type));
    graph_.remove(id);
  }

  Graph& graph_;
  std::vector<Candidate> candidates_;  // in the order of positions
  std::vector<int> convolutions_;      // per group
  std::map<bp_value_id_t, size_t> makers_;
  std::map<bp_value_id_t, bp_value_id_t> last_;
};

}  // namespace

void keep_channels_last(Graph& graph) {
  Exchange exchange(graph);
  exchange.find();
  exchange.exchange();
}

}  // namespace backplane::cpu
