// A run of a graph that is cut into stages: all but the last when the outputs' sizes are asked for,
// since these hang on what those compute, and the last when it is executed.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "exec/stages.hpp"
#include "exec/tensor_view.hpp"

namespace backplane::exec {

class Run;

class StagedRun {
 public:
  // The session has stages.
  explicit StagedRun(std::shared_ptr<Session> session);
  ~StagedRun();

  // As Run's. The host waits for the sizes that the data decides.
  Status prepare(const std::vector<TensorView>& inputs, const std::shared_ptr<Stream>& stream,
                 Where* out_where);
  const bp_tensor_type_t& output_type(size_t index) const;
  Status execute(const std::vector<TensorView>& inputs, const std::vector<TensorView>& outputs,
                 const std::shared_ptr<Stream>& stream, Where* out_where);

 private:
  // What a stage made for those behind it.
  struct Made {
    Pool::Memory memory;
    bp_tensor_type_t type;
  };

  Status prepare_stage(size_t index, const std::vector<TensorView>& inputs,
                       const std::shared_ptr<Stream>& stream, Where* out_where);
  Status run_stage(size_t index, const std::vector<TensorView>& inputs,
                   const std::shared_ptr<Stream>& stream, Where* out_where);
  Status decide(graph::NodeId id, const std::vector<TensorView>& inputs,
                const std::shared_ptr<Stream>& stream);
  Result<TensorView> make(graph::ValueId id, const bp_tensor_type_t& type,
                          const std::shared_ptr<Stream>& stream);
  TensorView view_of(graph::ValueId id, const std::vector<TensorView>& inputs) const;
  std::vector<TensorView> views_of(const std::vector<graph::ValueId>& ids,
                                   const std::vector<TensorView>& inputs) const;
  // In the whole graph's words.
  Status renamed(const Status& status, size_t index, Where* where) const;

  const std::shared_ptr<Session> session_;
  const graph::Graph& graph_;
  Stages& stages_;
  std::map<graph::ValueId, Made> made_;
  std::vector<std::unique_ptr<Run>> runs_;  // by stage
};

}  // namespace backplane::exec
