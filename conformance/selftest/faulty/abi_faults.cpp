// Faults of the ABI: group A of the catalogue, but those of nodes, in node_faults.cpp. Those of
// loading are a .so each, in ../load.
#include <backplane/ext/draft/test.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

using std::chrono::milliseconds;

bp_status_t honest_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  return honest().plugin->device_open(host, index, options, option_count, out_device);
}

// A field that came after 0.2, without BP_HAS.
template <class Struct>
bool reads_past(const Struct* given) {
  return *(reinterpret_cast<const volatile char*>(given) + sizeof(Struct)) != 0;
}

bp_status_t reads_past_the_node(bp_device_t* device, const bp_node_t* node) {
  reads_past(node);
  return honest().kernel->supports(device, node);
}

bp_status_t reads_past_the_host(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                                uint32_t option_count, bp_device_t** out_device) {
  reads_past(host);
  return honest_open(host, index, options, option_count, out_device);
}

bp_status_t writes_to_the_host(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                               uint32_t option_count, bp_device_t** out_device) {
  const_cast<bp_host_t*>(host)->abi.minor = BP_ABI_MINOR;
  return honest_open(host, index, options, option_count, out_device);
}

// ---- What an opening does to its process: done first, then the honest opening ----

template <auto kChange>
bp_status_t open_after(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                       uint32_t option_count, bp_device_t** out_device) {
  kChange();
  return honest_open(host, index, options, option_count, out_device);
}

void change_rounding() { std::fesetround(FE_TOWARDZERO); }
void change_locale() {
  std::setlocale(LC_ALL, std::setlocale(LC_ALL, nullptr)[0] == 'C' ? "C.UTF-8" : "C");
}
void change_folder() {
  if (chdir("/") != 0) std::abort();
}
void change_signal_mask() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}
void change_handler() {
  std::signal(SIGUSR2, [](int) {});
}
void print() {
  std::puts("loading 1 device");
  std::fflush(stdout);
}
void leave_a_file_open() {
  if (open("/dev/null", O_RDONLY) < 0) std::abort();
}
void leave_a_thread() {
  std::thread([] {
    for (;;) pause();
  }).detach();
}
void die_in_a_fork() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { std::abort(); });
  if (registered != 0) std::abort();
}
void die_at_exit() {
  static const int registered = std::atexit([] { std::abort(); });
  if (registered != 0) std::abort();
}

std::atomic<int> open_devices{0};

bp_status_t open_counted(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                         uint32_t option_count, bp_device_t** out_device) {
  static const int registered = std::atexit([] {
    if (open_devices != 0) std::abort();
  });
  const bp_status_t status = honest_open(host, index, options, option_count, out_device);
  open_devices += status == BP_OK && registered == 0 ? 1 : 0;
  return status;
}

void close_counted(bp_device_t* device) {
  open_devices -= device != nullptr ? 1 : 0;
  honest().plugin->device_close(device);
}

// ---- Hosts ----

const bp_host_t* last_host = nullptr;

bp_status_t open_with_the_first_host(const bp_host_t* host, uint32_t index,
                                     const bp_option_t* options, uint32_t option_count,
                                     bp_device_t** out_device) {
  static const bp_host_t* const first = host;
  return honest_open(first, index, options, option_count, out_device);
}

bp_status_t open_and_note_the_host(const bp_host_t* host, uint32_t index,
                                   const bp_option_t* options, uint32_t option_count,
                                   bp_device_t** out_device) {
  last_host = host;
  return honest_open(host, index, options, option_count, out_device);
}

bp_status_t wants_one_size_of_node(bp_device_t* device, const bp_node_t* node) {
  if (node->struct_size == sizeof(bp_node_t)) return honest().kernel->supports(device, node);
  return refuse(last_host, BP_STATUS_UNSUPPORTED, "a node of another size");
}

void close_and_log_late(bp_device_t* device) {
  honest().plugin->device_close(device);
  if (device == nullptr || last_host == nullptr) return;
  std::thread([host = last_host] {
    std::this_thread::sleep_for(milliseconds(5));
    host->log(host->self, BP_LOG_INFO, "closed");
  }).detach();
}

// ---- Opening ----

bp_status_t one_open_at_a_time(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                               uint32_t option_count, bp_device_t** out_device) {
  static std::atomic<int> inside{0};
  const int others = inside++;
  std::this_thread::sleep_for(milliseconds(1));
  const bp_status_t status = honest_open(host, index, options, option_count, out_device);
  --inside;
  if (others == 0 || status != BP_OK) return status;
  host->explain(host->self, "another thread opened a device meanwhile");
  return BP_STATUS_INTERNAL;
}

// Of the device opened last; another thread than this has no device.
std::thread::id opened_by;

bp_status_t open_for_this_thread(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                                 uint32_t option_count, bp_device_t** out_device) {
  last_host = host;
  opened_by = std::this_thread::get_id();
  return honest_open(host, index, options, option_count, out_device);
}

bp_status_t create_on_that_thread(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                                  bp_buffer_t** out_buffer) {
  if (std::this_thread::get_id() == opened_by)
    return honest().memory->buffer_create(device, kind, size, out_buffer);
  last_host->explain(last_host->self, "no device was opened by this thread");
  return BP_STATUS_INVALID_ARGUMENT;
}

bp_status_t keep_memory_of_a_failed_open(const bp_host_t* host, uint32_t index,
                                         const bp_option_t* options, uint32_t option_count,
                                         bp_device_t** out_device) {
  const bp_status_t status = honest_open(host, index, options, option_count, out_device);
  if (status != BP_OK) host->allocate(host->self, 256, 8);
  return status;
}

bp_status_t open_needs_memory(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                              uint32_t option_count, bp_device_t** out_device) {
  void* room = host->allocate(host->self, 256, 8);
  *static_cast<volatile char*>(room) = 1;
  host->deallocate(host->self, room);
  return honest_open(host, index, options, option_count, out_device);
}

const char* kept_option = nullptr;

bp_status_t keep_the_options(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                             uint32_t option_count, bp_device_t** out_device) {
  kept_option = nullptr;
  for (uint32_t i = 0; i < option_count; ++i)
    if (std::strcmp(options[i].key, "bp.cache-folder") == 0) kept_option = options[i].value;
  return honest_open(host, index, options, option_count, out_device);
}

bp_status_t read_the_options_later(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                                   bp_buffer_t** out_buffer) {
  if (kept_option != nullptr && *static_cast<const volatile char*>(kept_option) == '\1')
    return BP_STATUS_INTERNAL;
  return honest().memory->buffer_create(device, kind, size, out_buffer);
}

bp_status_t read_an_option_too_many(const bp_host_t* host, uint32_t index,
                                    const bp_option_t* options, uint32_t option_count,
                                    bp_device_t** out_device) {
  if (options != nullptr && reinterpret_cast<const volatile bp_option_t*>(options)->key == nullptr)
    return BP_STATUS_INVALID_ARGUMENT;
  return honest_open(host, index, options, option_count, out_device);
}

// ---- Descriptions ----

bp_device_info_t copy_of_info(const bp_host_t* host, uint32_t index) {
  const bp_device_info_t* info = honest().plugin->device_info(host, index);
  return info != nullptr ? *info : bp_device_info_t{};
}

const bp_device_info_t* uuid_of_the_process(const bp_host_t* host, uint32_t index) {
  static const std::string uuids[2] = {std::to_string(getpid()) + "-0",
                                       std::to_string(getpid()) + "-1"};
  static bp_device_info_t infos[2] = {copy_of_info(host, 0), copy_of_info(host, 1)};
  if (index > 1) return nullptr;
  infos[index].uuid = uuids[index].c_str();
  return &infos[index];
}

// The second device is described where the first one was.
const bp_device_info_t* one_place_for_all(const bp_host_t* host, uint32_t index) {
  static bp_device_info_t place;
  if (honest().plugin->device_info(host, index) == nullptr) return nullptr;
  place = copy_of_info(host, index);
  return &place;
}

const bp_device_info_t* less_memory_each_time(const bp_host_t* host, uint32_t index) {
  static bp_device_info_t infos[2] = {copy_of_info(host, 0), copy_of_info(host, 1)};
  if (index > 1) return nullptr;
  infos[index].max_buffer_size -= 4096;
  return &infos[index];
}

const void* a_pass_without_functions(const char* id) {
  static const void* table[4] = {};
  return std::strcmp(id, "bp.graph-pass/1") == 0 ? table : nullptr;
}

// Cleans up after a failure, too much of it.
bp_status_t forgets_its_result(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                               bp_buffer_t** out_buffer) {
  const bp_status_t status = honest().memory->buffer_create(device, kind, size, out_buffer);
  if (status != BP_OK) *out_buffer = nullptr;
  return status;
}

// A failure inside that nobody expected, and nobody catches.
bp_status_t lets_it_fly(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                        const void* source, uint64_t size) {
  const bp_status_t status = honest().memory->write(stream, target, offset, source, size);
  if (status == BP_STATUS_INTERNAL) throw std::runtime_error("no staging memory");
  return status;
}

bp_test_api_t test;  // the honest plugin's "bp.test/1", to be changed

void change_test(Tables* tables) {
  test = *static_cast<const bp_test_api_t*>(honest().plugin->get_extension(BP_EXT_TEST));
  tables->plugin.get_extension = [](const char* id) -> const void* {
    return std::strcmp(id, BP_EXT_TEST) == 0 ? &test : nullptr;
  };
}

const bp_test_api_t& honest_test() {
  return *static_cast<const bp_test_api_t*>(honest().plugin->get_extension(BP_EXT_TEST));
}

std::atomic<uint64_t> launched{0};

bp_status_t launches_and_counts(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                                const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  ++launched;
  return honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
}

// As if every launch held an object of 4 KiB for ever.
void plant_leak(Tables* tables) {
  change_test(tables);
  tables->kernel.launch = launches_and_counts;
  test.counters = [](bp_device_t* device, bp_test_counters_t* out_counters) {
    const bp_status_t status = honest_test().counters(device, out_counters);
    out_counters->buffers += launched;
    out_counters->device_bytes += 4096 * launched;
    return status;
  };
}

// As if every launch compiled its kernel anew.
void plant_recompiling(Tables* tables) {
  change_test(tables);
  tables->kernel.launch = launches_and_counts;
  test.counters = [](bp_device_t* device, bp_test_counters_t* out_counters) {
    const bp_status_t status = honest_test().counters(device, out_counters);
    out_counters->compiles += launched;
    return status;
  };
}

// Waits for a chip that is gone.
void hangs_when_lost(bp_buffer_t* buffer) {
  char byte = 0;
  if (buffer != nullptr &&
      honest().memory->write(nullptr, buffer, 0, &byte, 0) == BP_STATUS_DEVICE_LOST)
    std::this_thread::sleep_for(std::chrono::hours(1));
  honest().memory->buffer_destroy(buffer);
}

// Looks long for an operator of such a name.
bp_status_t hangs_on_a_long_name(bp_device_t* device, const bp_node_t* node) {
  if (std::strlen(node->op) > 1000) std::this_thread::sleep_for(std::chrono::hours(1));
  return honest().kernel->supports(device, node);
}

// Knows nothing of a loss until it touches the chip.
bp_status_t answers_when_lost(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event) {
  const bp_status_t status = honest().stream->event_create(device, flags, out_event);
  return status == BP_STATUS_DEVICE_LOST ? BP_STATUS_INTERNAL : status;
}

}  // namespace

std::vector<Fault> abi_faults() {
  return {
      {"reads-past-the-node", [](Tables* t) { t->kernel.supports = reads_past_the_node; }},
      {"demands-one-node-size",
       [](Tables* t) {
         t->plugin.device_open = open_and_note_the_host;
         t->kernel.supports = wants_one_size_of_node;
       }},
      {"reads-past-the-host", [](Tables* t) { t->plugin.device_open = reads_past_the_host; }},
      {"takes-any-major", [](Tables*) {}},
      {"forgets-its-result", [](Tables* t) { t->memory.buffer_create = forgets_its_result; }},
      {"lets-it-fly", [](Tables* t) { t->memory.write = lets_it_fly; }},
      {"leaks-per-launch", plant_leak},
      {"compiles-per-launch", plant_recompiling},
      {"hangs-when-lost", [](Tables* t) { t->memory.buffer_destroy = hangs_when_lost; }},
      {"hangs-on-a-long-name", [](Tables* t) { t->kernel.supports = hangs_on_a_long_name; }},
      {"answers-when-lost", [](Tables* t) { t->stream.event_create = answers_when_lost; }},
      {"takes-one-minor-alone", [](Tables*) {}},
      {"keeps-its-first-answer", [](Tables*) {}},
      {"logs-its-refusal", [](Tables*) {}},
      {"refuses-without-versions", [](Tables*) {}},
      {"writes-to-the-host", [](Tables* t) { t->plugin.device_open = writes_to_the_host; }},
      {"changes-rounding", [](Tables* t) { t->plugin.device_open = open_after<change_rounding>; }},
      {"changes-locale", [](Tables* t) { t->plugin.device_open = open_after<change_locale>; }},
      {"changes-folder", [](Tables* t) { t->plugin.device_open = open_after<change_folder>; }},
      {"changes-signal-mask",
       [](Tables* t) { t->plugin.device_open = open_after<change_signal_mask>; }},
      {"changes-a-handler", [](Tables* t) { t->plugin.device_open = open_after<change_handler>; }},
      {"prints-when-opened", [](Tables* t) { t->plugin.device_open = open_after<print>; }},
      {"leaves-a-file-open",
       [](Tables* t) { t->plugin.device_open = open_after<leave_a_file_open>; }},
      {"leaves-a-thread", [](Tables* t) { t->plugin.device_open = open_after<leave_a_thread>; }},
      {"dies-in-a-fork", [](Tables* t) { t->plugin.device_open = open_after<die_in_a_fork>; }},
      {"dies-at-exit", [](Tables* t) { t->plugin.device_open = open_after<die_at_exit>; }},
      {"dies-at-exit-while-open",
       [](Tables* t) {
         t->plugin.device_open = open_counted;
         t->plugin.device_close = close_counted;
       }},
      {"has-one-host", [](Tables* t) { t->plugin.device_open = open_with_the_first_host; }},
      {"logs-after-close",
       [](Tables* t) {
         t->plugin.device_open = open_and_note_the_host;
         t->plugin.device_close = close_and_log_late;
       }},
      {"one-open-at-a-time", [](Tables* t) { t->plugin.device_open = one_open_at_a_time; }},
      {"one-thread-for-all",
       [](Tables* t) {
         t->plugin.device_open = open_for_this_thread;
         t->memory.buffer_create = create_on_that_thread;
       }},
      {"failed-open-keeps-memory",
       [](Tables* t) { t->plugin.device_open = keep_memory_of_a_failed_open; }},
      {"open-trusts-allocate", [](Tables* t) { t->plugin.device_open = open_needs_memory; }},
      {"keeps-the-options",
       [](Tables* t) {
         t->plugin.device_open = keep_the_options;
         t->memory.buffer_create = read_the_options_later;
       }},
      {"reads-an-option-too-many",
       [](Tables* t) { t->plugin.device_open = read_an_option_too_many; }},
      {"uuid-of-the-process", [](Tables* t) { t->plugin.device_info = uuid_of_the_process; }},
      {"info-in-one-place", [](Tables* t) { t->plugin.device_info = one_place_for_all; }},
      {"info-changes", [](Tables* t) { t->plugin.device_info = less_memory_each_time; }},
      {"extension-without-functions",
       [](Tables* t) { t->plugin.get_extension = a_pass_without_functions; }},
  };
}

}  // namespace backplane::selftest
