// A graph made ready for one device: a plan for each set of input types that came, the last few of
// them kept. Constant to its users; any number of runs share it. Where the data decides sizes, it
// is a session for each stage instead (cut.hpp).
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "exec/stages.hpp"
#include "graph/abi_view.hpp"

namespace backplane::exec {

constexpr size_t kPlansKept = 8;

class Session {
 public:
  using Options = std::vector<std::pair<std::string, std::string>>;

  // Options: "dim:NAME", a size for every unknown dimension of that name; "decompose", "on" (as
  // without it) or "off": may a node that the device refuses run as simpler ones? "passes"
  // likewise: do passes run? "pass:NAME" likewise: does that one? Where all sizes are known the
  // plan is made at once, so that what the device refuses is said here.
  static Result<std::shared_ptr<Session>> create(const graph::Graph& graph,
                                                 std::shared_ptr<OpenDevice> device,
                                                 const Options& options, Where* out_where);

  OpenDevice& device() const { return *device_; }
  const graph::Graph& graph() const { return typed_.graph; }
  const bp_graph& abi_graph() const { return typed_; }  // what bp_graph_view_t reads

  // INVALID_ARGUMENT when an input of this type cannot be the graph's, in words.
  Status check_inputs(const std::vector<bp_tensor_type_t>& types) const;

  struct Chosen {
    std::shared_ptr<const Plan> plan;
    bool hangs_on_values = false;  // other values of the same types may need another plan
  };
  // `value` reads an input's bytes, and is asked for few inputs if any.
  using ReadValue = std::function<Result<ops::ConstantPtr>(uint32_t input)>;
  Result<Chosen> plan_for(const std::vector<bp_tensor_type_t>& types, const ReadValue& value,
                          Where* out_where);

  // Where the data decides sizes in the middle of the graph, the stages that it runs in, one after
  // the other, each by plans of its own; else nullptr.
  Stages* stages() const { return stages_.get(); }
  // For a stage of another session's graph.
  static std::shared_ptr<Session> of_stage(const graph::Graph& graph,
                                           std::shared_ptr<OpenDevice> device,
                                           const Preparation& preparation);

  // The placement of every node, as JSON.
  std::string placement() const;
  // What launches the newest plans have; nullopt: there is none yet.
  std::optional<std::vector<Plan::Origin>> origins() const;
  // What each pass did for the plan made last, as JSON: of every stage where there are several.
  std::string passes() const;
  std::vector<pass::Report> pass_reports() const;
  // What runs in that plan, before decomposition; nullptr: there is none yet.
  std::shared_ptr<const graph::Graph> planned_graph() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Plan> plan;
  };

  Session(const graph::Graph& graph, std::shared_ptr<OpenDevice> device)
      : device_(std::move(device)), typed_(graph) {}
  Status set_options(const Options& options);
  Status find_passes();
  Status check_switches() const;
  std::shared_ptr<const Plan> newest() const;
  Status set_sizes(const Options& options);
  void infer_again();
  Status find_stages(Where* out_where);
  Status plan_at_once(Where* out_where);
  Result<std::string> make_key(const InputsKnown& inputs) const;
  Result<InputsKnown> read_inputs(const std::vector<bp_tensor_type_t>& types,
                                  const ReadValue& value) const;
  std::shared_ptr<const Plan> find(const std::string& key);

  const std::shared_ptr<OpenDevice> device_;
  bp_graph typed_;
  Preparation preparation_;
  std::unique_ptr<Stages> stages_;

  mutable std::mutex mutex_;
  std::list<Entry> plans_;              // the last used first
  std::vector<uint32_t> value_inputs_;  // whose values sizes hang on
  FoldedNodes folded_;
  ConstantPool pool_;
};

}  // namespace backplane::exec
