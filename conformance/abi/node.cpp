// Nodes: what supports and kernel_create may read of one, and that their answers agree.
#include <algorithm>
#include <cstring>
#include <functional>

#include "abi/cases.hpp"
#include "abi/kernel_tools.hpp"
#include "abi/one_launch.hpp"
#include "abi/opening.hpp"
#include "abi/process.hpp"
#include "run/guarded_bytes.hpp"

namespace backplane::conformance {
namespace {

constexpr int64_t kCount = 64;

bp_status_t ask(Subject& subject, const bp_node_t& node) {
  return subject.kernels().supports(subject.device(), &node);
}

void require_refused(Subject& subject, bp_status_t came, const std::string& what) {
  require_status(came, BP_STATUS_UNSUPPORTED, what);
  require(!subject.host().take_explanation().empty(), what + " was refused without a reason");
}

// supports and kernel_create say the same, and a refusal comes with a reason each time.
void require_one_answer(Subject& subject, const bp_node_t& node, const std::string& what) {
  subject.host().take_explanation();
  const bp_status_t answer = ask(subject, node);
  if (answer != BP_OK) require_refused(subject, answer, "supports of " + what);
  bp_kernel_t* kernel = nullptr;
  const bp_status_t made = subject.kernels().kernel_create(subject.device(), &node, &kernel);
  if (made == BP_OK) subject.kernels().kernel_destroy(kernel);
  if (answer == BP_OK) return subject.check(made, "kernel_create of " + what);
  require_refused(subject, made, "kernel_create of " + what + ", which supports refuses,");
}

void every_type_is_answered(Subject& subject) {
  const uint32_t since = since_of_add(subject, kCount);
  for (bp_dtype_t dtype : {BP_DTYPE_FLOAT32, BP_DTYPE_UINT8, BP_DTYPE_INT8, BP_DTYPE_UINT16,
                           BP_DTYPE_INT16, BP_DTYPE_INT32, BP_DTYPE_INT64, BP_DTYPE_FLOAT16,
                           BP_DTYPE_FLOAT64, BP_DTYPE_UINT32, BP_DTYPE_UINT64, BP_DTYPE_BFLOAT16}) {
    const bp_tensor_type_t type = type_of(dtype, {kCount});
    NodeDraft draft("Add", since, {type, type}, {type});
    require_one_answer(subject, draft.node(), "Add of type " + std::to_string(dtype));
  }
}

void every_rank_is_answered(Subject& subject) {
  const uint32_t since = since_of_add(subject, kCount);
  for (uint32_t rank = 0; rank <= BP_MAX_RANK; ++rank) {
    const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, std::vector<int64_t>(rank, 2));
    NodeDraft draft("Add", since, {type, type}, {type});
    const std::string what = "Add of rank " + std::to_string(rank);
    require_one_answer(subject, draft.node(), what);
    if (ask(subject, draft.node()) != BP_OK) continue;
    const Owned<bp_kernel_t> kernel = kernel_of(subject, draft.node());
    const std::vector<float> values = ramp(int64_t{1} << rank, 3);
    require_equal(bytes_of(run_once(subject, kernel.get(), {type, type}, {values, values}, type)),
                  bytes_of(sums(values, values)), what);
  }
}

void strangers_are_refused_twice(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {4});
  for (const auto& [op, since] : {std::pair{"NoSuchOperator", 1u}, {"Add", 4000000u}}) {
    NodeDraft draft(op, since, {type, type}, {type});
    require_one_answer(subject, draft.node(), op);
  }
}

// The same node, and the text behind its `op`, at the same place with something else in it.
void contents_count(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  char op[16] = "Add";
  NodeDraft draft("Add", since_of_add(subject, kCount), {type, type}, {type});
  draft.node().op = op;
  subject.check(ask(subject, draft.node()), "supports of Add");
  std::strcpy(op, "NoAdd");
  require_refused(subject, ask(subject, draft.node()),
                  "supports of an unknown operator, its node where one of Add was before,");
  std::strcpy(op, "Add");
  subject.check(ask(subject, draft.node()), "supports of Add, asked again");
}

// Each text, and each array, touches a page that nobody may read.
void nothing_behind_is_read(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  const bp_tensor_type_t types[2] = {type, type};
  NodeDraft draft("Add", since_of_add(subject, kCount), {type, type}, {type});
  const GuardedBytes pages[5];
  const auto at_end_of = [](const GuardedBytes& page, const void* bytes, size_t size) {
    return std::memcpy(page.at_end(size), bytes, size);
  };
  bp_node_t node = draft.node();
  node.domain = static_cast<const char*>(at_end_of(pages[0], "", 1));
  node.op = static_cast<const char*>(at_end_of(pages[1], "Add", 4));
  node.name = static_cast<const char*>(at_end_of(pages[2], "n", 2));
  node.inputs = static_cast<const bp_tensor_type_t*>(at_end_of(pages[3], types, sizeof types));
  node.outputs = static_cast<const bp_tensor_type_t*>(at_end_of(pages[4], types, sizeof types[0]));
  subject.check(ask(subject, node), "supports");
  const Owned<bp_kernel_t> kernel = kernel_of(subject, node);
  if (subject.kernels().estimate_ns != nullptr)
    subject.kernels().estimate_ns(subject.device(), &node);
}

void long_texts(Subject& subject) {
  const std::string words(100'000, 'W');
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  NodeDraft named("Add", since_of_add(subject, kCount), {type, type}, {type});
  named.node().name = words.c_str();
  subject.check(ask(subject, named.node()), "supports of a node with a long name");
  const Owned<bp_kernel_t> kernel = kernel_of(subject, named.node());
  NodeDraft stranger(words, 1, {type}, {type});
  stranger.node().name = words.c_str();
  require_one_answer(subject, stranger.node(), "an operator with a long name");
  NodeDraft elsewhere("Add", 14, {type, type}, {type});
  elsewhere.node().domain = words.c_str();
  require_one_answer(subject, elsewhere.node(), "an operator of a domain with a long name");
}

// Both arrays are there, and have nothing in them.
void arrays_of_none(Subject& subject) {
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  NodeDraft draft("Add", since_of_add(subject, kCount), {type, type}, {type});
  draft.set_constants({nullptr, nullptr});
  const int64_t* const no_strides[2] = {};
  draft.node().input_strides = no_strides;
  subject.check(ask(subject, draft.node()), "supports of a node whose constants are all NULL");
  const Owned<bp_kernel_t> kernel = kernel_of(subject, draft.node());
  const std::vector<float> a = ramp(kCount, 1);
  require_equal(bytes_of(run_once(subject, kernel.get(), {type, type}, {a, a}, type)),
                bytes_of(sums(a, a)), "a sum");
}

// 2 AᵀB + 3 C of 2 x 2, its attributes in the given order.
void gemm_in_order(Subject& subject, const std::vector<int>& order) {
  const float alpha = 2;
  const float beta = 3;
  const int64_t transposed = 1;
  const int64_t as_is = 0;
  const bp_attribute_t attributes[4] = {{"alpha", BP_ATTRIBUTE_FLOAT, 1, &alpha},
                                        {"beta", BP_ATTRIBUTE_FLOAT, 1, &beta},
                                        {"transA", BP_ATTRIBUTE_INT, 1, &transposed},
                                        {"transB", BP_ATTRIBUTE_INT, 1, &as_is}};
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {2, 2});
  NodeDraft draft("Gemm", 13, {type, type, type}, {type});
  for (int i : order) draft.add(attributes[i]);
  need_support(subject, draft.node());
  const Owned<bp_kernel_t> kernel = kernel_of(subject, draft.node());
  const std::vector<float> result =
      run_once(subject, kernel.get(), {type, type, type},
               {{1, 2, 3, 4}, {5, 6, 7, 8}, {1, 10, 100, 1000}}, type);
  require_equal(bytes_of(result), bytes_of({55, 90, 376, 3088}),
                "Gemm with its attributes in another order");
}

void attributes_in_any_order(Subject& subject) {
  for (const std::vector<int>& order : {std::vector<int>{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}})
    gemm_in_order(subject, order);
}

void asking_uses_nothing_up(Subject& subject) {
  const uint32_t since = since_of_add(subject, kCount);
  const auto ask_all = [&](int64_t from) {
    for (int64_t size = from; size < from + 100; ++size) {
      const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {size});
      NodeDraft known("Add", since, {type, type}, {type});
      subject.check(ask(subject, known.node()), "supports");
      NodeDraft stranger("NoSuchOperator", 1, {type}, {type});
      require_refused(subject, ask(subject, stranger.node()), "supports of a stranger");
    }
  };
  ask_all(1);
  const ProcessUse before = ProcessUse::now();
  const uint64_t bytes = subject.host().allocated_bytes();
  ask_all(101);
  require_no_more_than(before, 8, "after 200 questions");
  require(subject.host().allocated_bytes() <= bytes, "supports holds host memory");
}

void two_threads_ask(Subject& subject) {
  const uint32_t since = since_of_add(subject, kCount);
  const bp_tensor_type_t type = type_of(BP_DTYPE_FLOAT32, {kCount});
  on_two_threads([&](int thread) {
    for (int round = 0; round < 200; ++round) {
      NodeDraft known("Add", since, {type, type}, {type});
      NodeDraft stranger("NoSuchOperator", 1, {type}, {type});
      if ((round + thread) % 2 == 0)
        subject.check(ask(subject, known.node()), "supports, asked by two threads at once,");
      else
        require_refused(subject, ask(subject, stranger.node()),
                        "supports of an unknown operator, asked by two threads at once,");
    }
  });
}

const AbiCase kCases[] = {
    {"operators/every-type-is-answered", "BP-KERNEL-1,BP-BASE-5",
     "for each type that Add has, supports and kernel_create say the same, and why not",
     every_type_is_answered},
    {"operators/every-rank-is-answered", "BP-KERNEL-1",
     "for each rank from 0 to 8 supports and kernel_create say the same, and sums are right",
     every_rank_is_answered},
    {"operators/refused-nodes-are-not-created", "BP-BASE-5,BP-BASE-2",
     "kernel_create refuses with a reason what supports refuses, and writes no handle",
     strangers_are_refused_twice},
    {"operators/contents-count-not-addresses", "BP-KERNEL-8,BP-BASE-8",
     "another node at the same place gets an answer of its own", contents_count},
    {"operators/nothing-behind-a-node-is-read", "",
     "texts are read to their NUL and arrays to their count, and no byte further",
     nothing_behind_is_read},
    {"operators/long-texts", "", "names of 100,000 characters are taken, or refused", long_texts},
    {"operators/arrays-of-none", "",
     "arrays of constants and strides that hold nothing are as none", arrays_of_none},
    {"operators/attributes-in-any-order", "", "attributes are found by name, in whatever order",
     attributes_in_any_order},
    {"operators/asking-uses-nothing-up", "BP-KERNEL-8",
     "200 questions leave no thread, file, mapping and host memory behind", asking_uses_nothing_up},
    {"operators/two-threads-ask-at-once", "BP-KERNEL-8",
     "two threads ask about different nodes at once, and each gets its own answer",
     two_threads_ask},
};

}  // namespace

std::vector<AbiCase> node_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
