// Damaged nodes get an answer: a yes that holds, or a no with a reason; no crash and no hang.
#include <cstring>

#include "abi/cases.hpp"
#include "abi/node_damage.hpp"
#include "problems/node.hpp"
#include "profiles/profile.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr int kDamagesOfANode = 60;

using Nodes = std::vector<std::unique_ptr<ProblemNode>>;

Nodes served_nodes(Subject& subject) {
  Nodes served;
  const Result<Profile> profile = find_profile("inference");
  require(profile.ok(), profile.status().text());
  for (const Case& one : profile_cases(*profile)) {
    Result<std::unique_ptr<ProblemNode>> node = node_of_line(one.problem);
    require(node.ok(), one.problem + ": " + node.status().text());
    const bp_node_t& asked = (*node)->node();
    if (subject.kernels().supports(subject.device(), &asked) == BP_OK)
      served.push_back(node.take());
  }
  if (served.empty()) unsupported("the plugin serves no operator of the profile inference");
  return served;
}

void require_an_answer(Subject& subject, const DamagedNode& damaged, const std::string& what) {
  const bp_node_t& node = damaged.node();
  subject.host().take_explanation();
  const bp_status_t said = subject.kernels().supports(subject.device(), &node);
  const std::string reason = subject.host().take_explanation();
  require(said == BP_OK || said == BP_STATUS_UNSUPPORTED || said == BP_STATUS_INVALID_ARGUMENT,
          what + ": supports answered " + status_name(said) + " (\"" + reason + "\")");
  require(said == BP_OK || !reason.empty(), what + ": supports refused without a reason");
  bp_kernel_t* kernel = nullptr;
  const bp_status_t came = subject.kernels().kernel_create(subject.device(), &node, &kernel);
  const std::string words = subject.words();
  if (came == BP_OK) subject.kernels().kernel_destroy(kernel);
  require(came == said || (said == BP_OK && came == BP_STATUS_OUT_OF_MEMORY) ||
              (said != BP_OK && came == BP_STATUS_UNSUPPORTED) ||
              (said != BP_OK && came == BP_STATUS_INVALID_ARGUMENT),
          what + ": supports answered " + status_name(said) + ", kernel_create " +
              status_name(came) + words);
}

template <Damage damage>
void damaged_nodes(Subject& subject) {
  const Nodes nodes = served_nodes(subject);
  std::mt19937_64 random(subject.seed());
  for (const auto& node : nodes)
    for (int round = 0; round < kDamagesOfANode; ++round) {
      const DamagedNode damaged(node->node(), damage, random);
      subject.begin_step(("with a damaged " + std::string(node->node().op)).c_str());
      require_an_answer(subject, damaged, std::string(node->node().op) + ", " + damaged.what());
    }
  // The device is none the worse.
  for (const auto& node : nodes)
    require_status(subject.kernels().supports(subject.device(), &node->node()), BP_OK,
                   std::string("supports of ") + node->node().op + " afterwards");
}

const AbiCase kCases[] = {
    {"robustness/node-of-other-dtypes", "BP-KERNEL-1,BP-BASE-5",
     "a node with a type that its operator does not have is served or refused with a reason",
     damaged_nodes<Damage::kDtype>},
    {"robustness/node-of-other-ranks", "BP-KERNEL-1,BP-BASE-5",
     "so is one with a rank from 0 to 8 that does not fit", damaged_nodes<Damage::kRank>},
    {"robustness/node-of-other-sizes", "BP-KERNEL-1,BP-BASE-5",
     "so is one with a size of 0, unknown, or as large as can be", damaged_nodes<Damage::kSizes>},
    {"robustness/node-with-a-wrong-attribute", "BP-KERNEL-1,BP-BASE-5",
     "so is one whose attribute is missing, unknown, or of another length or value",
     damaged_nodes<Damage::kAttribute>},
    {"robustness/node-with-an-attribute-of-another-kind", "BP-KERNEL-1,BP-BASE-5",
     "so is one with a number, a list, a string or a tensor where another of these belongs",
     damaged_nodes<Damage::kKind>},
    {"robustness/node-with-a-wrong-constant", "BP-KERNEL-1,BP-BASE-5",
     "so is one with a constant of other type, length or values", damaged_nodes<Damage::kConstant>},
    {"robustness/node-with-too-few-or-many-values", "BP-KERNEL-1,BP-BASE-5",
     "so is one with an input or output too few, or up to 40 too many",
     damaged_nodes<Damage::kCounts>},
    {"robustness/node-with-strange-names", "BP-KERNEL-1,BP-BASE-5",
     "so is one with another version or a name that is long or looks like a format",
     damaged_nodes<Damage::kNames>},
};

}  // namespace

std::vector<AbiCase> robustness_node_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
