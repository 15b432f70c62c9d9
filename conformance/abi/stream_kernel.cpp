// Kernels on streams: in order with transfers, held by marks, several at once, and what a launch
// that cannot run yet has captured.
#include <array>
#include <cstring>

#include "abi/cases.hpp"
#include "abi/kernel_tools.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr int64_t kCount = 500;
constexpr uint64_t kSize = kCount * sizeof(float);

void copy_buffer(Subject& subject, bp_stream_t* stream, const Owned<bp_buffer_t>& to,
                 const Owned<bp_buffer_t>& from) {
  subject.check(subject.memory().copy(stream, to.get(), 0, from.get(), 0, kSize), "copy");
}

// Reads that were given, with what each must bring.
struct Expected {
  std::vector<PendingRead> reads;
  std::vector<std::string> wanted;

  explicit Expected(size_t count) { reads.reserve(count); }  // so that no target moves
  void read(Subject& subject, bp_stream_t* stream, const Owned<bp_buffer_t>& from,
            const std::vector<float>& values) {
    reads.push_back({std::string(kSize, '\0')});
    wanted.push_back(bytes_of(values));
    read_later(subject, stream, from.get(), 0, &reads.back());
  }
};

// Seven pieces: writes, two sums of which the second takes the first's result, and their reads.
void give_round(Subject& subject, const Addition& add, int round, std::vector<float>* b,
                Expected* expected) {
  bp_stream_t* stream = add.stream.get();
  const std::vector<float> a = ramp(kCount, round);
  const size_t at = 17 * static_cast<size_t>(round) + 1;
  const std::vector<float> part = ramp(round + 1, round + 900);
  std::copy(part.begin(), part.end(), b->begin() + static_cast<std::ptrdiff_t>(at));
  subject.write(stream, add.a.get(), 0, bytes_of(a));
  subject.write(stream, add.b.get(), at * sizeof(float), bytes_of(part));
  launch(subject, add, stream);
  const std::vector<float> once = sums(a, *b);
  expected->read(subject, stream, add.sum, once);
  copy_buffer(subject, stream, add.a, add.sum);
  launch(subject, add, stream);
  expected->read(subject, stream, add.sum, sums(once, *b));
}

void kernels_and_transfers_in_order(Subject& subject) {
  need_streams(subject);
  constexpr size_t kRounds = 8;
  const Addition add = addition(subject, kCount);
  for (int repeat = 0; repeat < 10; ++repeat) {
    std::vector<float> b = ramp(kCount, 500 + repeat);
    subject.write(add.stream.get(), add.b.get(), 0, bytes_of(b));
    Expected expected(2 * kRounds);
    Gate gate(subject);
    gate.hold(add.stream.get());
    for (int round = 0; round < int{kRounds}; ++round)
      give_round(subject, add, round, &b, &expected);
    gate.open();
    subject.finish(add.stream.get());
    for (size_t i = 0; i < expected.reads.size(); ++i)
      require_equal(expected.reads[i].target, expected.wanted[i],
                    "sum " + std::to_string(i) + " among transfers and other sums");
  }
}

// sum = x + y; left = sum + y and right = sum + x at once; end = left + right.
void a_diamond_of_kernels(Subject& subject) {
  need_streams(subject);
  enum { kTop, kLeft, kRight, kEnd };
  std::array<Addition, 4> adds = {addition(subject, kCount), addition(subject, kCount),
                                  addition(subject, kCount), addition(subject, kCount)};
  std::array<Owned<bp_event_t>, 4> done = {subject.event(), subject.event(), subject.event(),
                                           subject.event()};
  const auto joins = [&adds](int which, const Owned<bp_buffer_t>& a, const Owned<bp_buffer_t>& b) {
    adds[which].inputs[0].buffer = a.get();
    adds[which].inputs[1].buffer = b.get();
  };
  joins(kLeft, adds[kTop].sum, adds[kTop].b);
  joins(kRight, adds[kTop].sum, adds[kTop].a);
  joins(kEnd, adds[kLeft].sum, adds[kRight].sum);
  const auto run = [&](int which, const std::vector<int>& after) {
    bp_stream_t* stream = adds[which].stream.get();
    for (int before : after) wait(subject, done[before].get(), stream);
    launch(subject, adds[which], stream);
    record(subject, done[which].get(), stream);
  };
  for (int round = 0; round < 30; ++round) {
    const std::vector<float> x = ramp(kCount, round);
    const std::vector<float> y = ramp(kCount, round + 50);
    Gate gate(subject);
    gate.hold(adds[kTop].stream.get());
    subject.write(adds[kTop].stream.get(), adds[kTop].a.get(), 0, bytes_of(x));
    subject.write(adds[kTop].stream.get(), adds[kTop].b.get(), 0, bytes_of(y));
    run(kTop, {});
    run(kLeft, {kTop});
    run(kRight, {kTop});
    run(kEnd, {kLeft, kRight});
    require_status(subject.streams().event_synchronize(done[kEnd].get(), kMillisecondNs),
                   BP_STATUS_TIMEOUT, "the end of four kernels, the first of them held");
    gate.open();
    const std::vector<float> sum = sums(x, y);
    require_equal(subject.read(adds[kEnd].stream.get(), adds[kEnd].sum.get(), 0, kSize),
                  bytes_of(sums(sums(sum, y), sums(sum, x))),
                  "the end of a diamond of four kernels on four streams");
    for (const Addition& add : adds) subject.finish(add.stream.get());
  }
}

constexpr int64_t kRows = 16;
constexpr int64_t kInner = 32;
constexpr uint64_t kLeftSize = kRows * kInner * sizeof(float);
constexpr uint64_t kProductSize = kRows * kRows * sizeof(float);

// Factors small enough that every sum is exact.
std::vector<float> factors(int64_t count, int salt) {
  std::vector<float> values = ramp(count, salt);
  for (float& value : values) value = static_cast<float>(static_cast<int>(value) % 7);
  return values;
}

std::string product(const std::vector<float>& left, const std::vector<float>& right) {
  std::vector<float> values(kRows * kRows);
  for (size_t row = 0; row < kRows; ++row)
    for (size_t column = 0; column < kRows; ++column)
      for (size_t k = 0; k < kInner; ++k)
        values[row * kRows + column] += left[row * kInner + k] * right[k * kRows + column];
  return bytes_of(values);
}

Owned<bp_kernel_t> product_kernel(Subject& subject) {
  for (uint32_t since : {13, 9, 1}) {
    NodeDraft draft(
        "MatMul", since,
        {type_of(BP_DTYPE_FLOAT32, {kRows, kInner}), type_of(BP_DTYPE_FLOAT32, {kInner, kRows})},
        {type_of(BP_DTYPE_FLOAT32, {kRows, kRows})});
    if (subject.kernels().supports(subject.device(), &draft.node()) == BP_OK)
      return kernel_of(subject, draft.node());
  }
  unsupported("the plugin does not serve MatMul of float32" + subject.words());
}

// A stream on which one kernel is launched again and again, each time with other factors and to
// another place.
class Products {
 public:
  static constexpr int kLaunches = 20;

  Products(Subject& subject, bp_kernel_t* kernel, int salt)
      : subject_(subject), kernel_(kernel), salt_(salt), stream_(subject.stream()) {
    const uint64_t alignment = subject.info().offset_alignment;
    slot_ = (with_padding(subject, kProductSize) + alignment - 1) / alignment * alignment;
    left_ = subject.buffer(with_padding(subject, kLeftSize));
    right_ = subject.buffer(with_padding(subject, kLeftSize));
    products_ = subject.buffer(kLaunches * slot_);
    const auto info_of = subject.kernels().kernel_info;
    const bp_kernel_info_t* info = info_of != nullptr ? info_of(kernel) : nullptr;
    scratch_size_ = info != nullptr ? info->scratch_size : 0;
    if (scratch_size_ == BP_SIZE_UNKNOWN) not_applicable("it wants scratch of unknown size");
    if (scratch_size_ > 0) scratch_ = subject.buffer(scratch_size_);
  }
  bp_stream_t* stream() const { return stream_.get(); }

  void give() {
    subject_.write(stream(), right_.get(), 0, bytes_of(right()));
    for (int i = 0; i < kLaunches; ++i) {
      subject_.write(stream(), left_.get(), 0, bytes_of(left(i)));
      launch_to(static_cast<uint64_t>(i) * slot_);
    }
  }
  void require_right(const std::string& what) {
    for (int i = 0; i < kLaunches; ++i)
      require_equal(
          subject_.read(stream(), products_.get(), static_cast<uint64_t>(i) * slot_, kProductSize),
          product(left(i), right()), "product " + std::to_string(i) + " of " + what);
  }

 private:
  std::vector<float> left(int launch) const { return factors(kRows * kInner, salt_ + 3 * launch); }
  std::vector<float> right() const { return factors(kRows * kInner, salt_ + 1); }

  void launch_to(uint64_t offset) {
    bp_tensor_t inputs[2] = {};
    bp_tensor_t output = {};
    bp_tensor_t scratch = {};
    inputs[0].type = type_of(BP_DTYPE_FLOAT32, {kRows, kInner});
    inputs[0].buffer = left_.get();
    inputs[1].type = type_of(BP_DTYPE_FLOAT32, {kInner, kRows});
    inputs[1].buffer = right_.get();
    output.type = type_of(BP_DTYPE_FLOAT32, {kRows, kRows});
    output.buffer = products_.get();
    output.offset = offset;
    scratch.type = type_of(BP_DTYPE_UINT8, {static_cast<int64_t>(scratch_size_)});
    scratch.buffer = scratch_.get();
    subject_.check(subject_.kernels().launch(kernel_, stream(), inputs, &output,
                                             scratch_size_ > 0 ? &scratch : nullptr),
                   "launch of MatMul");
  }

  Subject& subject_;
  bp_kernel_t* kernel_;
  int salt_;
  uint64_t slot_ = 0;
  uint64_t scratch_size_ = 0;
  Owned<bp_stream_t> stream_;
  Owned<bp_buffer_t> left_, right_, products_, scratch_;
};

// Nothing waits between the launches, so that what a kernel keeps for itself is used by both.
void one_kernel_two_streams(Subject& subject) {
  need_streams(subject);
  const Owned<bp_kernel_t> kernel = product_kernel(subject);
  Products first(subject, kernel.get(), 1);
  Products second(subject, kernel.get(), 1000);
  for (int round = 0; round < 10; ++round) {
    Gate gate(subject);
    gate.hold(first.stream());
    gate.hold(second.stream());
    first.give();
    second.give();
    gate.open();
    first.require_right("one kernel on two streams, let go together");
    second.require_right("one kernel on two streams, let go together");
  }
}

// A launch behind a gate whose arrays are overwritten before it opens.
void require_captured(Subject& subject, const Owned<bp_kernel_t>& kernel, bp_stream_t* stream,
                      std::vector<bp_tensor_t> inputs, std::vector<bp_tensor_t> outputs,
                      const std::function<void()>& overwrite) {
  Gate gate(subject);
  gate.hold(stream);
  subject.check(
      subject.kernels().launch(kernel.get(), stream, inputs.data(), outputs.data(), nullptr),
      "launch");
  overwrite();
  gate.open();
  subject.finish(stream);
}

const bp_kernel_info_t& info_without_scratch(Subject& subject, const Owned<bp_kernel_t>& kernel) {
  static const bp_kernel_info_t nothing_special = {};
  const auto info_of = subject.kernels().kernel_info;
  const bp_kernel_info_t* info = info_of != nullptr ? info_of(kernel.get()) : nullptr;
  if (info == nullptr) return nothing_special;
  if (info->scratch_size != 0) not_applicable("it wants scratch");
  return *info;
}

// Slice of eight floats, with its bounds brought at launch.
void host_bytes_are_captured(Subject& subject) {
  need_streams(subject);
  const bp_tensor_type_t index = type_of(BP_DTYPE_INT64, {1});
  const bp_tensor_type_t whole = type_of(BP_DTYPE_FLOAT32, {8});
  const bp_tensor_type_t part = type_of(BP_DTYPE_FLOAT32, {3});
  NodeDraft draft("Slice", 13, {whole, index, index, index}, {part});
  need_support(subject, draft.node());
  const Owned<bp_kernel_t> kernel = kernel_of(subject, draft.node());
  const bp_kernel_info_t& info = info_without_scratch(subject, kernel);
  for (uint32_t i = 1; i < 4; ++i)
    if (info.inputs == nullptr || (info.inputs[i] & BP_ARGUMENT_FLAG_HOST) == 0)
      unsupported("its Slice reads no bounds on the host");
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> from = subject.buffer(with_padding(subject, 8 * sizeof(float)));
  const Owned<bp_buffer_t> to = subject.buffer(with_padding(subject, 3 * sizeof(float)));
  const std::vector<float> values = ramp(8, 1);
  subject.write(stream.get(), from.get(), 0, bytes_of(values));
  std::array<int64_t, 3> bounds = {2, 5, 0};  // starts, ends, axes
  bp_tensor_t data = {};
  data.type = whole;
  data.buffer = from.get();
  std::vector<bp_tensor_t> inputs = {data, {}, {}, {}};
  for (size_t i = 0; i < bounds.size(); ++i) {
    inputs[i + 1].type = index;
    inputs[i + 1].host = &bounds[i];
  }
  bp_tensor_t output = {};
  output.type = part;
  output.buffer = to.get();
  require_captured(subject, kernel, stream.get(), inputs, {output}, [&] { bounds = {4, 7, 0}; });
  require_equal(subject.read(stream.get(), to.get(), 0, 3 * sizeof(float)),
                bytes_of({values[2], values[3], values[4]}),
                "a Slice whose bounds were overwritten when launch returned");
}

// Add of a transposed matrix, if the kernel takes it as it lies.
void strides_are_captured(Subject& subject) {
  need_streams(subject);
  constexpr size_t kSide = 8;
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kSide, kSide});
  NodeDraft draft("Add", since_of_add(subject, 64), {type, type}, {type});
  std::array<int64_t, 2> strides = {1, kSide};
  const std::array<const int64_t*, 2> announced = {strides.data(), nullptr};
  draft.node().input_strides = announced.data();
  need_support(subject, draft.node());
  const Owned<bp_kernel_t> kernel = kernel_of(subject, draft.node());
  const bp_kernel_info_t& info = info_without_scratch(subject, kernel);
  if (info.inputs == nullptr || (info.inputs[0] & BP_ARGUMENT_FLAG_STRIDED) == 0)
    unsupported("its Add takes no strides");
  Addition add = addition(subject, kSide * kSide);  // for its buffers
  for (bp_tensor_t* tensor : {&add.inputs[0], &add.inputs[1], &add.outputs[0]}) tensor->type = type;
  add.inputs[0].strides = strides.data();
  const std::vector<float> a = ramp(kSide * kSide, 1);
  const std::vector<float> b = ramp(kSide * kSide, 2);
  std::vector<float> wanted(a.size());
  for (size_t row = 0; row < kSide; ++row)
    for (size_t column = 0; column < kSide; ++column)
      wanted[row * kSide + column] = a[column * kSide + row] + b[row * kSide + column];
  subject.write(add.stream.get(), add.a.get(), 0, bytes_of(a));
  subject.write(add.stream.get(), add.b.get(), 0, bytes_of(b));
  require_captured(subject, kernel, add.stream.get(), {add.inputs[0], add.inputs[1]},
                   {add.outputs[0]}, [&] {
                     strides = {kSide, 1};
                   });
  require_equal(subject.read(add.stream.get(), add.sum.get(), 0, wanted.size() * sizeof(float)),
                bytes_of(wanted), "a sum whose strides were overwritten when launch returned");
}

const AbiCase kCases[] = {
    {"stream/kernels-and-transfers-in-order", "BP-STREAM-10",
     "16 launches among writes, copies and reads behind a gate see what was given before them",
     kernels_and_transfers_in_order},
    {"stream/a-diamond-of-kernels", "BP-STREAM-4",
     "kernels on four streams are held by the marks of the kernels whose results they take",
     a_diamond_of_kernels},
    {"stream/one-kernel-two-streams", "BP-KERNEL-4,BP-KERNEL-5",
     "one kernel, 20 times on each of two streams with nothing waited for, gives each its own",
     one_kernel_two_streams},
    {"stream/host-bytes-are-captured", "BP-BASE-8",
     "what a launch is given in host memory may be overwritten when it returns",
     host_bytes_are_captured},
    {"stream/strides-are-captured", "BP-BASE-8",
     "a launch's strides may be overwritten when it returns", strides_are_captured},
};

}  // namespace

std::vector<AbiCase> stream_kernel_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
