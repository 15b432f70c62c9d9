// A caller's tensors: as exec sees them, and memory for outputs that come without.
#pragma once

#include "runtime/handles.hpp"

namespace backplane::runtime {

// The tensor as exec sees it. INVALID_ARGUMENT: memory and a host pointer, or an offset past the
// end.
Result<exec::TensorView> view_of(const bp_rt_tensor_t& tensor);
Result<std::vector<exec::TensorView>> views_of(const bp_rt_tensor_t* tensors, uint32_t count);

// Outputs of one launch or run. An output that the host is to allocate (a dtype, and neither memory
// nor a host pointer) gets memory from the pool, which becomes the caller's when all has gone well.
class Outputs {
 public:
  Outputs(const bp_rt_device& device, const bp_rt_stream_t* stream, bp_rt_tensor_t* outputs,
          uint32_t count);

  // The output as it will be, of the `actual` type. An output with memory may have any shape that
  // its memory has room for; one in host memory, whose room nobody knows, or with strides, has the
  // actual one.
  Status add(uint32_t index, const bp_tensor_type_t& actual);
  const std::vector<exec::TensorView>& views() const { return views_; }
  // To the caller: types and fresh memory. `actual`: the types, where they are less than was added.
  void hand_over(const std::vector<bp_tensor_type_t>& actual = {});

 private:
  Status make(uint32_t index, const bp_tensor_type_t& actual);

  const bp_rt_device& device_;
  const bp_rt_stream_t* const stream_;
  bp_rt_tensor_t* const outputs_;
  std::vector<exec::TensorView> views_;
  std::vector<std::unique_ptr<bp_rt_memory_t>> fresh_;
};

}  // namespace backplane::runtime
