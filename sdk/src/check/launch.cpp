// kernel.h's launch: the host's tensors checked and translated, without the heap for up to 16.
#include "check/guards.hpp"
#include "check/hash.hpp"
#include "check/tensors.hpp"
#include "check/wrapped.hpp"
#include "support/tensor_type.hpp"

namespace backplane::check::wrapped {
namespace {

constexpr size_t kInPlace = 16;

std::string tensor_name(const char* kind, size_t index) {
  return std::string(kind) + " " + std::to_string(index);
}

// The tensor, its strides, and its bytes in the host when they are few.
void add_to(Hash& hash, const bp_tensor_t& tensor) {
  hash.add(&tensor, sizeof tensor);
  if (is_absent(tensor.type) || tensor.type.rank > BP_MAX_RANK) return;
  if (tensor.strides != nullptr)
    hash.add(tensor.strides, tensor.type.rank * sizeof tensor.strides[0]);
  if (tensor.buffer != nullptr || tensor.host == nullptr) return;
  const Result<uint64_t> size = byte_size(tensor.type);
  if (size.ok() && *size <= kLargestGuarded) hash.add(tensor.host, *size);
}

// The arguments of one launch, with the plugin's buffers in place of the host's.
class Tensors {
 public:
  Tensors(Call& call, const Kernel& kernel) : call_(call), kernel_(kernel) {}

  void add_inputs(const bp_tensor_t* tensors) {
    add_all("input", tensors, kernel_.input_count, false, inputs_, placed_inputs_);
  }
  void add_outputs(const bp_tensor_t* tensors) {
    add_all("output", tensors, kernel_.output_count + kernel_.bounded_count, true, outputs_,
            placed_outputs_);
  }
  void add_scratch(const bp_tensor_t* scratch) {
    if (scratch != nullptr) placed_scratch_ = add("scratch", *scratch, true, scratch_);
  }
  // Refuses tensors that meet where they must not.
  void check_overlaps();

  const bp_tensor_t* inputs() const { return inputs_.data(); }
  const bp_tensor_t* outputs() const { return outputs_.data(); }
  const bp_tensor_t* scratch() const { return &scratch_; }
  uint64_t fingerprint() const;
  void note_work(Stream* stream) const {
    call_.note_work(stream, kernel_.op, accesses_.data(), accesses_.size());
  }

 private:
  using Given = SmallVector<bp_tensor_t, kInPlace>;
  using PlacedOnes = SmallVector<Placed, kInPlace>;

  void add_all(const char* kind, const bp_tensor_t* tensors, uint32_t count, bool is_write,
               Given& given, PlacedOnes& placed);
  Placed add(const std::string& name, const bp_tensor_t& tensor, bool is_write,
             bp_tensor_t& translated);
  void note_access(Buffer& buffer, const Placed& placed, bool is_write);
  bool is_host_input(const bp_tensor_t& tensor) const;
  void check_output(uint32_t output);
  bool may_share(uint32_t input, uint32_t output) const;
  void refuse_overlap(const std::string& what, const std::string& with);

  Call& call_;
  const Kernel& kernel_;
  Given inputs_;
  Given outputs_;
  bp_tensor_t scratch_ = {};
  PlacedOnes placed_inputs_;
  PlacedOnes placed_outputs_;
  Placed placed_scratch_;
  SmallVector<Order::Access, kInPlace> accesses_;
};

void Tensors::add_all(const char* kind, const bp_tensor_t* tensors, uint32_t count, bool is_write,
                      Given& given, PlacedOnes& placed) {
  if (tensors == nullptr && count != 0)
    return call_.refuse(std::string(kind) + "s is NULL for " + std::to_string(count));
  for (uint32_t i = 0; i < count; ++i) {
    bp_tensor_t translated = {};
    placed.push_back(add(tensor_name(kind, i), tensors[i], is_write, translated));
    given.push_back(translated);
  }
}

bool Tensors::is_host_input(const bp_tensor_t& tensor) const {
  const size_t index = inputs_.size();  // of the one that is being added
  return tensor.host != nullptr && index < kernel_.flags.size() &&
         (kernel_.flags[index] & BP_ARGUMENT_FLAG_HOST) != 0;
}

Placed Tensors::add(const std::string& name, const bp_tensor_t& tensor, bool is_write,
                    bp_tensor_t& translated) {
  translated = tensor;
  translated.buffer = nullptr;
  if (is_absent(tensor.type) || is_host_input(tensor)) return {};
  if (tensor.buffer == nullptr) {
    const Result<uint64_t> size = byte_size(tensor.type);
    if (!size.ok())
      call_.refuse("BP-HOST-7", name + ": " + size.status().text());
    else if (*size != 0)
      call_.refuse("BP-HOST-7", name + " has no buffer");
    return {};
  }
  Buffer* buffer = call_.use<Buffer>(tensor.buffer, name.c_str(), kernel_.device);
  if (buffer == nullptr) return {};
  translated.buffer = inner(buffer);
  const Result<Placed> placed = place(tensor, *buffer, kernel_.device->info);
  if (placed.ok()) {
    note_access(*buffer, *placed, is_write);
    return *placed;
  }
  call_.refuse("BP-HOST-7", name + " (" + to_text(tensor.type) + ") " + placed.status().text());
  return {};
}

// Bytes between the elements of a strided tensor may be another stream's: those are left out.
void Tensors::note_access(Buffer& buffer, const Placed& placed, bool is_write) {
  if (placed.space == nullptr || !is_dense(*placed.tensor)) return;
  accesses_.push_back(
      call_.access(buffer, placed.tensor->offset, placed.end - placed.begin, is_write));
}

void Tensors::check_overlaps() {
  for (uint32_t output = 0; output < placed_outputs_.size(); ++output) check_output(output);
  if (placed_scratch_.space == nullptr) return;
  for (size_t i = 0; i < placed_inputs_.size(); ++i)
    if (do_meet(placed_inputs_[i], placed_scratch_))
      refuse_overlap("scratch", tensor_name("input", i));
}

void Tensors::check_output(uint32_t output) {
  const Placed& placed = placed_outputs_[output];
  if (placed.space == nullptr) return;
  uint32_t shared = 0;
  for (uint32_t input = 0; input < placed_inputs_.size(); ++input) {
    if (!do_meet(placed_inputs_[input], placed)) continue;
    if (!may_share(input, output))
      return refuse_overlap(tensor_name("output", output),
                            tensor_name("input", input) + " otherwise than in_place allows");
    if (++shared > 1)
      return refuse_overlap(tensor_name("output", output), "two inputs, and may one at a time");
  }
  for (uint32_t other = output + 1; other < placed_outputs_.size(); ++other)
    if (do_meet(placed_outputs_[other], placed))
      return refuse_overlap(tensor_name("output", output), tensor_name("output", other));
  if (do_meet(placed_scratch_, placed)) refuse_overlap(tensor_name("output", output), "scratch");
}

bool Tensors::may_share(uint32_t input, uint32_t output) const {
  const bp_tensor_t& from = *placed_inputs_[input].tensor;
  const bp_tensor_t& to = *placed_outputs_[output].tensor;
  for (const bp_alias_t& pair : kernel_.in_place)
    if (pair.input == input && pair.output == output)
      return from.buffer == to.buffer && from.offset == to.offset &&
             same_type(from.type, to.type) && is_dense(from);
  return false;
}

void Tensors::refuse_overlap(const std::string& what, const std::string& with) {
  call_.refuse("BP-HOST-8", what + " of " + kernel_.name() + " overlaps " + with);
}

uint64_t Tensors::fingerprint() const {
  Hash hash;
  for (const Given* tensors : {&inputs_, &outputs_})
    for (const bp_tensor_t& tensor : *tensors) add_to(hash, tensor);
  add_to(hash, scratch_);
  return hash.value();
}

}  // namespace

bp_status_t launch(State& state, bp_kernel_t* kernel_handle, bp_stream_t* stream_handle,
                   const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                   const bp_tensor_t* scratch) {
  Call call(state, Function::kLaunch);
  const Kernel* kernel = call.use<Kernel>(kernel_handle, "kernel");
  if (kernel == nullptr) return Call::kRefusal;
  Stream* stream = call.enter_stream(stream_handle, kernel->device);
  Tensors tensors(call, *kernel);
  tensors.add_inputs(inputs);
  tensors.add_outputs(outputs);
  tensors.add_scratch(scratch);
  if (!call.is_refused()) tensors.check_overlaps();
  if (call.is_refused()) return Call::kRefusal;
  const Unchanged guard(call, "BP-KERNEL-10", "tensors", [&] { return tensors.fingerprint(); });
  const bp_status_t status = call.run([&] {
    return state.inner.kernel.launch(inner(kernel), inner(stream), tensors.inputs(),
                                     tensors.outputs(),
                                     scratch != nullptr ? tensors.scratch() : nullptr);
  });
  if (status == BP_OK) tensors.note_work(stream);
  return status;
}

}  // namespace backplane::check::wrapped
