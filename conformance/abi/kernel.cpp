// Kernels: what supports says binds, what launch is given it keeps, and it writes what it should.
#include <cstring>
#include <thread>

#include "abi/cases.hpp"
#include "abi/kernel_tools.hpp"
#include "abi/stream_tools.hpp"
#include "run/guarded_bytes.hpp"

namespace backplane::conformance {
namespace {

constexpr int64_t kCount = 1000;

// Gives both inputs, launches, reads the sum.
std::vector<float> added(Subject& subject, const Addition& add, const std::vector<float>& a,
                         const std::vector<float>& b) {
  subject.write(add.stream.get(), add.a.get(), 0, bytes_of(a));
  subject.write(add.stream.get(), add.b.get(), 0, bytes_of(b));
  launch(subject, add, add.stream.get());
  const std::string bytes = subject.read(add.stream.get(), add.sum.get(), add.outputs[0].offset,
                                         a.size() * sizeof(float));
  std::vector<float> sum(a.size());
  std::memcpy(sum.data(), bytes.data(), bytes.size());
  return sum;
}

void require_added(Subject& subject, const Addition& add, int salt, const std::string& what) {
  const std::vector<float> a = ramp(add.count, salt);
  const std::vector<float> b = ramp(add.count, salt + 100);
  require_equal(bytes_of(added(subject, add, a, b)), bytes_of(sums(a, b)), what);
}

void a_yes_binds(Subject& subject) {
  for (int64_t count : {int64_t{1}, int64_t{17}, kCount}) {
    const Addition add = addition(subject, count);
    require_added(subject, add, 1, "Add of vectors, after supports said yes");
  }
}

void a_no_has_a_reason(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {4});
  struct {
    const char* op;
    uint32_t since;
    const char* domain;
  } const strangers[] = {
      {"NoSuchOperator", 1, ""}, {"Add", 4000000, ""}, {"Add", 14, "com.example"}};
  for (const auto& stranger : strangers) {
    NodeDraft draft(stranger.op, stranger.since, {type, type}, {type});
    draft.node().domain = stranger.domain;
    require_status(subject.kernels().supports(subject.device(), &draft.node()),
                   BP_STATUS_UNSUPPORTED,
                   "supports of " + std::string(stranger.domain) + "." + stranger.op + " since " +
                       std::to_string(stranger.since));
    require(!subject.host().take_explanation().empty(), "an UNSUPPORTED came without a reason");
  }
}

void asked_again(Subject& subject) {
  const uint32_t since = since_of_add(subject, kCount);
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  NodeDraft draft("Add", since, {type, type}, {type});
  for (int round = 0; round < 10; ++round)
    require_status(subject.kernels().supports(subject.device(), &draft.node()), BP_OK,
                   "supports of a node that it supported before");
}

void node_is_borrowed(Subject& subject) {
  Owned<bp_kernel_t> kernel;
  Addition add = addition(subject, kCount);
  const uint32_t since = since_of_add(subject, kCount);
  std::vector<bp_tensor_type_t> inputs(2, type_of(BP_DTYPE_FLOAT32, {kCount}));
  std::vector<bp_tensor_type_t> outputs(1, inputs[0]);
  bp_node_t node = {};
  std::string op = "Add";
  node.struct_size = sizeof node;
  node.since = since;
  node.domain = node.name = "";
  node.op = op.c_str();
  node.input_count = 2;
  node.output_count = 1;
  node.inputs = inputs.data();
  node.outputs = outputs.data();
  add.kernel = kernel_of(subject, node);
  std::memset(inputs.data(), 0xff, inputs.size() * sizeof inputs[0]);
  std::memset(outputs.data(), 0xff, sizeof outputs[0]);
  std::memset(&node, 0xff, sizeof node);
  op = "Xxx";
  require_added(subject, add, 3, "a kernel whose node was overwritten after kernel_create");
}

void node_ends_where_it_says(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  NodeDraft draft("Add", since_of_add(subject, kCount), {type, type}, {type});
  const GuardedBytes page;
  for (uint32_t later : {0, 8, 64}) {
    const bp_node_t* node = at_the_end(page, draft.node(), later);
    const std::string what = " with " + std::to_string(later) + " bytes behind what 0.2 has";
    subject.check(subject.kernels().supports(subject.device(), node), "supports of a node" + what);
    const Owned<bp_kernel_t> kernel = kernel_of(subject, *node);
    if (subject.kernels().estimate_ns != nullptr)
      subject.kernels().estimate_ns(subject.device(), node);
  }
}

void arguments_are_borrowed(Subject& subject) {
  const Addition add = addition(subject, kCount);
  const std::vector<float> a = ramp(kCount, 1);
  const std::vector<float> b = ramp(kCount, 2);
  subject.write(add.stream.get(), add.a.get(), 0, bytes_of(a));
  subject.write(add.stream.get(), add.b.get(), 0, bytes_of(b));
  const auto launch_with_passing_arrays = [&] {
    std::vector<bp_tensor_t> inputs(add.inputs, add.inputs + 2);
    std::vector<bp_tensor_t> outputs(add.outputs, add.outputs + 1);
    subject.check(subject.kernels().launch(add.kernel.get(), add.stream.get(), inputs.data(),
                                           outputs.data(), add.scratch_argument()),
                  "launch");
    std::memset(inputs.data(), 0xff, 2 * sizeof inputs[0]);
    std::memset(outputs.data(), 0xff, sizeof outputs[0]);
  };
  if (subject.is_synchronous()) {
    launch_with_passing_arrays();
  } else {
    Gate gate(subject);
    gate.hold(add.stream.get());
    launch_with_passing_arrays();
    gate.open();
  }
  require_equal(subject.read(add.stream.get(), add.sum.get(), 0, kCount * sizeof(float)),
                bytes_of(sums(a, b)), "a launch whose arrays were overwritten when it returned");
}

void inputs_are_left_alone(Subject& subject) {
  const Addition add = addition(subject, kCount);
  const std::vector<float> a = ramp(kCount, 5);
  const std::vector<float> b = ramp(kCount, 6);
  added(subject, add, a, b);
  const uint64_t size = kCount * sizeof(float);
  require_equal(subject.read(add.stream.get(), add.a.get(), 0, size), bytes_of(a),
                "the first input");
  require_equal(subject.read(add.stream.get(), add.b.get(), 0, size), bytes_of(b),
                "the second input");
}

void nothing_beside_the_output(Subject& subject) {
  constexpr uint64_t kRoom = 4096;
  for (int64_t count : {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 65, 1000}) {
    const Addition add = addition(subject, count, kRoom);
    const uint64_t size = static_cast<uint64_t>(count) * sizeof(float);
    const std::string guards = subject.pattern(size + 2 * kRoom, 77);
    subject.write(add.stream.get(), add.sum.get(), 0, guards);
    require_added(subject, add, 7, "a sum between guards");
    const std::string now = subject.read(add.stream.get(), add.sum.get(), 0, size + 2 * kRoom);
    const uint64_t padding = subject.info().tensor_padding;
    require_equal(now.substr(0, kRoom), guards.substr(0, kRoom), "bytes before an output");
    if (padding < kRoom)
      require_equal(now.substr(kRoom + size + padding), guards.substr(kRoom + size + padding),
                    "bytes after an output of " + std::to_string(count) + " floats");
  }
}

void every_offset(Subject& subject) {
  constexpr int64_t kShort = 37;
  const uint64_t step = std::max<uint64_t>(sizeof(float), subject.info().offset_alignment);
  Addition add = addition(subject, kShort);
  const uint64_t lane_size =
      (with_padding(subject, kShort * sizeof(float)) + step - 1) / step * step;
  const Owned<bp_buffer_t> room = subject.buffer(16 * step + 3 * lane_size);
  const std::vector<float> a = ramp(kShort, 1);
  const std::vector<float> b = ramp(kShort, 2);
  for (uint64_t shift = 0; shift < 16; ++shift) {
    const uint64_t offsets[3] = {shift * step, shift * step + lane_size,
                                 shift * step + 2 * lane_size};
    subject.write(add.stream.get(), room.get(), offsets[0], bytes_of(a));
    subject.write(add.stream.get(), room.get(), offsets[1], bytes_of(b));
    bp_tensor_t* tensors[3] = {&add.inputs[0], &add.inputs[1], &add.outputs[0]};
    for (int i = 0; i < 3; ++i) {
      tensors[i]->buffer = room.get();
      tensors[i]->offset = offsets[i];
    }
    launch(subject, add, add.stream.get());
    require_equal(subject.read(add.stream.get(), room.get(), offsets[2], kShort * sizeof(float)),
                  bytes_of(sums(a, b)),
                  "a sum at offset " + std::to_string(offsets[2]) + " of a shared buffer");
  }
}

void nothing_is_kept(Subject& subject) {
  const Addition add = addition(subject, kCount);
  for (int salt : {1, 2, 1, 3, 1, 1, 2})
    require_added(subject, add, salt,
                  "a kernel launched again with other values at the same place");
}

// What is right at first may go wrong later: caches that fill, counters that warm up.
void right_at_every_launch(Subject& subject) {
  const Addition add = addition(subject, kCount);
  for (int launched = 1; launched <= 300; ++launched)
    require_added(subject, add, launched, "launch " + std::to_string(launched) + " of one kernel");
}

void two_streams_at_once(Subject& subject) {
  const Addition first = addition(subject, kCount);
  std::vector<std::string> failures(2);
  const auto drive = [&subject, &first, &failures](int salt) {
    try {
      Addition mine = addition(subject, kCount);
      bp_kernel_t* own = mine.kernel.get();
      for (int round = 0; round < 200; ++round) {
        const std::vector<float> a = ramp(kCount, salt + round);
        const std::vector<float> b = ramp(kCount, salt + round + 50);
        subject.write(mine.stream.get(), mine.a.get(), 0, bytes_of(a));
        subject.write(mine.stream.get(), mine.b.get(), 0, bytes_of(b));
        bp_kernel_t* shared = round % 4 != 3 ? first.kernel.get() : own;
        subject.check(subject.kernels().launch(shared, mine.stream.get(), mine.inputs, mine.outputs,
                                               mine.scratch_argument()),
                      "launch");
        require_equal(subject.read(mine.stream.get(), mine.sum.get(), 0, kCount * sizeof(float)),
                      bytes_of(sums(a, b)), "a kernel that two threads launch at once");
      }
    } catch (const CaseEnd& end) {
      failures[salt == 0 ? 0 : 1] = end.text;
    }
  };
  std::thread other([&drive] { drive(1000); });
  drive(0);
  other.join();
  for (const std::string& text : failures) require(text.empty(), text);
}

void many_launches_behind_a_gate(Subject& subject) {
  need_streams(subject);
  const Addition add = addition(subject, kCount);
  const std::vector<float> a = ramp(kCount, 1);
  const std::vector<float> b = ramp(kCount, 2);
  subject.write(add.stream.get(), add.a.get(), 0, bytes_of(a));
  subject.write(add.stream.get(), add.b.get(), 0, bytes_of(b));
  Gate gate(subject);
  must_return_before(gate, "one of 60 launches", [&] {
    gate.hold(add.stream.get());
    for (int i = 0; i < 60; ++i) launch(subject, add, add.stream.get());
  });
  gate.open();
  require_equal(subject.read(add.stream.get(), add.sum.get(), 0, kCount * sizeof(float)),
                bytes_of(sums(a, b)), "the last of 60 launches behind a gate");
}

void no_elements(Subject& subject) {
  Addition add = addition(subject, 0);
  for (bp_tensor_t* tensor : {&add.inputs[0], &add.inputs[1], &add.outputs[0]})
    tensor->buffer = nullptr;
  launch(subject, add, add.stream.get());
  subject.finish(add.stream.get());
}

void unknown_sizes(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {-2});
  NodeDraft draft("Add", since_of_add(subject, -2), {type, type}, {type});
  const Owned<bp_kernel_t> kernel = kernel_of(subject, draft.node());
  for (int64_t count : {1, 64, 2, 1000, 3, 17, 5, 65, 16, 1}) {
    Addition add = addition(subject, count);
    const auto info_of = subject.kernels().kernel_info;
    const bp_kernel_info_t* info = info_of != nullptr ? info_of(kernel.get()) : nullptr;
    if (info != nullptr && info->scratch_size != 0)
      not_applicable("it wants scratch of unknown size");
    const std::vector<float> a = ramp(count, 1);
    const std::vector<float> b = ramp(count, 2);
    subject.write(add.stream.get(), add.a.get(), 0, bytes_of(a));
    subject.write(add.stream.get(), add.b.get(), 0, bytes_of(b));
    subject.check(
        subject.kernels().launch(kernel.get(), add.stream.get(), add.inputs, add.outputs, nullptr),
        "launch of a kernel for unknown sizes");
    require_equal(subject.read(add.stream.get(), add.sum.get(), 0,
                               static_cast<uint64_t>(count) * sizeof(float)),
                  bytes_of(sums(a, b)),
                  "a kernel for unknown sizes at " + std::to_string(count) + " elements");
  }
}

void refused_numerics(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  NodeDraft draft("Add", since_of_add(subject, kCount), {type, type}, {type});
  draft.node().refused = (BP_NUMERICS_FLAG_FAST_FUNCTIONS << 1) - 1;
  need_support(subject, draft.node());
  const Owned<bp_kernel_t> kernel = kernel_of(subject, draft.node());
  const auto info_of = subject.kernels().kernel_info;
  const bp_kernel_info_t* info = info_of != nullptr ? info_of(kernel.get()) : nullptr;
  if (info == nullptr) return;
  require((info->numerics & draft.node().refused) == 0,
          "a kernel declares numerics that its node refused");
  for (bp_arithmetic_t arithmetic : {info->products, info->accumulates})
    require(arithmetic == 0 || arithmetic == BP_DTYPE_FLOAT32 || arithmetic == BP_DTYPE_FLOAT64,
            "a kernel declares arithmetic less exact than promised, which its node refused");
}

void bool_is_zero_or_one(Subject& subject) {
  constexpr int64_t kFew = 5;
  const int64_t to = BP_DTYPE_BOOL;
  NodeDraft draft("Cast", 13, {type_of(BP_DTYPE_FLOAT32, {kFew})},
                  {type_of(BP_DTYPE_BOOL, {kFew})});
  draft.add_int("to", &to);
  need_support(subject, draft.node());
  const Owned<bp_kernel_t> kernel = kernel_of(subject, draft.node());
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> from = subject.buffer(with_padding(subject, kFew * sizeof(float)));
  const Owned<bp_buffer_t> result = subject.buffer(with_padding(subject, kFew));
  subject.write(stream.get(), from.get(), 0, bytes_of({0.0f, 2.0f, -0.0f, 0.5f, -3.0f}));
  bp_tensor_t input = {};
  bp_tensor_t output = {};
  input.type = type_of(BP_DTYPE_FLOAT32, {kFew});
  input.buffer = from.get();
  output.type = type_of(BP_DTYPE_BOOL, {kFew});
  output.buffer = result.get();
  subject.check(subject.kernels().launch(kernel.get(), stream.get(), &input, &output, nullptr),
                "launch of Cast");
  require_equal(subject.read(stream.get(), result.get(), 0, kFew), std::string("\0\1\0\1\1", kFew),
                "0, 2, -0, 0.5 and -3 as bool");
}

void absent_outputs(Subject& subject) {
  const bp_tensor_type_t from = type_of(BP_DTYPE_FLOAT32, {1, 1, 4, 4});
  const bp_tensor_type_t to = type_of(BP_DTYPE_FLOAT32, {1, 1, 2, 2});
  const int64_t zero = 0;
  const std::vector<int64_t> twos = {2, 2};
  const std::vector<int64_t> ones = {1, 1};
  const std::vector<int64_t> pads = {0, 0, 0, 0};
  NodeDraft draft("MaxPool", 12, {from}, {to, bp_tensor_type_t{}});
  draft.add_ints("kernel_shape", twos);
  draft.add_ints("strides", twos);
  draft.add_ints("dilations", ones);
  draft.add_ints("pads", pads);
  draft.add_int("ceil_mode", &zero);
  draft.add_int("storage_order", &zero);
  need_support(subject, draft.node());
  const Owned<bp_kernel_t> kernel = kernel_of(subject, draft.node());
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> input_buffer = subject.buffer(with_padding(subject, 16 * sizeof(float)));
  const Owned<bp_buffer_t> output_buffer = subject.buffer(with_padding(subject, 4 * sizeof(float)));
  subject.write(stream.get(), input_buffer.get(), 0, bytes_of(ramp(16, 0)));
  bp_tensor_t input = {};
  bp_tensor_t outputs[2] = {};
  input.type = from;
  input.buffer = input_buffer.get();
  outputs[0].type = to;
  outputs[0].buffer = output_buffer.get();
  const auto info_of = subject.kernels().kernel_info;
  const bp_kernel_info_t* info = info_of != nullptr ? info_of(kernel.get()) : nullptr;
  if (info != nullptr && info->scratch_size != 0) not_applicable("it wants scratch");
  subject.check(subject.kernels().launch(kernel.get(), stream.get(), &input, outputs, nullptr),
                "launch of MaxPool without Indices");
  const std::vector<float> all = ramp(16, 0);
  require_equal(subject.read(stream.get(), output_buffer.get(), 0, 4 * sizeof(float)),
                bytes_of({all[5], all[7], all[13], all[15]}), "MaxPool without Indices");
}

void destroy_null(Subject& subject) { subject.kernels().kernel_destroy(nullptr); }

void kernel_holds_nothing_back(Subject& subject) {
  require_added(subject, addition(subject, kCount), 0, "a first kernel");
  const uint64_t before = subject.host().allocated_bytes();
  for (int round = 0; round < 50; ++round) {
    const Addition add = addition(subject, kCount);
    require_added(subject, add, round, "a kernel, made and ended again and again");
  }
  require(subject.host().allocated_bytes() <= before,
          "host memory is held after kernels, streams and buffers were ended");
}

const AbiCase kCases[] = {
    {"operators/a-yes-binds", "BP-KERNEL-1",
     "a node that supports takes can be created and launched", a_yes_binds},
    {"operators/a-no-has-a-reason", "BP-BASE-5",
     "an unknown operator, version or domain is UNSUPPORTED with a reason", a_no_has_a_reason},
    {"operators/asked-again-says-the-same", "BP-KERNEL-8",
     "supports says the same for the same node", asked_again},
    {"operators/node-is-borrowed", "BP-KERNEL-2",
     "a node may be overwritten when kernel_create returns", node_is_borrowed},
    {"operators/node-ends-where-it-says", "BP-BASE-1",
     "no byte behind a node's struct_size is read, and later fields change nothing",
     node_ends_where_it_says},
    {"operators/launch-arguments-are-borrowed", "BP-BASE-8",
     "launch's arrays may be overwritten when it returns, though the work has not run",
     arguments_are_borrowed},
    {"operators/inputs-are-left-alone", "BP-KERNEL-3", "a launch does not write its inputs",
     inputs_are_left_alone},
    {"operators/nothing-beside-the-output", "BP-KERNEL-10",
     "a launch writes its output and its padding, and not a byte beside",
     nothing_beside_the_output},
    {"operators/every-offset", "BP-MEM-1",
     "tensors lie anywhere in a shared buffer that offset_alignment allows", every_offset},
    {"operators/nothing-is-kept-between-launches", "BP-KERNEL-5",
     "other values at the same addresses give other results", nothing_is_kept},
    {"operators/right-at-every-launch", "BP-KERNEL-5",
     "300 launches of one kernel, each with other values, are all right", right_at_every_launch},
    {"operators/two-streams-at-once", "BP-KERNEL-4",
     "one kernel is launched by two threads at once, on two streams where there are any",
     two_streams_at_once},
    {"operators/many-launches-behind-a-gate", "", "60 launches are taken behind a shut gate",
     many_launches_behind_a_gate},
    {"operators/tensor-without-elements", "BP-TENSOR-2",
     "a tensor without elements has no buffer, and none of its bytes is touched", no_elements},
    {"operators/unknown-sizes", "BP-KERNEL-9",
     "a kernel for unknown sizes serves ten sizes in one life", unknown_sizes},
    {"operators/refused-numerics", "BP-KERNEL-11",
     "a kernel has none of the numerics that its node refuses", refused_numerics},
    {"operators/bool-is-zero-or-one", "BP-TENSOR-1", "BOOL outputs hold 0 or 1",
     bool_is_zero_or_one},
    {"operators/absent-output", "BP-KERNEL-7", "an absent output is not computed into memory",
     absent_outputs},
    {"operators/destroy-null-does-nothing", "BP-BASE-3", "kernel_destroy(NULL) does nothing",
     destroy_null},
    {"operators/kernels-hold-nothing-back", "", "what kernels took from the host is given back",
     kernel_holds_nothing_back},
};

}  // namespace

std::vector<AbiCase> kernel_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
