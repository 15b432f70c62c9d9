#include "published/node_run.hpp"

#include <algorithm>
#include <utility>

#include "ops/table.hpp"
#include "run/bounded_output.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kGuard = 256;  // bytes before and after every tensor
constexpr char kPoison = '\xa5';

// A tensor in a buffer of its own, with room before and after it.
struct Placed {
  Owned<bp_buffer_t> buffer;
  uint64_t offset = 0;
  uint64_t size = 0;
  std::string whole;  // what was written to the buffer
  bp_tensor_t tensor = {};
};

std::string node_words(const ops::Operator& op) {
  return op.name.empty() ? op.op : op.op + " \"" + op.name + "\"";
}

// The plugin's own words; they name the operator, or it is put before them.
std::string reason_of(const ops::Operator& op, const std::string& words) {
  if (words.empty()) return op.op + ": no reason was given";
  return words.find(op.op) != std::string::npos ? words : op.op + ": " + words;
}

uint64_t size_of(const bp_tensor_type_t& type) {
  const Result<uint64_t> size = byte_size(type);
  if (!size.ok()) throw Refusal{RefusedBy::kHost, size.status().text()};
  return *size;
}

Placed place(Subject& subject, bp_stream_t* stream, const bp_tensor_type_t& type,
             const std::string* bytes) {
  Placed placed;
  placed.tensor.type = type;
  placed.size = bytes != nullptr ? bytes->size() : size_of(type);
  if (placed.size == 0) return placed;
  placed.offset = std::max<uint64_t>(kGuard, subject.info().preferred_alignment);
  const uint64_t after = kGuard + subject.info().tensor_padding;
  placed.whole = std::string(placed.offset + placed.size + after, kPoison);
  if (bytes != nullptr) placed.whole.replace(placed.offset, placed.size, *bytes);
  placed.buffer = subject.buffer(placed.whole.size());
  subject.write(stream, placed.buffer.get(), 0, placed.whole);
  placed.tensor.buffer = placed.buffer.get();
  placed.tensor.offset = placed.offset;
  return placed;
}

// The buffer as it is now; fails where a byte outside `size` (and its padding) has changed.
std::string read_between_guards(Subject& subject, bp_stream_t* stream, const Placed& placed,
                                const std::string& what, uint64_t padding) {
  const std::string now = subject.read(stream, placed.buffer.get(), 0, placed.whole.size());
  const uint64_t end = placed.offset + placed.size + padding;
  require_equal(now.substr(0, placed.offset), placed.whole.substr(0, placed.offset),
                "bytes before " + what);
  require_equal(now.substr(end), placed.whole.substr(end), "bytes after " + what);
  return now.substr(placed.offset, placed.size);
}

// Everything that a launch needs, alive until the work is done.
class NodeRun {
 public:
  NodeRun(Subject& subject, bp_stream_t* stream, const NodeCall& call)
      : subject_(subject), stream_(stream), call_(call), output_types_(infer_outputs(call)) {}

  std::vector<TensorBytes> run() {
    create();
    place_inputs();
    place_outputs();
    place_scratch();
    launch();
    check_inputs();
    return read_outputs();
  }

 private:
  void create() {
    std::vector<bp_tensor_type_t> inputs;
    std::vector<ops::ConstantPtr> constants;
    for (size_t i = 0; i < call_.inputs.size(); ++i) {
      const TensorBytes* input = call_.inputs[i];
      inputs.push_back(input != nullptr ? input->type : bp_tensor_type_t{});
      const bool is_constant = input != nullptr && call_.input_is_constant[i];
      constants.push_back(is_constant ? ops::make_constant(input->type, input->bytes.data())
                                      : nullptr);
    }
    const ops::AbiNode abi(*call_.op, std::move(inputs), output_types_, constants);
    const bp_status_t status = subject_.kernels().supports(subject_.device(), &abi.node());
    if (status == BP_STATUS_UNSUPPORTED)
      throw Refusal{RefusedBy::kPlugin, reason_of(*call_.op, subject_.host().take_explanation())};
    subject_.check(status, "supports of " + node_words(*call_.op));
    bp_kernel_t* made = nullptr;
    subject_.check(subject_.kernels().kernel_create(subject_.device(), &abi.node(), &made),
                   "kernel_create of " + node_words(*call_.op));
    kernel_ = {made, [this](bp_kernel_t* ended) { subject_.kernels().kernel_destroy(ended); }};
    const auto info_of = subject_.kernels().kernel_info;
    info_ = info_of != nullptr ? info_of(made) : nullptr;
  }

  bp_argument_flags_t flags_of(size_t input) const {
    return info_ != nullptr && info_->inputs != nullptr ? info_->inputs[input] : 0;
  }

  void place_inputs() {
    for (size_t i = 0; i < call_.inputs.size(); ++i) {
      const TensorBytes* input = call_.inputs[i];
      if (input == nullptr || (flags_of(i) & BP_ARGUMENT_FLAG_BAKED) != 0) {
        inputs_.emplace_back();
      } else if ((flags_of(i) & BP_ARGUMENT_FLAG_HOST) != 0) {
        inputs_.emplace_back();
        inputs_.back().tensor.type = input->type;
        inputs_.back().tensor.host = input->bytes.data();
      } else {
        inputs_.push_back(place(subject_, stream_, input->type, &input->bytes));
      }
      input_tensors_.push_back(inputs_.back().tensor);
    }
  }

  void place_outputs() {
    for (size_t i = 0; i < output_types_.size(); ++i) {
      outputs_.push_back(is_absent(output_types_[i])
                             ? Placed()
                             : place(subject_, stream_, output_types_[i], nullptr));
      output_tensors_.push_back(outputs_.back().tensor);
    }
    for (size_t i = 0; i < output_types_.size(); ++i) {
      sizes_.emplace_back();
      if (!is_bounded(info_, i)) continue;
      if (!is_absent(output_types_[i]))
        sizes_.back() =
            place(subject_, stream_, tensor_type(BP_DTYPE_INT64, {output_types_[i].rank}), nullptr);
      output_tensors_.push_back(sizes_.back().tensor);
    }
  }

  void place_scratch() {
    uint64_t size = info_ != nullptr ? info_->scratch_size : 0;
    if (size == BP_SIZE_UNKNOWN) {
      std::vector<bp_tensor_type_t> inputs;
      for (const bp_tensor_t& tensor : input_tensors_) inputs.push_back(tensor.type);
      require(subject_.kernels().scratch_size != nullptr,
              "kernel_info says BP_SIZE_UNKNOWN and there is no scratch_size");
      subject_.check(subject_.kernels().scratch_size(kernel_.get(), inputs.data(),
                                                     output_types_.data(), &size),
                     "scratch_size");
    }
    if (size > 0)
      scratch_ = place(subject_, stream_, tensor_type(BP_DTYPE_UINT8, {static_cast<int64_t>(size)}),
                       nullptr);
  }

  void launch() {
    subject_.check(subject_.kernels().launch(
                       kernel_.get(), stream_, input_tensors_.data(), output_tensors_.data(),
                       scratch_.tensor.buffer != nullptr ? &scratch_.tensor : nullptr),
                   "launch of " + node_words(*call_.op));
    subject_.finish(stream_);
  }

  void check_inputs() {
    for (size_t i = 0; i < inputs_.size(); ++i)
      if (inputs_[i].buffer != nullptr)
        require_equal(read_between_guards(subject_, stream_, inputs_[i],
                                          "input " + std::to_string(i) + " of " + call_.op->op, 0),
                      call_.inputs[i]->bytes, "input " + std::to_string(i) + " after the launch");
    if (scratch_.buffer != nullptr)
      read_between_guards(subject_, stream_, scratch_, "the scratch of " + call_.op->op, 0);
  }

  std::vector<TensorBytes> read_outputs() {
    std::vector<TensorBytes> results;
    for (size_t i = 0; i < outputs_.size(); ++i) {
      TensorBytes& result = results.emplace_back();
      result.type = output_types_[i];
      if (outputs_[i].buffer != nullptr)
        result.bytes = read_between_guards(subject_, stream_, outputs_[i],
                                           "output " + std::to_string(i) + " of " + call_.op->op,
                                           subject_.info().tensor_padding);
      if (is_bounded(info_, i)) shorten(i, &result);
    }
    return results;
  }

  // The output lies dense, from its start, in the sizes that the kernel says.
  void shorten(size_t output, TensorBytes* result) {
    if (sizes_[output].buffer == nullptr) return;
    const std::string what = "output " + std::to_string(output) + " of " + call_.op->op;
    take_sizes(read_between_guards(subject_, stream_, sizes_[output], "the sizes of " + what,
                                   subject_.info().tensor_padding),
               what, &result->type);
    result->bytes.resize(size_of(result->type));
  }

  Subject& subject_;
  bp_stream_t* stream_;
  const NodeCall& call_;
  std::vector<bp_tensor_type_t> output_types_;
  Owned<bp_kernel_t> kernel_;
  const bp_kernel_info_t* info_ = nullptr;
  std::vector<Placed> inputs_;
  std::vector<Placed> outputs_;
  std::vector<Placed> sizes_;  // one per output
  Placed scratch_;
  std::vector<bp_tensor_t> input_tensors_;
  std::vector<bp_tensor_t> output_tensors_;
};

}  // namespace

std::vector<bp_tensor_type_t> infer_outputs(const NodeCall& call) {
  std::vector<bp_tensor_type_t> inputs;
  std::vector<ops::ConstantPtr> values;
  for (const TensorBytes* input : call.inputs) {
    inputs.push_back(input != nullptr ? input->type : bp_tensor_type_t{});
    values.push_back(input != nullptr ? ops::make_constant(input->type, input->bytes.data())
                                      : nullptr);
  }
  std::vector<bp_tensor_type_t> outputs(call.output_is_wanted.size());
  const ops::AbiNode abi(*call.op, std::move(inputs), outputs, values);
  const Status status = ops::infer_bounds(abi.node(), outputs.data());
  if (status.code() == BP_STATUS_NOT_READY || status.code() == BP_STATUS_UNSUPPORTED)
    throw Refusal{RefusedBy::kHost, status.text()};
  require(status.ok(), "the host cannot infer " + node_words(*call.op) + ": " + status.text());
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!call.output_is_wanted[i]) outputs[i] = bp_tensor_type_t{};
    if (has_unknown_size(outputs[i]))
      throw Refusal{RefusedBy::kHost, std::string(ops::kUnknownSize) + ": output " +
                                          std::to_string(i) + " of " + node_words(*call.op) +
                                          " is " + to_text(outputs[i])};
  }
  return outputs;
}

std::vector<TensorBytes> run_node(Subject& subject, bp_stream_t* stream, const NodeCall& call) {
  return NodeRun(subject, stream, call).run();
}

}  // namespace backplane::conformance
