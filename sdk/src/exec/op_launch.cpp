// One launch of a prepared operator, whatever the caller's tensors are like.
#include <fmt/format.h>

#include <algorithm>

#include "exec/op.hpp"
#include "memory/strided.hpp"

namespace backplane::exec {
namespace {

TensorView view_of(OpenDevice& device, const bp_tensor_type_t& type, const Pool::Memory& memory) {
  TensorView view;
  view.type = type;
  view.device = &device;
  view.range = {memory.buffer(), memory.offset(), memory.size()};
  return view;
}

bool overlap(const bp_tensor_t& a, uint64_t a_size, const bp_tensor_t& b, uint64_t b_size) {
  return a.buffer == b.buffer && a.buffer != nullptr && a_size > 0 && b_size > 0 &&
         a.offset < b.offset + b_size && b.offset < a.offset + a_size;
}

// The arguments of one launch, and what stands in for tensors that the kernel cannot take.
class Arguments {
 public:
  Arguments(OpenDevice& device, const PreparedOp& prepared, Stream& stream, bool host_waits,
            std::shared_ptr<Stream> order)
      : device_(device),
        prepared_(prepared),
        stream_(stream),
        host_waits_(host_waits),
        order_(std::move(order)) {}

  Status add_input(size_t index, const std::vector<TensorView>& views) {
    const PreparedOp::Input& input = prepared_.inputs[index];
    tensors_.push_back(input.tensor);
    sizes_.push_back(0);
    if (input.is_fixed) return {};
    const TensorView& view = views[input.from];
    Status valid = check_view(view);
    if (!valid.ok() || (input.size == 0 && !input.is_host)) return valid;
    if (input.is_host) return put_on_host(view);
    bp_tensor_t& tensor = tensors_.back();
    if (can_use(view, false, input.takes_strides ? &prepared_.strides[input.from] : nullptr)) {
      use(view, tensor);
      if (input.takes_strides && !prepared_.strides[input.from].empty()) {
        tensor.strides = view.strides;
        sizes_.back() = view.range.size;  // how far it may reach
        return {};
      }
    } else {
      Result<const Pool::Memory*> memory = make_memory(input.size, 0);
      if (!memory.ok()) return memory.status();
      place(**memory, tensor);
      Status copied = copy_tensor(stream_, view_of(device_, view.type, **memory), view);
      if (!copied.ok()) return copied;
    }
    sizes_.back() = input.size;
    return {};
  }

  Status add_output(size_t index, const TensorView* view) {
    const PreparedOp::Output& output = prepared_.outputs[index];
    tensors_.push_back(output.tensor);
    sizes_.push_back(output.size);
    bp_tensor_t& tensor = tensors_.back();
    if (output.size == 0) return {};
    const bool is_wanted = view != nullptr && !is_absent(view->type);
    Status valid = is_wanted ? check_view(*view) : Status();
    if (!valid.ok()) return valid;
    if (is_wanted && can_use(*view, true, nullptr)) {
      use(*view, tensor);
      if (!overlaps_others(index)) return {};
    }
    Result<const Pool::Memory*> memory = make_memory(output.size, 0);
    if (!memory.ok()) return memory.status();
    place(**memory, tensor);
    if (is_wanted)
      copied_back_.push_back({index, view, view_of(device_, output.tensor.type, **memory)});
    return {};
  }

  // Behind all outputs, where the kernel stores the sizes of those that the data decides.
  Status add_sizes() {
    for (const PreparedOp::Output& output : prepared_.outputs) {
      if (!output.is_bounded) continue;
      tensors_.push_back(is_absent(output.tensor.type)
                             ? bp_tensor_t{}
                             : device_tensor(sizes_type(output), nullptr, 0));
      if (output.tensor.type.rank == 0) continue;
      Result<const Pool::Memory*> memory =
          make_memory(output.tensor.type.rank * sizeof(int64_t), 0);
      if (!memory.ok()) return memory.status();
      place(**memory, tensors_.back());
    }
    return {};
  }

  Status launch() {
    bp_tensor_t scratch = {};
    if (prepared_.scratch_size > 0) {
      Result<const Pool::Memory*> memory =
          make_memory(prepared_.scratch_size, device_.pool().preferred_alignment());
      if (!memory.ok()) return memory.status();
      scratch = scratch_tensor(prepared_.scratch_size, (*memory)->buffer(), (*memory)->offset());
    }
    {
      const Stream::Turn turn = stream_.turn();
      const bp_status_t code = device_.device().kernel().launch(
          prepared_.kernel->handle(), turn.handle(), tensors_.data(),
          tensors_.data() + prepared_.inputs.size(),
          prepared_.scratch_size > 0 ? &scratch : nullptr);
      if (code != BP_OK) return device_.device().status(code, "launch");
    }
    for (const PreparedOp::Output& output : prepared_.outputs) types_.push_back(output.tensor.type);
    Status known = prepared_.has_bounded_output ? read_sizes() : Status();
    return known.ok() ? copy_back() : known;
  }

  // Of the outputs, as they really are.
  const std::vector<bp_tensor_type_t>& types() const { return types_; }

 private:
  static bp_tensor_type_t sizes_type(const PreparedOp::Output& output) {
    return tensor_type(BP_DTYPE_INT64, {output.tensor.type.rank});
  }

  // What the kernel says of them, none above its bound. [BP-KERNEL-12]
  Status read_sizes() {
    size_t next = prepared_.inputs.size() + prepared_.outputs.size();
    for (size_t i = 0; i < types_.size(); ++i) {
      if (!prepared_.outputs[i].is_bounded) continue;
      const bp_tensor_t& said = tensors_[next++];
      bp_tensor_type_t& type = types_[i];
      if (type.rank == 0) continue;
      const bp_tensor_type_t bound = type;
      Status given = read(stream_, {said.buffer, said.offset, type.rank * sizeof(int64_t)},
                          static_cast<void*>(type.shape));
      if (given.ok()) given = stream_.synchronize(kForever);
      if (!given.ok()) return given;
      for (uint16_t axis = 0; axis < type.rank; ++axis)
        if (type.shape[axis] < 0 || type.shape[axis] > bound.shape[axis])
          return internal(fmt::format(
              "{}: the kernel says that output {} has the size {} on axis "
              "{}, where at most {} is possible [BP-KERNEL-12]",
              device_.device().selector(), i, type.shape[axis], axis, bound.shape[axis]));
    }
    return {};
  }

  Status copy_back() {
    for (const Back& back : copied_back_) {
      TensorView target = *back.target;
      TensorView source = back.source;
      target.type = source.type = types_[back.output];
      Status copied = copy_tensor(stream_, target, source);
      if (!copied.ok()) return copied;
    }
    return {};
  }

  // `strides`: what the kernel takes; nullptr: dense alone.
  bool can_use(const TensorView& view, bool is_output, const std::vector<int64_t>* strides) const {
    const bp_device_info_t& info = device_.device().info();
    const bool is_as_announced =
        strides != nullptr && !strides->empty()
            ? view.strides != nullptr && std::equal(strides->begin(), strides->end(), view.strides)
            : is_dense(view.type, view.strides);
    if (!is_as_announced) return false;
    if (!view.is_on_device()) return host_waits_ && device_.reads_host(view.host);
    if (view.device != &device_ || view.range.offset % info.offset_alignment != 0) return false;
    return !is_output || info.tensor_padding == 0 || view.range.size == *byte_size(view.type);
  }

  void use(const TensorView& view, bp_tensor_t& tensor) {
    tensor.buffer = view.is_on_device() ? view.range.buffer : device_.host_space();
    tensor.offset = view.is_on_device() ? view.range.offset : reinterpret_cast<uint64_t>(view.host);
    if (view.memory != nullptr && order_ != nullptr) device_.pool().note_use(*view.memory, order_);
  }

  static void place(const Pool::Memory& memory, bp_tensor_t& tensor) {
    tensor.buffer = memory.buffer();
    tensor.offset = memory.offset();
  }

  Status put_on_host(const TensorView& view) {
    if (view.host != nullptr && is_dense(view.type, view.strides)) {
      tensors_.back().host = view.host;
      return {};
    }
    const uint64_t size = *byte_size(view.type);
    host_.emplace_back(std::max<uint64_t>(size, 1));
    tensors_.back().host = host_.back().data();
    if (size == 0) return {};
    TensorView target;
    target.type = view.type;
    target.host = host_.back().data();
    Status copied = copy_tensor(stream_, target, view);
    return copied.ok() ? stream_.synchronize(kForever) : copied;
  }

  // An output may lie over one input, exactly, where the kernel says so, and over nothing else.
  bool overlaps_others(size_t index) const {
    const size_t self = prepared_.inputs.size() + index;
    size_t in_place = 0;
    for (size_t i = 0; i < self; ++i) {
      if (!overlap(tensors_[i], sizes_[i], tensors_[self], sizes_[self])) continue;
      if (++in_place > 1 || i >= prepared_.inputs.size() || !is_in_place_pair(i, index))
        return true;
    }
    return false;
  }

  bool is_in_place_pair(size_t input, size_t output) const {
    const bp_tensor_t& a = tensors_[input];
    const bp_tensor_t& b = tensors_[prepared_.inputs.size() + output];
    if (a.offset != b.offset || a.strides != nullptr || !same_type(a.type, b.type)) return false;
    const std::vector<bp_alias_t>& pairs = prepared_.kernel->in_place();
    return std::any_of(pairs.begin(), pairs.end(), [&](const bp_alias_t& pair) {
      return pair.input == input && pair.output == output;
    });
  }

  Result<const Pool::Memory*> make_memory(uint64_t size, uint64_t alignment) {
    Result<Pool::Memory> memory = device_.pool().allocate(size, order_, alignment);
    if (!memory.ok()) return memory.status();
    memory_.push_back(memory.take());
    return &memory_.back();
  }

  struct Back {
    size_t output;
    const TensorView* target;
    TensorView source;
  };

  OpenDevice& device_;
  const PreparedOp& prepared_;
  Stream& stream_;
  const bool host_waits_;
  const std::shared_ptr<Stream> order_;
  std::vector<bp_tensor_t> tensors_;  // inputs, outputs, then the sizes of some outputs
  std::vector<uint64_t> sizes_;
  std::list<Pool::Memory> memory_;
  std::list<std::vector<char>> host_;
  std::vector<Back> copied_back_;
  std::vector<bp_tensor_type_t> types_;
};

Status run(Arguments& arguments, const PreparedOp& prepared, const std::vector<TensorView>& inputs,
           const std::vector<TensorView>& outputs, std::vector<bp_tensor_type_t>* out_types) {
  for (size_t i = 0; i < prepared.inputs.size(); ++i) {
    Status added = arguments.add_input(i, inputs);
    if (!added.ok()) return added.in("input " + std::to_string(prepared.inputs[i].from));
  }
  for (size_t i = 0; i < prepared.outputs.size(); ++i) {
    Status added = arguments.add_output(i, i < outputs.size() ? &outputs[i] : nullptr);
    if (!added.ok()) return added.in("output " + std::to_string(i));
  }
  Status added = arguments.add_sizes();
  if (!added.ok()) return added.in("the sizes of outputs");
  Status done = arguments.launch();
  if (done.ok() && out_types != nullptr) *out_types = arguments.types();
  return done;
}

}  // namespace

Status Op::launch(const PreparedOp& prepared, const std::shared_ptr<Stream>& stream,
                  const std::vector<TensorView>& inputs, const std::vector<TensorView>& outputs,
                  std::vector<bp_tensor_type_t>* out_types) {
  if (stream != nullptr) {
    const bool host_waits = device_->device().is_synchronous();
    Arguments arguments(*device_, prepared, *stream, host_waits, stream);
    return run(arguments, prepared, inputs, outputs, out_types).in(name_);
  }
  Result<OpenDevice::Lease> lease = device_->lease();
  if (!lease.ok()) return lease.status();
  Arguments arguments(*device_, prepared, lease->stream(), true, nullptr);
  Status given = run(arguments, prepared, inputs, outputs, out_types);
  Status done = lease->finish();  // before the arguments' memory goes back
  return (given.ok() ? done : given).in(name_);
}

}  // namespace backplane::exec
