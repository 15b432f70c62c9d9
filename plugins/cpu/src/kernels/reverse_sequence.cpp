// ReverseSequence: the first elements of every sequence of a batch in the opposite order, the rest
// as they are. A length that no sequence has fails the launch.
#include <cstring>
#include <string>

#include "axis.hpp"
#include "copy.hpp"
#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

constexpr uint32_t kLengths = 1;

void require_lengths(const int64_t* lengths, int64_t count, int64_t most) {
  for (int64_t i = 0; i < count; ++i)
    if (lengths[i] < 0 || lengths[i] > most)
      fail(BP_STATUS_INVALID_ARGUMENT, "ReverseSequence: length " + std::to_string(lengths[i]) +
                                           ", of sequences of " + std::to_string(most));
}

class ReverseSequence : public Kernel {
 public:
  explicit ReverseSequence(const Node& node)
      : batch_axis_(static_cast<uint32_t>(node.int_attribute("batch_axis", 1))),
        element_size_(element_size(node.input(0).dtype)) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = inputs[0].type;
    const int64_t batch = type.shape[batch_axis_];
    const int64_t time = type.shape[1 - batch_axis_];
    const auto* lengths = data<const int64_t>(inputs[kLengths]);
    require_lengths(lengths, batch, time);
    if (element_count(type) == 0) return;
    const uint64_t block =
        element_count(type) / static_cast<uint64_t>(batch * time) * element_size_;
    const char* from = data<char>(inputs[0]);
    char* to = data<char>(outputs[0]);
    const int64_t step = batch_axis_ == 0 ? 1 : batch;  // from one time to the next, in blocks
    const int64_t cost = batch * time * static_cast<int64_t>(block) / kBytesAnElement;
    parallel_pieces(batch * time, cost, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t at = i / step % time;
        const int64_t length = lengths[batch_axis_ == 0 ? i / time : i % batch];
        const int64_t source = at < length ? i + (length - 1 - 2 * at) * step : i;
        std::memcpy(to + static_cast<uint64_t>(i) * block,
                    from + static_cast<uint64_t>(source) * block, block);
      }
    });
  }

 private:
  const uint32_t batch_axis_;
  const uint64_t element_size_;
};

void check(const Node& node) {
  check_movement(node);
  check_counts(node, 2, 1);
  const bp_tensor_type_t& x = node.input(0);
  const bp_tensor_type_t& lengths = node.input(kLengths);
  const int64_t batch = node.int_attribute("batch_axis", 1);
  const int64_t time = node.int_attribute("time_axis", 0);
  if ((batch != 0 || time != 1) && (batch != 1 || time != 0))
    refuse(node, "batch_axis " + std::to_string(batch) + " and time_axis " + std::to_string(time) +
                     " are not 0 and 1");
  if (x.rank < 2) refuse(node, to_text(x) + " has no batch and time");
  if (!are_like(lengths, {BP_DTYPE_INT64, 1, 0, {x.shape[batch]}}))
    refuse(node, "sequence_lens is " + to_text(lengths) + ", not an int64 for each of the batch");
  check_follows(node, 0, x);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<ReverseSequence>(node);
}

}  // namespace

void add_reverse_sequence(OperatorTable& table) {
  table.push_back({"ReverseSequence", {10}, check, create});
}

}  // namespace backplane::cpu
