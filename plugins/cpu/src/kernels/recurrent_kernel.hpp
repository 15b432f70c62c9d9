// RNN, LSTM and GRU, whose Cell<T>::phases() says what a step is.
#pragma once

#include "../host_memory.hpp"
#include "recurrent_loops.hpp"

namespace backplane::cpu {

template <class T>
class RecurrentKernel : public Kernel {
 public:
  using A = Computed<T>;
  using Pass = RecurrentPass<T>;

  RecurrentKernel(const Node& node, Device& device, RecurrentNode read, const CellPhases<T>& phases)
      : node_(read),
        phases_(phases),
        input_count_(node.input_count()),
        output_count_(node.output_count()) {
    traits_.is_shape_free = true;
    traits_.inputs.assign(input_count_, 0);
    const bool is_known = !has_unknown_size(node.input(kSequence));
    if (is_known && Pass::is_packed(RecurrentSizes(node_, node.input(kSequence)))) {
      bake(node, device, kWeights);
      bake(node, device, kRecurrence);
    }
    traits_.scratch_size = is_known ? size_of_scratch(node.input(kSequence)) : BP_SIZE_UNKNOWN;
  }

  uint64_t scratch_size(const bp_tensor_type_t* inputs, const bp_tensor_type_t*) const override {
    return size_of_scratch(inputs[kSequence]);
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    const RecurrentSizes sizes(node_, inputs[kSequence].type);
    const auto* lengths = input<const int32_t>(inputs, kLengths);
    for (int64_t b = 0; lengths != nullptr && b < sizes.batch; ++b)
      if (lengths[b] < 0 || lengths[b] > sizes.steps)
        fail(BP_STATUS_INVALID_ARGUMENT, "a sequence of " + std::to_string(lengths[b]) +
                                             " steps in one of " + std::to_string(sizes.steps));
    if (sizes.batch == 0) return;
    for (int64_t direction = 0; direction < node_.directions; ++direction)
      RecurrentLoops<T>(pass(inputs, outputs, sizes, direction, data<char>(*scratch)), phases_)
          .run();
  }

 private:
  // Where the parts of the scratch begin, and its size.
  struct Layout {
    uint64_t state_vectors, packed_vectors, gates, kept, weights, recurrence, inputs, size;
    Layout(const RecurrentKernel& kernel, const RecurrentSizes& sizes) {
      const RecurrentNode& node = kernel.node_;
      const auto batch = static_cast<uint64_t>(sizes.batch);
      const uint64_t rows = static_cast<uint64_t>(sizes.steps_at_once()) * batch;
      const auto hidden = static_cast<uint64_t>(node.hidden) * sizeof(A);
      state_vectors = aligned(rows * sizeof(typename Pass::InputVector));
      packed_vectors = state_vectors + aligned(batch * sizeof(typename Pass::StateVector));
      gates = packed_vectors + aligned(rows * sizeof(typename Pass::StateVector));
      kept = gates + aligned(rows * static_cast<uint64_t>(node.gates) * hidden);
      const uint64_t state = bytes_of(node.hidden), input = bytes_of(sizes.input);
      const bool packs = Pass::is_packed(sizes);
      weights = kept + batch * Pass::kKeptRows * state;
      recurrence = weights + (packs ? kernel.room_for(kWeights, sizes.input) : 0);
      inputs = recurrence + (packs ? kernel.room_for(kRecurrence, node.hidden) : 0);
      size = inputs + (packs ? rows * input : 0);
    }
    static uint64_t bytes_of(int64_t length) {
      return static_cast<uint64_t>(Pass::kept_length(length)) * sizeof(A);
    }
    static uint64_t aligned(uint64_t size) { return (size + 63) / 64 * 64; }
  };

  // Elements of the panels of one direction.
  int64_t size_of_panels(int64_t length) const {
    return node_.gates * RecurrentPanels<A>::packed_size(node_.hidden, length);
  }
  uint64_t room_for(uint32_t input, int64_t length) const {
    if (baked_[input - kWeights] != nullptr) return 0;
    return static_cast<uint64_t>(size_of_panels(length)) * sizeof(A);
  }
  const A* panels(uint32_t input, int64_t direction, int64_t length, const A* room) const {
    const auto* all = static_cast<const A*>(baked_[input - kWeights].get());
    return all != nullptr ? all + direction * size_of_panels(length) : room;
  }

  // A constant is packed once, for all launches.
  void bake(const Node& node, Device& device, uint32_t input) {
    const bp_constant_t* constant = node.constant(input);
    if (constant == nullptr) return;
    const int64_t rows = node_.gates * node_.hidden, length = constant->type.shape[2];
    const int64_t size = size_of_panels(length);
    const uint64_t bytes = static_cast<uint64_t>(node_.directions * size) * sizeof(A);
    const auto pack = [&]() -> std::shared_ptr<const void> {
      auto made = std::make_shared<HostBytes>(device.host, bytes, kBufferAlignment);
      traits_.device_memory_size += bytes;
      for (int64_t i = 0; i < node_.directions; ++i)
        RecurrentPanels<A>::pack_gates(static_cast<const T*>(constant->data) + i * rows * length,
                                       node_.gates, node_.hidden, length,
                                       reinterpret_cast<A*>(made->data()) + i * size);
      return {made, made->data()};
    };
    const std::string key = "panels of " + std::to_string(node_.gates) + " gates";
    baked_[input - kWeights] = device.packed.get(constant->id, key, pack);
    traits_.inputs[input] = BP_ARGUMENT_FLAG_BAKED;
  }

  uint64_t size_of_scratch(const bp_tensor_type_t& x) const {
    return Layout(*this, RecurrentSizes(node_, x)).size;
  }

  template <class V>
  V* input(const bp_tensor_t* inputs, uint32_t index) const {
    return index < input_count_ ? data<V>(inputs[index]) : nullptr;
  }
  T* output(const bp_tensor_t* outputs, uint32_t index) const {
    const bool is_there = index < output_count_ && outputs[index].type.dtype != 0;
    return is_there ? data<T>(outputs[index]) : nullptr;
  }
  const T* of_direction(const bp_tensor_t* inputs, uint32_t index, int64_t direction,
                        int64_t size) const {
    const T* all = input<const T>(inputs, index);
    return all != nullptr ? all + direction * size : nullptr;
  }

  Pass pass(const bp_tensor_t* inputs, const bp_tensor_t* outputs, const RecurrentSizes& sizes,
            int64_t direction, char* scratch) const {
    const int64_t hidden = node_.hidden;
    const int64_t rows = node_.gates * hidden;
    const Layout layout(*this, sizes);
    const auto part = [&](uint64_t at) { return reinterpret_cast<A*>(scratch + at); };
    const bool packs = Pass::is_packed(sizes);
    return {node_,
            sizes,
            direction,
            input<const T>(inputs, kSequence),
            of_direction(inputs, kWeights, direction, rows * sizes.input),
            of_direction(inputs, kRecurrence, direction, rows * hidden),
            of_direction(inputs, kBias, direction, 2 * rows),
            of_direction(inputs, kPeepholes, direction, 3 * hidden),
            input<const T>(inputs, kInitialState),
            input<const T>(inputs, kInitialCell),
            input<const int32_t>(inputs, kLengths),
            output(outputs, kStates),
            output(outputs, kLastState),
            output(outputs, kLastCell),
            reinterpret_cast<typename Pass::InputVector*>(scratch),
            reinterpret_cast<typename Pass::StateVector*>(scratch + layout.state_vectors),
            reinterpret_cast<typename Pass::StateVector*>(scratch + layout.packed_vectors),
            part(layout.gates),
            part(layout.kept),
            packs ? panels(kWeights, direction, sizes.input, part(layout.weights)) : nullptr,
            packs ? panels(kRecurrence, direction, hidden, part(layout.recurrence)) : nullptr,
            packs ? part(layout.inputs) : nullptr,
            packs && baked_[0] == nullptr ? part(layout.weights) : nullptr,
            packs && baked_[1] == nullptr ? part(layout.recurrence) : nullptr};
  }

  RecurrentNode node_;
  CellPhases<T> phases_;
  uint32_t input_count_;
  uint32_t output_count_;
  std::array<std::shared_ptr<const void>, 2> baked_;  // of kWeights and kRecurrence
};

}  // namespace backplane::cpu
