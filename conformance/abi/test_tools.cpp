#include "abi/test_tools.hpp"

#include <algorithm>

#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 4096;

const bp_test_api_t* find_test(const Subject& subject) {
  const bp_plugin_t& plugin = subject.plugin();
  if (!BP_HAS(bp_plugin_t, &plugin, get_extension) || plugin.get_extension == nullptr)
    return nullptr;
  return static_cast<const bp_test_api_t*>(plugin.get_extension(BP_EXT_TEST));
}

// What is left when each was called once.
std::vector<Attempt> offered(std::vector<Attempt> all) {
  all.erase(std::remove_if(all.begin(), all.end(),
                           [](const Attempt& attempt) { return attempt.call() != BP_OK; }),
            all.end());
  return all;
}

bp_status_t make_buffer(Subject& subject) {
  bp_buffer_t* made = nullptr;
  const bp_status_t status =
      subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, 64, &made);
  subject.memory().buffer_destroy(made);
  return status;
}

bp_status_t import_bytes(Subject& subject) {
  alignas(4096) static char memory[4096];
  bp_buffer_t* made = nullptr;
  const bp_status_t status =
      subject.memory().buffer_import(subject.device(), BP_HANDLE_HOST_POINTER,
                                     reinterpret_cast<uintptr_t>(memory), sizeof memory, &made);
  subject.memory().buffer_destroy(made);
  return status;
}

bp_status_t export_buffer(Bench& bench) {
  uint64_t handle = 0;
  const auto& memory = bench.subject.memory();
  const bp_status_t status =
      memory.buffer_export(bench.buffer.get(), BP_HANDLE_HOST_POINTER, &handle);
  return status != BP_STATUS_UNSUPPORTED
             ? status
             : memory.buffer_export(bench.buffer.get(), BP_HANDLE_NATIVE, &handle);
}

bp_status_t make_stream(Subject& subject) {
  bp_stream_t* made = nullptr;
  const bp_status_t status = subject.streams().stream_create(subject.device(), 0, &made);
  subject.streams().stream_destroy(made);
  return status;
}

bp_status_t make_event(Subject& subject) {
  bp_event_t* made = nullptr;
  const bp_status_t status = subject.streams().event_create(subject.device(), 0, &made);
  subject.streams().event_destroy(made);
  return status;
}

bp_status_t signal_gate(Subject& subject) {
  bp_event_t* made = nullptr;
  const auto& streams = subject.streams();
  bp_status_t status = streams.event_create(subject.device(), BP_EVENT_FLAG_HOST_SIGNALED, &made);
  if (status == BP_OK) status = streams.event_signal(made, BP_OK);
  streams.event_destroy(made);
  return status;
}

}  // namespace

const bp_test_api_t& need_test(const Subject& subject) {
  const bp_test_api_t* test = find_test(subject);
  if (test == nullptr) not_applicable("no " BP_EXT_TEST);
  return *test;
}

void fail_next(Subject& subject, bp_test_function_t function, uint32_t n, bp_status_t status) {
  subject.check(need_test(subject).fail_next(subject.device(), function, n, status), "fail_next");
}

void fail_work(Subject& subject, bp_test_function_t function, uint32_t n, bp_status_t status) {
  subject.check(need_test(subject).fail_work(subject.device(), function, n, status), "fail_work");
}

bp_test_counters_t counters(Subject& subject) {
  bp_test_counters_t now = {};
  subject.check(need_test(subject).counters(subject.device(), &now), "counters");
  return now;
}

void require_same_life(const bp_test_counters_t& now, const bp_test_counters_t& then,
                       const std::string& after) {
  const auto same = [&after](const char* what, uint64_t came, uint64_t wanted) {
    require(came == wanted, std::string(what) + ": " + std::to_string(came) + ", not " +
                                std::to_string(wanted) + ", after " + after);
  };
  same("buffers", now.buffers, then.buffers);
  same("streams", now.streams, then.streams);
  same("events", now.events, then.events);
  same("kernels", now.kernels, then.kernels);
  same("device_bytes", now.device_bytes, then.device_bytes);
}

Bench::Bench(Subject& its_subject)
    : subject(its_subject),
      bytes(subject.pattern(kRoom)),
      stream(subject.stream(BP_STREAM_FLAG_TIMED)),
      buffer(subject.buffer(kRoom)) {
  if (subject.is_synchronous()) return;
  for (Owned<bp_event_t>* event : {&start, &end}) {
    *event = subject.event(BP_EVENT_FLAG_TIMED);
    subject.write(stream.get(), buffer.get(), 0, bytes);
    record(subject, event->get(), stream.get());
  }
  subject.finish(stream.get());
}

std::vector<Attempt> memory_attempts(Bench& bench) {
  Subject& subject = bench.subject;
  const auto& memory = subject.memory();
  bp_stream_t* stream = bench.stream.get();
  bp_buffer_t* buffer = bench.buffer.get();
  std::vector<Attempt> all = {
      {"buffer_create", BP_TEST_BUFFER_CREATE, [&] { return make_buffer(subject); }},
      {"write", BP_TEST_WRITE,
       [&, stream, buffer] { return memory.write(stream, buffer, 0, bench.bytes.data(), kRoom); }},
      {"read", BP_TEST_READ,
       [&, stream, buffer] { return memory.read(stream, buffer, 0, bench.bytes.data(), kRoom); }}};
  if (memory.copy != nullptr)
    all.push_back({"copy", BP_TEST_COPY, [&, stream, buffer] {
                     return memory.copy(stream, buffer, 0, buffer, kRoom / 2, 64);
                   }});
  if (memory.fill != nullptr)
    all.push_back({"fill", BP_TEST_FILL,
                   [&, stream, buffer] { return memory.fill(stream, buffer, 0, 64, "abcd", 4); }});
  if (memory.map != nullptr)
    all.push_back({"map", BP_TEST_MAP, [&, buffer] {
                     void* address = nullptr;
                     return memory.map(buffer, &address);
                   }});
  if (memory.buffer_import != nullptr)
    all.push_back({"buffer_import", BP_TEST_BUFFER_IMPORT, [&] { return import_bytes(subject); }});
  if (memory.buffer_export != nullptr)
    all.push_back({"buffer_export", BP_TEST_BUFFER_EXPORT, [&] { return export_buffer(bench); }});
  if (memory.usage != nullptr)
    all.push_back({"usage", BP_TEST_USAGE, [&] {
                     uint64_t free = 0;
                     uint64_t in_all = 0;
                     return memory.usage(subject.device(), &free, &in_all);
                   }});
  return offered(std::move(all));
}

std::vector<Attempt> stream_attempts(Bench& bench) {
  if (bench.subject.is_synchronous()) return {};
  Subject& subject = bench.subject;
  const auto& streams = subject.streams();
  bp_stream_t* stream = bench.stream.get();
  bp_event_t* start = bench.start.get();
  bp_event_t* end = bench.end.get();
  std::vector<Attempt> all = {
      {"stream_create", BP_TEST_STREAM_CREATE, [&] { return make_stream(subject); }},
      {"stream_synchronize", BP_TEST_STREAM_SYNCHRONIZE,
       [&, stream] { return streams.stream_synchronize(stream, 20 * kSecondNs); }},
      {"event_create", BP_TEST_EVENT_CREATE, [&] { return make_event(subject); }},
      {"event_wait", BP_TEST_EVENT_WAIT,
       [&, stream, start] { return streams.event_wait(start, stream); }},
      {"event_query", BP_TEST_EVENT_QUERY, [&, start] { return streams.event_query(start); }},
      {"event_synchronize", BP_TEST_EVENT_SYNCHRONIZE,
       [&, start] { return streams.event_synchronize(start, 20 * kSecondNs); }},
      {"event_signal", BP_TEST_EVENT_SIGNAL, [&] { return signal_gate(subject); }}};
  if (streams.event_elapsed != nullptr)
    all.push_back({"event_elapsed", BP_TEST_EVENT_ELAPSED, [&, start, end] {
                     uint64_t ns = 0;
                     return streams.event_elapsed(start, end, &ns);
                   }});
  if (streams.host_call != nullptr)
    all.push_back({"host_call", BP_TEST_HOST_CALL, [&, stream] {
                     return streams.host_call(
                         stream, [](void*, bp_status_t) {}, nullptr);
                   }});
  all.push_back({"event_record", BP_TEST_EVENT_RECORD,
                 [&, stream, end] { return streams.event_record(end, stream); }});
  return offered(std::move(all));
}

std::vector<Attempt> operator_attempts(Bench& bench, const Addition& add) {
  Subject& subject = bench.subject;
  const auto& kernels = subject.kernels();
  const auto with_node = [&subject, &add](bp_status_t (*call)(Subject&, const bp_node_t&)) {
    NodeDraft draft("Add", add.since, {add.inputs[0].type, add.inputs[1].type},
                    {add.outputs[0].type});
    return call(subject, draft.node());
  };
  std::vector<Attempt> all = {
      {"supports", BP_TEST_SUPPORTS,
       [=] {
         return with_node([](Subject& on, const bp_node_t& node) {
           return on.kernels().supports(on.device(), &node);
         });
       }},
      {"kernel_create", BP_TEST_KERNEL_CREATE,
       [=] {
         return with_node([](Subject& on, const bp_node_t& node) {
           bp_kernel_t* made = nullptr;
           const bp_status_t status = on.kernels().kernel_create(on.device(), &node, &made);
           on.kernels().kernel_destroy(made);
           return status;
         });
       }},
      {"launch", BP_TEST_LAUNCH, [&] {
         return kernels.launch(add.kernel.get(), add.stream.get(), add.inputs, add.outputs,
                               add.scratch_argument());
       }}};
  if (kernels.scratch_size != nullptr)
    all.push_back({"scratch_size", BP_TEST_SCRATCH_SIZE, [&] {
                     const bp_tensor_type_t inputs[] = {add.inputs[0].type, add.inputs[1].type};
                     uint64_t size = 0;
                     return kernels.scratch_size(add.kernel.get(), inputs, &add.outputs[0].type,
                                                 &size);
                   }});
  return offered(std::move(all));
}

}  // namespace backplane::conformance
