// The launches of one kernel: tensors that stay where they are from one to the next, so that what a
// kernel keeps by address would show.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "problems/made_kernel.hpp"
#include "problems/node.hpp"
#include "problems/slot.hpp"
#include "run/outcome.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

// What lies around and under tensors; every launch of a case has other ones.
struct Surroundings {
  char guard = 0;  // before and after every tensor: 0, NaN, or 1e30 as a float32 or float64 sees it
  char poison = 0;  // what outputs and scratch hold before
};
Surroundings surroundings(size_t launch);

// One per input of the node; types of outputs for these, of sizes that the data decides the most
// that they can be.
struct LaunchData {
  std::vector<TensorBytes> inputs;
  std::vector<bp_tensor_type_t> outputs;
};
uint64_t byte_count(const LaunchData& data);
// The inputs of a problem as its node has them: absent ones at the end are gone, constants of its
// own have come.
LaunchData launch_data(const ProblemNode& node, std::vector<TensorData> inputs);

class Launches {
 public:
  using MakeSlot = std::function<std::unique_ptr<Slot>(size_t index)>;

  // `kernel`, `strides` (one per input) and `stream` outlive it. Tensors lie where `make_slot` puts
  // them, or in buffers of the device.
  Launches(Subject& subject, const MadeKernel& kernel, const std::vector<const int64_t*>& strides,
           bp_stream_t* stream, const MakeSlot& make_slot);
  Launches(Subject& subject, const MadeKernel& kernel, const std::vector<const int64_t*>& strides,
           bp_stream_t* stream);

  // Brings everything, with an output in an input's place where `alias`, one of kernel_info's, says
  // so; launches; brings outputs back, dense.
  std::vector<TensorBytes> run(const LaunchData& data, const Surroundings& around,
                               const bp_alias_t* alias = nullptr);

  // The same in steps. collect ends the case where anything but outputs and scratch has changed.
  void prepare(const LaunchData& data, const Surroundings& around,
               const bp_alias_t* alias = nullptr);
  bp_status_t launch();
  void launch_and_wait();
  std::vector<TensorBytes> collect();

 private:
  bool is_in_place(size_t output) const { return alias_ != nullptr && alias_->output == output; }
  Slot& slot_of(size_t output) {
    return is_in_place(output) ? *inputs_[alias_->input] : *outputs_[output];
  }
  void place_input(size_t input, const TensorBytes& data, char guard);
  void place_output(size_t output, const Surroundings& around);
  void place_sizes(size_t output, const Surroundings& around);
  void place_scratch(const Surroundings& around);
  void list_tensors();
  TensorBytes output_bytes(size_t output);

  Subject& subject_;
  const MadeKernel& kernel_;
  const std::vector<const int64_t*>& strides_;
  bp_stream_t* stream_;
  std::vector<std::unique_ptr<Slot>> inputs_;
  std::vector<std::unique_ptr<Slot>> outputs_;
  std::vector<std::unique_ptr<Slot>> sizes_;  // one per output, of use where it is bounded
  std::unique_ptr<Slot> scratch_;
  std::vector<bp_tensor_type_t> output_types_;
  const bp_alias_t* alias_ = nullptr;
  std::vector<bp_tensor_t> launch_inputs_;  // what every launch since prepare brings
  std::vector<bp_tensor_t> launch_outputs_;
};

}  // namespace backplane::conformance
