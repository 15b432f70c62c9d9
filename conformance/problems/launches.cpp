#include "problems/launches.hpp"

#include <algorithm>
#include <utility>

#include "ops/request.hpp"
#include "run/bounded_output.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

uint64_t bytes_of_type(const bp_tensor_type_t& type) {
  const Result<uint64_t> size = byte_size(type);
  require(size.ok(), size.status().text());
  return *size;
}

TensorBytes bytes_of(const ops::Constant& constant) {
  return {constant.type,
          std::string(static_cast<const char*>(constant.bytes()), bytes_of_type(constant.type))};
}

// Elements that a strided view spans; the last one ends it.
uint64_t span_of(const bp_tensor_type_t& type, const int64_t* strides) {
  uint64_t last = 0;
  for (uint16_t axis = 0; axis < type.rank; ++axis) {
    if (type.shape[axis] == 0) return 0;
    last += static_cast<uint64_t>((type.shape[axis] - 1) * strides[axis]);
  }
  return last + 1;
}

// Dense bytes spread out as `strides` say, the gaps filled with `gap`.
std::string spread(const TensorBytes& dense, const int64_t* strides, char gap) {
  const uint64_t element = bytes_of_type(tensor_type(dense.type.dtype, {1}));
  std::string all(span_of(dense.type, strides) * element, gap);
  const Sizes sizes = sizes_of(dense.type);
  for (Odometer at(sizes); !at.done(); at.next()) {
    uint64_t place = 0;
    for (size_t axis = 0; axis < sizes.size(); ++axis)
      place += static_cast<uint64_t>(at.index()[axis] * strides[axis]);
    all.replace(place * element, element, dense.bytes, static_cast<uint64_t>(at.place()) * element,
                element);
  }
  return all;
}

}  // namespace

// 0xff is a NaN in every float type and -1 in every integer; 0x71 is 1e30 and more as a float32.
Surroundings surroundings(size_t launch) {
  constexpr char kGuards[] = {'\x00', '\xff', '\x71'};
  constexpr char kPoisons[] = {'\xa5', '\x5a'};
  return {kGuards[launch % 3], kPoisons[launch % 2]};
}

uint64_t byte_count(const LaunchData& data) {
  uint64_t sum = 0;
  for (const TensorBytes& input : data.inputs) sum += input.bytes.size();
  for (const bp_tensor_type_t& output : data.outputs)
    if (output.dtype != 0) sum += bytes_of_type(output);
  return sum;
}

LaunchData launch_data(const ProblemNode& node, std::vector<TensorData> inputs) {
  LaunchData data;
  inputs.resize(std::min(inputs.size(), node.constants().size()));
  for (TensorData& input : inputs) data.inputs.push_back({input.type, std::move(input.bytes)});
  for (size_t i = inputs.size(); i < node.constants().size(); ++i)
    data.inputs.push_back(bytes_of(*node.constants()[i]));
  std::vector<bp_tensor_type_t> types;
  for (const TensorBytes& input : data.inputs) types.push_back(input.type);
  data.outputs = node.outputs_for(types);
  return data;
}

Launches::Launches(Subject& subject, const MadeKernel& kernel,
                   const std::vector<const int64_t*>& strides, bp_stream_t* stream,
                   const MakeSlot& make_slot)
    : subject_(subject), kernel_(kernel), strides_(strides), stream_(stream) {
  for (size_t i = 0; i < kernel.input_count(); ++i) inputs_.push_back(make_slot(i));
  for (size_t i = 0; i < kernel.output_count(); ++i)
    outputs_.push_back(make_slot(kernel.input_count() + i));
  for (size_t i = 0; i < kernel.output_count(); ++i)
    sizes_.push_back(make_slot(kernel.input_count() + kernel.output_count() + i));
  scratch_ = make_slot(0);
}

Launches::Launches(Subject& subject, const MadeKernel& kernel,
                   const std::vector<const int64_t*>& strides, bp_stream_t* stream)
    : Launches(subject, kernel, strides, stream,
               [&](size_t index) { return device_slot(subject, stream, index); }) {}

void Launches::place_input(size_t input, const TensorBytes& data, char guard) {
  Slot& slot = *inputs_[input];
  const bp_argument_flags_t flags = kernel_.flags_of(input);
  if (data.type.dtype == 0 || (flags & BP_ARGUMENT_FLAG_BAKED) != 0) {
    slot.clear();
  } else if ((flags & BP_ARGUMENT_FLAG_HOST) != 0) {
    slot.put_in_host(data.type, data.bytes);
  } else if (strides_[input] != nullptr && (flags & BP_ARGUMENT_FLAG_STRIDED) != 0) {
    slot.put(data.type, spread(data, strides_[input], guard), 1, guard);
    slot.set_strides(strides_[input]);
  } else {
    slot.put(data.type, data.bytes, 1, guard);
  }
}

void Launches::place_output(size_t output, const Surroundings& around) {
  const bp_tensor_type_t& type = output_types_[output];
  if (type.dtype == 0)
    outputs_[output]->clear();
  else
    outputs_[output]->put(type, std::string(bytes_of_type(type), around.poison), 1, around.guard);
}

// Where the kernel stores the sizes of an output that the data decides. [BP-KERNEL-12]
void Launches::place_sizes(size_t output, const Surroundings& around) {
  sizes_[output]->clear();
  if (!kernel_.is_bounded(output) || output_types_[output].dtype == 0) return;
  const bp_tensor_type_t type = tensor_type(BP_DTYPE_INT64, {output_types_[output].rank});
  sizes_[output]->put(type, std::string(bytes_of_type(type), around.poison), 1, around.guard);
}

void Launches::place_scratch(const Surroundings& around) {
  std::vector<bp_tensor_type_t> inputs;
  for (const auto& slot : inputs_) inputs.push_back(slot->tensor().type);
  const uint64_t size = kernel_.scratch_size(inputs, output_types_);
  scratch_->clear();
  if (size > 0)
    scratch_->put(tensor_type(BP_DTYPE_UINT8, {static_cast<int64_t>(size)}),
                  std::string(size, around.poison), subject_.info().preferred_alignment,
                  around.guard);
}

void Launches::prepare(const LaunchData& data, const Surroundings& around,
                       const bp_alias_t* alias) {
  require(data.inputs.size() == inputs_.size(), "the suite itself has other inputs than its node");
  alias_ = alias;
  output_types_ = data.outputs;
  for (size_t i = 0; i < inputs_.size(); ++i) place_input(i, data.inputs[i], around.guard);
  for (size_t i = 0; i < outputs_.size(); ++i)
    if (!is_in_place(i)) place_output(i, around);
  for (size_t i = 0; i < outputs_.size(); ++i) place_sizes(i, around);
  place_scratch(around);
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (alias == nullptr || alias->input != i) inputs_[i]->protect();
  list_tensors();
}

void Launches::list_tensors() {
  launch_inputs_.clear();
  launch_outputs_.clear();
  for (const auto& slot : inputs_) launch_inputs_.push_back(slot->tensor());
  for (size_t i = 0; i < outputs_.size(); ++i) {
    launch_outputs_.push_back(slot_of(i).tensor());
    launch_outputs_.back().type = output_types_[i];
  }
  for (size_t i = 0; i < outputs_.size(); ++i)
    if (kernel_.is_bounded(i)) launch_outputs_.push_back(sizes_[i]->tensor());
}

bp_status_t Launches::launch() {
  return subject_.kernels().launch(kernel_.get(), stream_, launch_inputs_.data(),
                                   launch_outputs_.data(),
                                   scratch_->is_on_device() ? &scratch_->tensor() : nullptr);
}

void Launches::launch_and_wait() {
  subject_.check(launch(), "launch of " + kernel_.op());
  subject_.finish(stream_);
}

std::vector<TensorBytes> Launches::collect() {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i]->is_on_device() || (alias_ != nullptr && alias_->input == i)) continue;
    const std::string what = "input " + std::to_string(i) + " of " + kernel_.op();
    require_equal(inputs_[i]->bytes_now(what, 0), inputs_[i]->given(), what + " after the launch");
  }
  if (scratch_->is_on_device()) scratch_->bytes_now("scratch of " + kernel_.op(), 0);
  std::vector<TensorBytes> results;
  for (size_t i = 0; i < outputs_.size(); ++i) results.push_back(output_bytes(i));
  return results;
}

TensorBytes Launches::output_bytes(size_t output) {
  TensorBytes result = {output_types_[output], {}};
  Slot& slot = slot_of(output);
  const std::string what = "output " + std::to_string(output) + " of " + kernel_.op();
  if (slot.is_on_device()) result.bytes = slot.bytes_now(what, slot.padding());
  if (!kernel_.is_bounded(output) || result.type.dtype == 0) return result;
  Slot& sizes = *sizes_[output];
  if (sizes.is_on_device())
    take_sizes(sizes.bytes_now("the sizes of " + what, sizes.padding()), what, &result.type);
  result.bytes.resize(bytes_of_type(result.type));  // it lies dense from its start [BP-KERNEL-13]
  return result;
}

std::vector<TensorBytes> Launches::run(const LaunchData& data, const Surroundings& around,
                                       const bp_alias_t* alias) {
  prepare(data, around, alias);
  launch_and_wait();
  return collect();
}

}  // namespace backplane::conformance
