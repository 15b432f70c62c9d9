// What a launch costs beside its kernel, counted: no allocation and no lock, on a synchronous
// device. The counters stand in for malloc and its family, and for pthread_mutex_lock, in this
// program.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdlib>

#include "exec/op_cache.hpp"
#include "exec/run.hpp"
#include "graph/typing.hpp"
#include "ops/table.hpp"

extern "C" {
void* __libc_malloc(size_t size);                      // NOLINT: glibc's names
void* __libc_calloc(size_t count, size_t size);        // NOLINT
void* __libc_realloc(void* pointer, size_t size);      // NOLINT
void* __libc_memalign(size_t alignment, size_t size);  // NOLINT
}

namespace {

struct Counts {
  bool are_on = false;
  uint64_t allocations = 0;
  uint64_t locks = 0;
};
thread_local Counts counts;  // of this thread alone

void count_allocation() { counts.allocations += counts.are_on ? 1 : 0; }

}  // namespace

extern "C" {
__attribute__((visibility("default"))) void* malloc(size_t size) {
  count_allocation();
  return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(size_t count, size_t size) {
  count_allocation();
  return __libc_calloc(count, size);
}
__attribute__((visibility("default"))) void* realloc(void* pointer, size_t size) {
  count_allocation();
  return __libc_realloc(pointer, size);
}
__attribute__((visibility("default"))) void* memalign(size_t alignment, size_t size) {
  count_allocation();
  return __libc_memalign(alignment, size);
}
__attribute__((visibility("default"))) void* aligned_alloc(size_t alignment, size_t size) {
  count_allocation();
  return __libc_memalign(alignment, size);
}
__attribute__((visibility("default"))) int posix_memalign(void** out, size_t alignment,
                                                          size_t size) {
  count_allocation();
  *out = __libc_memalign(alignment, size);
  return *out != nullptr ? 0 : 12;
}
__attribute__((visibility("default"))) int pthread_mutex_lock(pthread_mutex_t* mutex) {
  using Lock = int (*)(pthread_mutex_t*);
  static const Lock next = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  counts.locks += counts.are_on ? 1 : 0;
  return next(mutex);
}
}

namespace backplane::exec {
namespace {

constexpr int kLaunches = 10000;
constexpr int kNodes = 1000;

template <class Work>
Counts counted(Work work) {
  counts = Counts{true, 0, 0};
  work();
  counts.are_on = false;
  return counts;
}

bp_tensor_type_t sixteen() { return tensor_type(BP_DTYPE_FLOAT32, {16}); }

class LaunchCost : public testing::Test {
 protected:
  void SetUp() override {
    LoadOptions options;
    options.deep_bind = false;  // else the plugin's own calls would not be seen here
    options.probe = false;
    Result<std::shared_ptr<Plugin>> plugin = Plugin::load(BACKPLANE_CPU_PLUGIN, options, log_);
    ASSERT_TRUE(plugin.ok()) << plugin.status().text();
    Result<std::unique_ptr<Device>> device = Device::open(plugin.take(), 0, {});
    ASSERT_TRUE(device.ok()) << device.status().text();
    device_ = std::make_shared<OpenDevice>(std::shared_ptr<Device>(device.take()), 0);
    ASSERT_TRUE(device_->device().is_synchronous());
  }
  static bp_node_t node_of(const char* op, const bp_tensor_type_t* inputs) {
    bp_node_t node = {};
    node.struct_size = sizeof node;
    node.since = 14;
    node.domain = node.name = "";
    node.op = op;
    node.input_count = 2;
    node.output_count = 1;
    node.inputs = inputs;
    return node;
  }

  Log log_;
  std::shared_ptr<OpenDevice> device_;
};

TEST_F(LaunchCost, TheCountersCount) {
  static std::mutex mutex;
  const Counts seen = counted([] {
    void* volatile pointer = std::malloc(10);
    std::free(pointer);
    const std::lock_guard<std::mutex> lock(mutex);
  });
  EXPECT_EQ(seen.allocations, 1u);
  EXPECT_EQ(seen.locks, 1u);
}

TEST_F(LaunchCost, ALaunchAllocatesNothingAndLocksNothing) {
  const bp_tensor_type_t types[] = {sixteen(), sixteen(), sixteen()};
  for (const char* op : {"Add", "Mul", "Sub"}) {
    bp_node_t node = node_of(op, types);
    node.outputs = &types[2];
    const std::shared_ptr<Kernel> kernel = *Kernel::create(device_->shared_device(), node);
    const Pool::Memory memory = device_->pool().allocate(192, nullptr).take();
    bp_tensor_t tensors[3];
    for (uint64_t i = 0; i < 3; ++i)
      tensors[i] = device_tensor(sixteen(), memory.buffer(), memory.offset() + 64 * i);
    const auto launch = device_->device().kernel().launch;
    bp_status_t status = BP_OK;
    const Counts seen = counted([&] {
      for (int i = 0; i < kLaunches; ++i)
        status |= launch(kernel->handle(), nullptr, tensors, tensors + 2, nullptr);
    });
    EXPECT_EQ(status, BP_OK);
    EXPECT_EQ(seen.allocations, 0u) << op;
    EXPECT_EQ(seen.locks, 0u) << op;
  }
}

TEST_F(LaunchCost, TenRunsOfAThousandNodesAllocateNothingAndLockNothing) {
  graph::Graph graph;
  graph::ValueId last = graph.add_input("x", sixteen());
  const std::vector<float> ones(16, 1);
  const graph::ValueId one = graph.add_constant("", ops::make_constant(sixteen(), ones.data()));
  for (int k = 0; k < kNodes; ++k) {
    ops::Operator op;
    op.op = k % 2 == 0 ? "Add" : "Mul";
    op.since = 14;
    const Result<graph::NodeId> id = graph.add_node(op, {last, one}, {"v" + std::to_string(k)});
    last = graph.node(*id).outputs[0];
    graph.set_type(last, sixteen());
  }
  ASSERT_TRUE(graph.add_output(last, "y").ok());
  Where where;
  const Result<std::shared_ptr<Session>> session = Session::create(graph, device_, {}, &where);
  ASSERT_TRUE(session.ok()) << session.status().text();
  exec::Run run(*session);
  std::vector<float> in(16, 3);
  std::vector<float> out(16);
  TensorView view;
  view.type = sixteen();
  view.host = in.data();
  const std::vector<TensorView> inputs = {view};
  view.host = out.data();
  const std::vector<TensorView> outputs = {view};
  ASSERT_TRUE(run.prepare(inputs, nullptr, &where).ok());
  ASSERT_TRUE(run.execute(inputs, outputs, nullptr, &where).ok());
  constexpr int kAdditions = kNodes / 2;
  EXPECT_EQ(out, std::vector<float>(16, 3 + kAdditions));

  bool is_ok = true;
  const Counts seen = counted([&] {
    for (int i = 0; i < kLaunches / kNodes; ++i)
      is_ok = is_ok && run.prepare(inputs, nullptr, &where).ok() &&
              run.execute(inputs, outputs, nullptr, &where).ok();
  });
  EXPECT_TRUE(is_ok);
  EXPECT_EQ(seen.allocations, 0u);
  EXPECT_EQ(seen.locks, 0u);
}

TEST_F(LaunchCost, FindingAnOperatorAgainAllocatesNothing) {
  const bp_tensor_type_t types[] = {sixteen(), sixteen()};
  const bp_node_t node = node_of("Add", types);
  OpCache cache;
  ASSERT_TRUE(cache.get(device_, node).ok());
  bool is_ok = true;
  const Counts seen = counted([&] {
    for (int i = 0; i < 1000; ++i) is_ok = is_ok && cache.get(device_, node).ok();
  });
  EXPECT_TRUE(is_ok);
  EXPECT_EQ(seen.allocations, 0u);
  EXPECT_EQ(cache.size(), 1u);
}

}  // namespace
}  // namespace backplane::exec
