// One operator on one device, ready to be launched again and again: what a framework's eager mode
// calls. Any thread, any number of streams.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>

#include "exec/launch.hpp"
#include "exec/tensor_view.hpp"

namespace backplane::exec {

// A kernel for known sizes, and how its arguments come from the caller's.
struct PreparedOp {
  struct Input {
    bool is_fixed = false;  // absent, a constant, or baked: `tensor` says it all
    bool is_host = false;   // the kernel reads its bytes on the host
    bool takes_strides = false;
    uint32_t from = 0;  // which of the caller's inputs
    uint64_t size = 0;  // bytes, of a dense one
    bp_tensor_t tensor = {};
  };
  struct Output {
    uint64_t size = 0;
    bp_tensor_t tensor = {};  // absent when nobody wants it
    bool is_bounded = false;  // the data decides its sizes: the type is the most that it can be
  };

  std::shared_ptr<Kernel> kernel;
  std::vector<Input> inputs;
  std::vector<Output> outputs;  // as the caller has them
  bool has_bounded_output = false;
  uint64_t scratch_size = 0;
  std::vector<std::vector<int64_t>> strides;  // announced, per input; empty: dense
  std::vector<std::shared_ptr<const DeviceConstant>> constants;
  std::vector<ops::ConstantPtr> host_constants;
};

class Op {
 public:
  // The node has been checked. NOT_READY: a size hangs on the value of an input that is no
  // constant.
  static Result<std::shared_ptr<Op>> create(std::shared_ptr<OpenDevice> device,
                                            const bp_node_t& node);
  ~Op();

  OpenDevice& device() const { return *device_; }
  const std::shared_ptr<OpenDevice>& shared_device() const { return device_; }
  const std::string& name() const { return name_; }  // of the operator
  uint32_t input_count() const { return input_count_; }
  uint32_t output_count() const { return output_count_; }

  // What every launch uses, where all sizes were known; nullptr where they come with each launch.
  const PreparedOp* only() const { return only_.get(); }
  // For these types of the caller's inputs; INVALID_ARGUMENT when the node was about others.
  Result<std::shared_ptr<const PreparedOp>> prepare(const std::vector<bp_tensor_type_t>& types);

  // Copies what the kernel cannot take as it is. On `stream`; without one the host waits, as it
  // does for sizes that the data decides. Outputs have the types that `prepared` gives them, and
  // lie dense in `out_types`, which these sizes are in.
  Status launch(const PreparedOp& prepared, const std::shared_ptr<Stream>& stream,
                const std::vector<TensorView>& inputs, const std::vector<TensorView>& outputs,
                std::vector<bp_tensor_type_t>* out_types = nullptr);

  // Scratch for one launch that the host waits for: the one kept here, or fresh.
  Result<Pool::Memory> take_scratch(uint64_t size);
  void keep_scratch(Pool::Memory scratch);

 private:
  // Where the kernel's inputs come from, once the node is in its newest form.
  struct Source {
    bool is_absent = false;
    uint32_t from = 0;
    ops::ConstantPtr constant;  // nullptr: the caller's input `from`
  };

  Op(std::shared_ptr<OpenDevice> device, const bp_node_t& node);
  Status normalise(const bp_node_t& node);
  Status find_sources(const std::vector<std::string>& inputs,
                      const std::vector<std::string>& outputs,
                      const std::vector<std::pair<std::string, ops::ConstantPtr>>& fresh);
  Status check_types(const std::vector<bp_tensor_type_t>& types) const;
  Result<std::shared_ptr<PreparedOp>> make(const std::vector<bp_tensor_type_t>& types);
  Result<std::shared_ptr<Kernel>> kernel_for(const std::vector<bp_tensor_type_t>& inputs,
                                             const std::vector<bp_tensor_type_t>& outputs);
  Result<std::vector<bp_tensor_type_t>> infer(const std::vector<bp_tensor_type_t>& inputs) const;
  std::vector<bp_tensor_type_t> source_types(const std::vector<bp_tensor_type_t>& types) const;
  std::vector<ops::ConstantPtr> source_constants() const;
  Status add_outputs(PreparedOp& prepared, const std::vector<bp_tensor_type_t>& inputs,
                     const std::vector<bp_tensor_type_t>& types) const;
  Status add_input(PreparedOp& prepared, uint32_t index, const bp_tensor_type_t& type);

  const std::shared_ptr<OpenDevice> device_;
  const std::string name_;
  const uint32_t input_count_;
  const uint32_t output_count_;
  const bp_numerics_flags_t refused_;
  const std::vector<bp_tensor_type_t> types_;  // of the node's inputs
  std::vector<std::vector<int64_t>> strides_;  // as the node announced them; empty: none
  std::vector<bool> is_wanted_;                // per output
  ops::Operator op_;
  std::vector<Source> sources_;
  uint32_t kernel_output_count_ = 0;  // the caller's, without those behind the last wanted

  std::shared_ptr<PreparedOp> only_;
  std::shared_ptr<Kernel> any_size_;  // serves every size as fast as one made for it
  std::mutex mutex_;
  struct Variant {
    std::vector<bp_tensor_type_t> types;
    std::shared_ptr<const PreparedOp> prepared;
  };
  std::list<Variant> variants_;  // the last used first

  std::mutex scratch_mutex_;
  Pool::Memory scratch_;
};

}  // namespace backplane::exec
