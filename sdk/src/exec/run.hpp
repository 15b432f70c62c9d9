// One execution of a session at a time: a plan with memory, its launches ready to be replayed.
#pragma once

#include "exec/session.hpp"
#include "exec/staged_run.hpp"
#include "exec/tensor_view.hpp"

namespace backplane::exec {

class Run {
 public:
  explicit Run(std::shared_ptr<Session> session);
  ~Run();  // waits for its work
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Two steps, so that a caller can make memory for outputs between them. Inputs and outputs in the
  // graph's order. `stream` is of the session's device; without one the host waits for the end.
  Status prepare(const std::vector<TensorView>& inputs, const std::shared_ptr<Stream>& stream,
                 Where* out_where);
  const bp_tensor_type_t& output_type(size_t index) const {
    return staged_ != nullptr ? staged_->output_type(index) : plan_->output_types[index];
  }
  // An output of dtype 0 is wanted by nobody.
  Status execute(const std::vector<TensorView>& inputs, const std::vector<TensorView>& outputs,
                 const std::shared_ptr<Stream>& stream, Where* out_where);

  const Session& session() const { return *session_; }

 private:
  struct Launch {
    bp_kernel_t* kernel;
    const bp_tensor_t* inputs;
    const bp_tensor_t* outputs;
    const bp_tensor_t* scratch;
  };
  // Where an input or output of the graph lies in this run.
  struct Edge {
    bp_buffer_t* buffer = nullptr;
    uint64_t offset = 0;
    uint64_t size = 0;
    const void* host = nullptr;  // of an input that kernels read on the host
    Pool::Memory own;            // where the caller's memory cannot be used as it is
    std::vector<char> own_host;
    bool is_own = false;
    bool is_on_device = false;  // of an input: something on the device reads it
  };

  Status run(Stream& stream, bool host_waits, const std::vector<TensorView>& inputs,
             const std::vector<TensorView>& outputs, Where* out_where);
  Status adopt(std::shared_ptr<const Plan> plan);
  Result<ops::ConstantPtr> read_value(const TensorView& input,
                                      const std::shared_ptr<Stream>& stream);
  Status follow(const std::shared_ptr<Stream>& stream);
  void wait_for_work();
  bool can_use(const TensorView& view, bool host_waits, bool is_output) const;
  bool overlaps_another(size_t output) const;
  Status bind_inputs(Stream& stream, bool host_waits, const std::vector<TensorView>& inputs);
  Status bind_host(Stream& stream, const std::vector<TensorView>& inputs);
  Status bind_outputs(bool host_waits, const std::vector<TensorView>& outputs);
  Status use_own(Edge& edge, const bp_tensor_type_t& type);
  void use_view(Edge& edge, const TensorView& view);
  TensorView view_of(const Edge& edge, const bp_tensor_type_t& type) const;
  void patch();
  Status replay(Stream& stream, Where* out_where);
  Status launch(Stream& stream, size_t first, size_t last, Where* out_where);
  Status fetch(Stream& stream, const Plan::Fetch& fetch);
  Status deliver(Stream& stream, const std::vector<TensorView>& outputs);

  const std::shared_ptr<Session> session_;
  const std::unique_ptr<StagedRun> staged_;  // does it all where the session has stages
  OpenDevice& device_;
  std::shared_ptr<const Plan> plan_;
  std::vector<bp_tensor_type_t> types_;  // of the inputs that plan_ is for
  bool hangs_on_values_ = false;

  std::vector<bp_tensor_t> tensors_;
  std::vector<Launch> launches_;
  std::vector<Pool::Memory> arena_;
  std::vector<char> fetched_;
  std::vector<Edge> inputs_;
  std::vector<Edge> outputs_;

  std::shared_ptr<Stream> last_stream_;  // whose work may still use all this; nullptr: none
};

}  // namespace backplane::exec
