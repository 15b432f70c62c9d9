// The file is opened and asked: each case in a worker of its own that has not opened it yet.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "abi/cases.hpp"
#include "abi/plugin_file.hpp"
#include "abi/process.hpp"
#include "run/guarded_bytes.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

// Opens a device, uses it and closes it again.
void use_a_device(Subject& subject, const bp_plugin_t* plugin) {
  if (plugin->device_info(subject.host().table(), 0) == nullptr) return;
  subject.use(plugin);
  subject.open(0);
  {
    const Owned<bp_stream_t> stream = subject.stream();
    const Owned<bp_buffer_t> buffer = subject.buffer(4096);
    const std::string bytes = subject.pattern(4096);
    subject.write(stream.get(), buffer.get(), 0, bytes);
    require_equal(subject.read(stream.get(), buffer.get(), 0, 4096), bytes, "a buffer");
  }
  subject.close();
}

void opens_and_answers(Subject& subject) {
  const PluginFile file(subject);
  answer(subject, file);
}

void same_pointer_again(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* first = answer(subject, file);
  SuiteHost other;
  require(answer(subject, file) == first, "the second bp_plugin_query gave another pointer");
  require(file.query(other.table()) == first,
          "bp_plugin_query gave another pointer to another host of the process");
}

void two_threads_ask(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* answers[2] = {};
  std::thread other([&] { answers[0] = file.query(subject.host().table()); });
  answers[1] = file.query(subject.host().table());
  other.join();
  require(answers[0] != nullptr && answers[0] == answers[1],
          "two threads that asked at once got different answers");
}

void refuses_other_majors(Subject& subject) {
  const PluginFile file(subject);
  bp_host_t foreign = *subject.host().table();
  foreign.abi = {BP_ABI_MAJOR + 41, 7};
  require(file.query(&foreign) == nullptr, "bp_plugin_query took a host of ABI 41.7");
  const std::string words = subject.host().take_explanation();
  require(words.find("41.7") != std::string::npos,
          "bp_plugin_query gave NULL to a host of ABI 41.7, but its explanation \"" + words +
              "\" does not name that version");
  const std::string own = std::to_string(BP_ABI_MAJOR) + "." + std::to_string(BP_ABI_MINOR);
  require(words.find(own) != std::string::npos || words.find("0.") != std::string::npos,
          "the explanation \"" + words + "\" does not name the plugin's own version");
}

void asking_touches_nothing(Subject& subject) {
  const PluginFile file(subject);
  ProcessUse before = {};
  ProcessUse after = {};
  const bp_plugin_t* plugin = nullptr;
  const Printed printed = printed_by([&] {
    before = ProcessUse::now();
    plugin = file.query(subject.host().table());
    after = ProcessUse::now();
  });
  require(plugin != nullptr, "bp_plugin_query gave NULL" + subject.words());
  require(after.threads == before.threads, "bp_plugin_query started a thread");
  require(after.files == before.files, "bp_plugin_query left a file or device open");
  const size_t size = printed.on_output.size() + printed.on_error.size();
  require(size == 0, "bp_plugin_query printed " + std::to_string(size) + " bytes");
}

void host_is_borrowed(Subject& subject) {
  const PluginFile file(subject);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memcpy(memory, subject.host().table(), sizeof(bp_host_t));
  const bp_plugin_t* plugin = file.query(static_cast<const bp_host_t*>(memory));
  munmap(memory, page);
  require(plugin != nullptr, "bp_plugin_query gave NULL" + subject.words());
  use_a_device(subject, plugin);
}

void use_with(Subject& subject, const PluginFile& file, const bp_host_t* host) {
  const bp_plugin_t* plugin = file.query(host);
  require(plugin != nullptr, "bp_plugin_query gave NULL" + subject.words());
  subject.entering("device_info");
  if (plugin->device_info(host, 0) == nullptr) return;
  bp_device_t* device = nullptr;
  bp_buffer_t* buffer = nullptr;
  subject.entering("device_open");
  subject.check(plugin->device_open(host, 0, nullptr, 0, &device), "device_open");
  subject.entering("buffer_create");
  subject.check(plugin->memory->buffer_create(device, BP_MEMORY_DEVICE, 4096, &buffer),
                "buffer_create");
  plugin->memory->buffer_destroy(buffer);
  plugin->device_close(device);
}

void host_ends_where_it_says(Subject& subject) {
  const PluginFile file(subject);
  const GuardedBytes page;
  for (uint32_t later : {0, 8, 64})
    use_with(subject, file, at_the_end(page, *subject.host().table(), later));
}

void unload_leaves_nothing(Subject& subject) {
  PluginFile file(subject);
  const ProcessUse before = ProcessUse::now();
  const bp_plugin_t* plugin = answer(subject, file);
  need_unload(plugin);
  use_a_device(subject, plugin);
  subject.entering("unload");
  plugin->unload();
  require(ProcessUse::now().threads == before.threads, "a thread of the plugin's outlived unload");
  file.close();
}

// Two queries, of which one is ended: the other's plugin works on.
void unload_is_counted(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* plugin = answer(subject, file);
  need_unload(plugin);
  answer(subject, file);
  subject.entering("unload");
  plugin->unload();
  use_a_device(subject, plugin);
  subject.entering("unload");
  plugin->unload();
}

void comes_back_after_unload(Subject& subject) {
  for (int round = 0; round < 10; ++round) {
    PluginFile file(subject);
    const bp_plugin_t* plugin = answer(subject, file);
    need_unload(plugin);
    use_a_device(subject, plugin);
    subject.entering("unload");
    plugin->unload();
    file.close();
  }
}

const AbiCase kCases[] = {
    {"load/opens-and-answers", "",
     "the file opens with RTLD_NOW | RTLD_LOCAL and bp_plugin_query answers", opens_and_answers},
    {"load/asked-again-answers-the-same", "BP-PLUGIN-9",
     "bp_plugin_query gives the same pointer again, to another host too", same_pointer_again},
    {"load/two-threads-ask-at-once", "BP-PLUGIN-9",
     "two threads that ask at once get the same pointer", two_threads_ask},
    {"load/refuses-other-majors", "BP-PLUGIN-5",
     "a host of another major version gets NULL and both versions in words", refuses_other_majors},
    {"load/asking-touches-nothing", "BP-PLUGIN-8",
     "bp_plugin_query starts no thread, opens nothing and prints nothing", asking_touches_nothing},
    {"load/host-is-borrowed", "BP-BASE-8",
     "the host's table may be gone once bp_plugin_query has returned", host_is_borrowed},
    {"load/host-ends-where-it-says", "BP-BASE-1",
     "no byte behind the host table's struct_size is read, and later functions change nothing",
     host_ends_where_it_says},
    {"load/unload-leaves-no-thread", "BP-PLUGIN-3",
     "after unload no thread of the plugin's is left and the library can be closed",
     unload_leaves_nothing},
    {"load/unload-is-counted", "BP-PLUGIN-3",
     "of two queries one is ended by an unload, and the plugin still serves", unload_is_counted},
    {"load/comes-back-after-unload", "BP-PLUGIN-3",
     "a plugin with unload is opened, used and closed ten times", comes_back_after_unload},
};

}  // namespace

std::vector<AbiCase> load_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
