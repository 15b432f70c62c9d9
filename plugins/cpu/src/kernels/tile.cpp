// Tile: the input put side by side with itself. The output's sizes say how often.
#include <cstring>
#include <string>

#include "axis.hpp"
#include "copy.hpp"
#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

constexpr uint32_t kRepeats = 1;

class Tile : public Kernel {
 public:
  explicit Tile(const Node& node) : size_(element_size(node.input(0).dtype)) {
    traits_.inputs = {0, unread_flags(node, kRepeats)};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& from = inputs[0].type;
    const bp_tensor_type_t& to = outputs[0].type;
    if (element_count(to) == 0) return;
    for (uint32_t axis = 0; axis < from.rank; ++axis)
      if (from.shape[axis] == 0 || to.shape[axis] % from.shape[axis] != 0)
        fail(BP_STATUS_INVALID_ARGUMENT,
             "Tile: " + to_text(to) + " is not made of " + to_text(from));
    // Rows are whole down to the innermost axis that is repeated.
    const uint32_t split = first_whole_axis(from, to);
    uint64_t row = size_;
    for (uint32_t axis = split; axis < from.rank; ++axis)
      row *= static_cast<uint64_t>(from.shape[axis]);
    const uint32_t repeated = split == 0 ? 0 : split - 1;
    if (split == 0) return copy_bytes(data<char>(outputs[0]), data<char>(inputs[0]), row);
    const uint64_t line = row * static_cast<uint64_t>(from.shape[repeated]);
    copy_lines(from, to, repeated, line, data<char>(inputs[0]), data<char>(outputs[0]));
  }

 private:
  // All axes from here on are there once.
  static uint32_t first_whole_axis(const bp_tensor_type_t& from, const bp_tensor_type_t& to) {
    uint32_t axis = from.rank;
    while (axis > 0 && from.shape[axis - 1] == to.shape[axis - 1]) --axis;
    return axis;
  }

  // A line is the input's part along axis `repeated`; it comes as often as the output is longer.
  static void copy_lines(const bp_tensor_type_t& from, const bp_tensor_type_t& to,
                         uint32_t repeated, uint64_t line, const char* source, char* target) {
    const auto times = static_cast<uint64_t>(to.shape[repeated] / from.shape[repeated]);
    int64_t lines = 1;
    for (uint32_t axis = 0; axis < repeated; ++axis) lines *= to.shape[axis];
    const int64_t cost = lines * static_cast<int64_t>(times * line) / kBytesAnElement;
    parallel_pieces(lines, cost, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        const char* begin = source + source_line(from, to, repeated, i) * line;
        for (uint64_t k = 0; k < times; ++k)
          std::memcpy(target + (static_cast<uint64_t>(i) * times + k) * line, begin, line);
      }
    });
  }

  static uint64_t source_line(const bp_tensor_type_t& from, const bp_tensor_type_t& to,
                              uint32_t axes, int64_t line) {
    int64_t found = 0;
    int64_t step = 1;
    for (uint32_t axis = axes; axis-- > 0; line /= to.shape[axis]) {
      found += line % to.shape[axis] % from.shape[axis] * step;
      step *= from.shape[axis];
    }
    return static_cast<uint64_t>(found);
  }

  uint64_t size_;
};

void check(const Node& node) {
  check_movement(node);
  check_counts(node, 2, 1);
  if (!node.has_input(kRepeats)) refuse(node, "it has no repeats");
  check_integers(node, kRepeats, "repeats");
  bp_tensor_type_t expected = node.input(0);
  const bp_constant_t* repeats = node.constant(kRepeats);
  for (uint32_t axis = 0; axis < expected.rank; ++axis) expected.shape[axis] = -1;
  if (repeats != nullptr && element_count(repeats->type) == expected.rank) {
    const IntegerInput given(node, kRepeats);
    for (uint32_t axis = 0; axis < expected.rank; ++axis)
      if (!BP_DIM_IS_UNKNOWN(node.input(0).shape[axis]) &&
          __builtin_mul_overflow(node.input(0).shape[axis], given.view(nullptr)[axis],
                                 &expected.shape[axis]))
        refuse(node, "repeats make a size that no tensor has");
  }
  check_follows(node, 0, expected);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) { return std::make_unique<Tile>(node); }

}  // namespace

void add_tile(OperatorTable& table) { table.push_back({"Tile", {6, 13}, check, create}); }

}  // namespace backplane::cpu
