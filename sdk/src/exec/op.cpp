#include "exec/op.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph/from_abi.hpp"
#include "memory/strided.hpp"
#include "ops/table.hpp"

namespace backplane::exec {
namespace {

constexpr size_t kVariantsKept = 8;

std::string input_name(uint32_t index) { return "input " + std::to_string(index); }
std::string output_name(uint32_t index) { return "output " + std::to_string(index); }

uint32_t find(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<uint32_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

bool is_any_unknown(const std::vector<bp_tensor_type_t>& types) {
  return std::any_of(types.begin(), types.end(), has_unknown_size);
}

}  // namespace

Op::Op(std::shared_ptr<OpenDevice> device, const bp_node_t& node)
    : device_(std::move(device)),
      name_(node.op),
      input_count_(node.input_count),
      output_count_(node.output_count),
      refused_(node.refused),
      types_(graph::inputs_of(node)),
      strides_(node.input_count),
      is_wanted_(node.output_count, true) {
  for (uint32_t i = 0; node.outputs != nullptr && i < output_count_; ++i)
    is_wanted_[i] = !is_absent(node.outputs[i]);
  for (uint32_t i = 0; node.input_strides != nullptr && i < input_count_; ++i)
    if (node.input_strides[i] != nullptr && !is_dense(node.inputs[i], node.input_strides[i]))
      strides_[i].assign(node.input_strides[i], node.input_strides[i] + node.inputs[i].rank);
}

Op::~Op() = default;

Result<std::shared_ptr<Op>> Op::create(std::shared_ptr<OpenDevice> device, const bp_node_t& node) {
  std::shared_ptr<Op> op(new Op(std::move(device), node));
  Status normal = op->normalise(node);
  if (!normal.ok()) return normal;
  if (!is_any_unknown(op->types_)) {
    Result<std::shared_ptr<PreparedOp>> prepared = op->make(op->types_);
    if (!prepared.ok()) return prepared.status();
    op->only_ = prepared.take();
    return op;
  }
  // One kernel for all sizes if that is as fast; else one for each, as they come.
  const std::vector<bp_tensor_type_t> inputs = op->source_types(op->types_);
  Result<std::vector<bp_tensor_type_t>> outputs = op->infer(inputs);
  if (!outputs.ok()) return outputs.status();
  Result<std::shared_ptr<Kernel>> kernel = op->kernel_for(inputs, *outputs);
  if (kernel.ok() && (*kernel)->is_shape_free()) op->any_size_ = kernel.take();
  if (!kernel.ok() && kernel.status().code() != BP_STATUS_UNSUPPORTED) return kernel.status();
  return op;
}

Status Op::normalise(const bp_node_t& node) {
  ops::Draft draft;
  draft.op = graph::operator_from(node);
  std::vector<ops::ConstantPtr> constants(node.input_count);
  for (uint32_t i = 0; i < node.input_count; ++i) {
    draft.inputs.push_back(is_absent(node.inputs[i]) ? "" : input_name(i));
    if (node.constants == nullptr || node.constants[i] == nullptr) continue;
    Result<ops::ConstantPtr> constant = graph::constant_from(*node.constants[i]);
    if (!constant.ok()) return constant.status();
    constants[i] = constant.take();
  }
  for (uint32_t i = 0; i < output_count_; ++i)
    draft.outputs.push_back(is_wanted_[i] ? output_name(i) : "");
  const std::vector<std::string> names = draft.inputs;
  ops::Values values;
  values.type = [&](const std::string& name) {
    const uint32_t i = find(names, name);
    return i < names.size() ? &node.inputs[i] : nullptr;
  };
  values.constant = [&](const std::string& name) {
    const uint32_t i = find(names, name);
    return i < names.size() ? constants[i] : nullptr;
  };
  Result<ops::Normalised> normal = ops::normalise(draft, node.since, values);
  if (!normal.ok()) return normal.status();
  if (normal->nodes.size() != 1)
    return unsupported(fmt::format("{}: the form of opset {} takes {} operators of today's", name_,
                                   node.since, normal->nodes.size()));
  op_ = normal->nodes[0].op;
  for (uint32_t i = 0; i < node.input_count; ++i)
    if (constants[i] != nullptr) normal->constants.emplace_back(input_name(i), constants[i]);
  return find_sources(normal->nodes[0].inputs, normal->nodes[0].outputs, normal->constants);
}

Status Op::find_sources(const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs,
                        const std::vector<std::pair<std::string, ops::ConstantPtr>>& fresh) {
  std::vector<std::string> caller_inputs;
  for (uint32_t i = 0; i < input_count_; ++i) caller_inputs.push_back(input_name(i));
  for (const std::string& name : inputs) {
    Source source;
    source.is_absent = name.empty();
    source.from = find(caller_inputs, name);
    for (const auto& [constant_name, constant] : fresh)
      if (constant_name == name) source.constant = constant;
    if (!source.is_absent && source.constant == nullptr && source.from == input_count_)
      return internal(
          fmt::format("{}: its newest form has an input \"{}\" that nothing gives", name_, name));
    sources_.push_back(std::move(source));
  }
  for (uint32_t i = 0; i < outputs.size(); ++i)
    if (!outputs[i].empty() && (i >= output_count_ || outputs[i] != output_name(i)))
      return internal(name_ + ": its newest form has other outputs");
  kernel_output_count_ = static_cast<uint32_t>(outputs.size());
  return {};
}

std::vector<bp_tensor_type_t> Op::source_types(const std::vector<bp_tensor_type_t>& types) const {
  std::vector<bp_tensor_type_t> result;
  for (const Source& source : sources_) {
    if (source.is_absent)
      result.push_back({});
    else
      result.push_back(source.constant != nullptr ? source.constant->type : types[source.from]);
  }
  return result;
}

std::vector<ops::ConstantPtr> Op::source_constants() const {
  std::vector<ops::ConstantPtr> constants;
  for (const Source& source : sources_) constants.push_back(source.constant);
  return constants;
}

// Of the kernel's outputs; absent ones are.
Result<std::vector<bp_tensor_type_t>> Op::infer(const std::vector<bp_tensor_type_t>& inputs) const {
  std::vector<bp_tensor_type_t> outputs(kernel_output_count_);
  const ops::AbiNode node(op_, inputs, outputs, source_constants());
  Status inferred = ops::infer_bounds(node.node(), outputs.data());
  if (!inferred.ok()) return inferred;
  for (size_t i = 0; i < outputs.size(); ++i)
    if (i >= output_count_ || !is_wanted_[i]) outputs[i] = {};
  if (!is_any_unknown(inputs) && is_any_unknown(outputs))
    return Status(BP_STATUS_NOT_READY,
                  name_ + ": sizes hang on the value of an input that is no constant");
  return outputs;
}

Result<std::shared_ptr<Kernel>> Op::kernel_for(const std::vector<bp_tensor_type_t>& inputs,
                                               const std::vector<bp_tensor_type_t>& outputs) {
  const ops::AbiNode abi_node(op_, inputs, outputs, source_constants());
  bp_node_t node = abi_node.node();
  node.refused = refused_;
  std::vector<const int64_t*> strides;
  for (const Source& source : sources_) {
    const bool has_strides =
        !source.is_absent && source.constant == nullptr && !strides_[source.from].empty();
    strides.push_back(has_strides ? strides_[source.from].data() : nullptr);
  }
  if (!is_any_unknown(inputs)) node.input_strides = strides.data();
  return Kernel::create(device_->shared_device(), node, Kernel::Bounded::kTaken);
}

Result<std::shared_ptr<PreparedOp>> Op::make(const std::vector<bp_tensor_type_t>& types) {
  const std::vector<bp_tensor_type_t> inputs = source_types(types);
  Result<std::vector<bp_tensor_type_t>> outputs = infer(inputs);
  if (!outputs.ok()) return outputs.status();
  auto prepared = std::make_shared<PreparedOp>();
  Result<std::shared_ptr<Kernel>> kernel =
      any_size_ != nullptr ? any_size_ : kernel_for(inputs, *outputs);
  if (!kernel.ok()) return kernel.status();
  prepared->kernel = kernel.take();
  prepared->strides = strides_;
  std::vector<bp_tensor_type_t> launched;
  for (uint32_t i = 0; i < sources_.size(); ++i) {
    Status added = add_input(*prepared, i, inputs[i]);
    if (!added.ok()) return added;
    launched.push_back(prepared->inputs.back().tensor.type);
  }
  Status added = add_outputs(*prepared, inputs, *outputs);
  if (!added.ok()) return added;
  Result<uint64_t> scratch = prepared->kernel->scratch_size(launched.data(), outputs->data());
  if (!scratch.ok()) return scratch.status();
  prepared->scratch_size = *scratch;
  return prepared;
}

// `types` are the most that they can be; what is less known than that the kernel has to say.
Status Op::add_outputs(PreparedOp& prepared, const std::vector<bp_tensor_type_t>& inputs,
                       const std::vector<bp_tensor_type_t>& types) const {
  std::vector<bp_tensor_type_t> known(types.size());
  const ops::AbiNode node(op_, inputs, known, source_constants());
  Status inferred = ops::infer(node.node(), known.data());
  if (!inferred.ok()) return inferred;
  prepared.outputs.resize(kernel_output_count_);
  for (size_t i = 0; i < types.size(); ++i) {
    PreparedOp::Output& output = prepared.outputs[i];
    output.tensor = device_tensor(types[i], nullptr, 0);
    output.is_bounded = prepared.kernel->is_bounded(static_cast<uint32_t>(i));
    prepared.has_bounded_output |= output.is_bounded;
    if (is_absent(types[i])) continue;
    output.size = *byte_size(types[i]);
    if (has_unknown_size(known[i]) && !output.is_bounded)
      return unsupported(fmt::format(
          "{}: the data decides the sizes of {}'s output {}, and the kernel does not say them",
          device_->device().selector(), name_, i));
  }
  return {};
}

Status Op::add_input(PreparedOp& prepared, uint32_t index, const bp_tensor_type_t& type) {
  const Source& source = sources_[index];
  const Kernel& kernel = *prepared.kernel;
  PreparedOp::Input input;
  input.from = source.from;
  input.is_fixed = source.is_absent || source.constant != nullptr;
  input.is_host = kernel.is_host(index);
  input.takes_strides = kernel.is_strided(index) && any_size_ == nullptr;
  input.tensor.type = type;
  if (source.constant != nullptr) {
    Result<bp_tensor_t> tensor =
        constant_tensor(*device_, kernel, index, source.constant, prepared.constants);
    if (!tensor.ok()) return tensor.status();
    input.tensor = *tensor;
    if (input.tensor.host != nullptr) prepared.host_constants.push_back(source.constant);
  } else if (!source.is_absent) {
    Result<uint64_t> size = byte_size(type);
    if (!size.ok()) return size.status();
    input.size = *size;
  }
  prepared.inputs.push_back(input);
  return {};
}

// An input that is a constant, or absent, need not be given.
Status Op::check_types(const std::vector<bp_tensor_type_t>& types) const {
  for (const Source& source : sources_) {
    if (source.is_absent || source.constant != nullptr) continue;
    const bp_tensor_type_t& wanted = types_[source.from];
    const bp_tensor_type_t& given = types[source.from];
    bool fits = given.dtype == wanted.dtype && given.rank == wanted.rank &&
                given.layout == wanted.layout && !has_unknown_size(given);
    for (uint16_t axis = 0; fits && axis < wanted.rank; ++axis)
      fits = BP_DIM_IS_UNKNOWN(wanted.shape[axis]) || wanted.shape[axis] == given.shape[axis];
    if (!fits)
      return invalid_argument(fmt::format("{}: input {} is {}, and the operator was made for {}",
                                          name_, source.from, to_text(given), to_text(wanted)));
  }
  return {};
}

Result<std::shared_ptr<const PreparedOp>> Op::prepare(const std::vector<bp_tensor_type_t>& types) {
  Status valid = check_types(types);
  if (!valid.ok()) return valid;
  if (only_ != nullptr) return std::shared_ptr<const PreparedOp>(only_);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(variants_.begin(), variants_.end(), [&types](const Variant& v) {
    return std::equal(v.types.begin(), v.types.end(), types.begin(), types.end(), same_type);
  });
  if (found != variants_.end()) {
    variants_.splice(variants_.begin(), variants_, found);
    return variants_.front().prepared;
  }
  Result<std::shared_ptr<PreparedOp>> made = make(types);
  if (!made.ok()) return made.status();
  variants_.push_front({types, made.take()});
  const std::shared_ptr<const PreparedOp> prepared = variants_.front().prepared;
  if (variants_.size() > kVariantsKept) {
    device_->retire(variants_.back().prepared);
    variants_.pop_back();
  }
  return prepared;
}

Result<Pool::Memory> Op::take_scratch(uint64_t size) {
  {
    const std::lock_guard<std::mutex> lock(scratch_mutex_);
    if (scratch_.size() == size) return std::move(scratch_);
  }
  return device_->pool().allocate(size, nullptr, device_->pool().preferred_alignment());
}

void Op::keep_scratch(Pool::Memory scratch) {
  const std::lock_guard<std::mutex> lock(scratch_mutex_);
  scratch_ = std::move(scratch);
}

}  // namespace backplane::exec
