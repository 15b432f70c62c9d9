// What a session keeps of a graph that is cut into stages: a session for each of them and an
// operator for each node that decides sizes, made when a run gets there for the first time.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "exec/cut.hpp"
#include "exec/op.hpp"
#include "exec/plan.hpp"

namespace backplane::exec {

class Session;

class Stages {
 public:
  // `whole` outlives this.
  Stages(const graph::Graph& whole, std::shared_ptr<OpenDevice> device, Preparation preparation,
         std::vector<Stage> stages);

  size_t size() const { return stages_.size(); }
  const Stage& stage(size_t index) const { return stages_[index]; }

  // UNSUPPORTED, in the device's words, when it refuses a node that decides sizes; what is behind
  // such a node is asked for later.
  Status check(Where* out_where) const;
  // `types`: of its inputs in the run that is the first to ask.
  std::shared_ptr<Session> session(size_t index, const std::vector<bp_tensor_type_t>& types);
  Result<std::shared_ptr<Op>> deciding(graph::NodeId node,
                                       const std::vector<bp_tensor_type_t>& types);

  // What is known by now, with the whole graph's numbers; nullopt while a stage has no plan.
  std::optional<std::vector<Plan::Origin>> origins() const;
  std::vector<pass::Report> passes() const;

 private:
  const graph::Graph& whole_;
  const std::shared_ptr<OpenDevice> device_;
  const Preparation preparation_;
  const std::vector<Stage> stages_;
  mutable std::mutex mutex_;
  std::map<size_t, std::shared_ptr<Session>> sessions_;
  std::map<graph::NodeId, std::shared_ptr<Op>> deciding_;
};

}  // namespace backplane::exec
