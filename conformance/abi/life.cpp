// A plugin's life in a process: loaded, used by several hosts and threads, closed, and the
// process's end. Each case in a worker of its own that has not opened the plugin yet.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include "abi/cases.hpp"
#include "abi/opening.hpp"
#include "abi/plugin_file.hpp"
#include "abi/process.hpp"
#include "abi/watched_host.hpp"

namespace backplane::conformance {
namespace {

void loading_changes_nothing(Subject& subject) {
  const ProcessSettings before = ProcessSettings::now();
  const PluginFile file(subject);
  require_as_before(before, "opening the file");
  const bp_plugin_t* plugin = answer(subject, file);
  require_as_before(before, "bp_plugin_query");
  const uint32_t count = device_count(plugin, subject.host().table());
  require_as_before(before, "device_info");
  for (uint32_t index = 0; index < count; ++index) {
    Opening opening(subject, *plugin, subject.host().table(), index);
    require_as_before(before, "device_open");
    opening.use();
    require_as_before(before, "the use of a device");
  }
  require_as_before(before, "device_close");
}

void output_is_the_hosts(Subject& subject) {
  const PluginFile file(subject);
  const Printed printed = printed_by(
      [&] { use_every_device(subject, *answer(subject, file), subject.host().table()); });
  require(printed.on_output.empty(), "standard output has \"" + printed.on_output.substr(0, 80) +
                                         "\"; that is what log is for");
}

// At most so many rounds, and fewer where they are slow: drivers that compile at every opening take
// a second for each.
class Rounds {
 public:
  explicit Rounds(int most) : most_(most) {}
  bool next() {
    const bool is_late = Clock::now() - begin_ > std::chrono::seconds(8);
    if (done_ >= most_ || (is_late && done_ >= kLeast)) return false;
    ++done_;
    return true;
  }
  int done() const { return done_; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int kLeast = 3;
  Clock::time_point begin_ = Clock::now();
  int most_;
  int done_ = 0;
};

void nothing_is_used_up(Subject& subject) {
#if defined(__SANITIZE_THREAD__)
  constexpr size_t kMappingsToSpare = 200;  // this build's own, for every thread that has been
#else
  constexpr size_t kMappingsToSpare = 8;
#endif
  const PluginFile file(subject);
  const bp_plugin_t* plugin = answer(subject, file);
  const bp_host_t* host = subject.host().table();
  const auto cycles = [&](int most) {
    Rounds rounds(most);
    while (rounds.next()) use_every_device(subject, *plugin, host);
    return std::to_string(rounds.done());
  };
  cycles(5);
  const ProcessUse before = ProcessUse::now();
  const uint64_t bytes = subject.host().allocated_bytes();
  const std::string done = cycles(30);
  require_no_more_than(before, kMappingsToSpare, "after " + done + " openings of each device");
  require(subject.host().allocated_bytes() <= bytes,
          "host memory is held after " + done + " openings of each device");
}

// A failure on a device is explained to the host that opened it, and to no other.
void require_explained_to(const WatchedHost& own, const WatchedHost& other,
                          const bp_plugin_t& plugin, const Opening& opening) {
  const int to_own = own.explanations();
  const int to_other = other.explanations();
  bp_buffer_t* none = nullptr;
  plugin.memory->buffer_create(opening.device(), BP_MEMORY_DEVICE, 0, &none);
  require(own.explanations() > to_own && other.explanations() == to_other,
          "a failure on a device of one host was explained to another host");
}

void require_ended_well(const WatchedHost& host) {
  require(host.called_after_end() == nullptr,
          std::string("called ") +
              (host.called_after_end() != nullptr ? host.called_after_end() : "") +
              " of a host whose devices were all closed");
  require(host.allocated_bytes() == 0,
          "holds memory of a host whose devices were all closed, or gave it back to another");
}

void each_open_has_its_host(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* plugin = answer(subject, file);
  const uint32_t count = device_count(plugin, subject.host().table());
  for (uint32_t index = 0; index < count; ++index) {
    WatchedHost first;
    WatchedHost second;
    {
      Opening here(subject, *plugin, first.table(), index);
      Opening there(subject, *plugin, second.table(), index);
      require_explained_to(first, second, *plugin, here);
      require_explained_to(second, first, *plugin, there);
      here.use();
      there.use();
    }
    require_ended_well(first);
    require_ended_well(second);
  }
}

void hosts_end_before_the_plugin(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* plugin = answer(subject, file);
  const uint32_t count = device_count(plugin, subject.host().table());
  for (uint32_t index = 0; index < count; ++index) {
    WatchedHost first;
    WatchedHost second;
    Opening(subject, *plugin, first.table(), index).use();
    first.end();
    Opening(subject, *plugin, second.table(), index).use();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // for threads that end late
    second.end();
    require_ended_well(first);
    require_ended_well(second);
  }
}

void two_threads_open(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* plugin = answer(subject, file);
  const bp_host_t* host = subject.host().table();
  on_two_threads([&](int) {
    Rounds rounds(10);
    while (rounds.next()) use_every_device(subject, *plugin, host);
  });
}

void threads_come_and_go(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* plugin = answer(subject, file);
  const bp_host_t* host = subject.host().table();
  const uint32_t count = device_count(plugin, host);
  const auto pass_round = [&](uint32_t index) {
    std::unique_ptr<Opening> opening;
    on_another_thread([&] {
      opening = std::make_unique<Opening>(subject, *plugin, host, index);
      opening->use();
    });
    opening->use();
    on_another_thread([&] { opening->use(); });
    on_another_thread([&] { opening.reset(); });
  };
  for (uint32_t index = 0; index < count; ++index) pass_round(index);
  const ProcessUse before = ProcessUse::now();
  for (int round = 0; round < 5; ++round)
    for (uint32_t index = 0; index < count; ++index) pass_round(index);
  require_no_more_than(before, 64, "after threads that used the plugin have ended");
}

void process_ends(Subject& subject) {
  const ChildEnd end = run_in_child([&]() -> std::string {
    const PluginFile file(subject);
    use_every_device(subject, *answer(subject, file), subject.host().table());
    return "";
  });
  require(end.wrong.empty(), "a process that had used the plugin " + end.wrong);
}

void process_ends_in_the_middle(Subject& subject) {
  const ChildEnd end = run_in_child([&]() -> std::string {
    const PluginFile file(subject);
    const bp_plugin_t* plugin = answer(subject, file);
    const bp_host_t* host = subject.host().table();
    static auto* const left_open = new std::vector<Opening*>;
    for (uint32_t index = 0; plugin->device_info(host, index) != nullptr; ++index) {
      left_open->push_back(new Opening(subject, *plugin, host, index));
      left_open->back()->use();
    }
    return "";
  });
  require(end.wrong.empty(), "a process that ended with devices open " + end.wrong);
}

void process_forks(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* plugin = answer(subject, file);
  const bp_host_t* host = subject.host().table();
  const uint32_t count = device_count(plugin, host);
  for (uint32_t index = 0; index < count; ++index) {
    Opening opening(subject, *plugin, host, index);
    opening.use();
    const pid_t child = fork();
    if (child == 0) _exit(0);
    int status = 0;
    require(child > 0 && waitpid(child, &status, 0) == child, "the suite could not fork");
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0,
            "a fork that called nothing of the plugin did not end as it should");
    opening.use();
  }
}

// What is part of a compiled blob's cache key, or tells one chip from another.
std::string description(Subject& subject) {
  const PluginFile file(subject);
  const bp_plugin_t* plugin = answer(subject, file);
  std::string all = std::string(plugin->id) + "\n" + plugin->version + "\n" + plugin->build_id;
  for (uint32_t index = 0;; ++index) {
    const bp_device_info_t* info = plugin->device_info(subject.host().table(), index);
    if (info == nullptr) return all;
    for (const char* text :
         {info->name, info->architecture, info->driver_version, info->uuid, info->bus_address})
      all += std::string("\n") + text;
  }
}

void described_alike(Subject& subject) {
  const ChildEnd other = run_in_child([&] { return description(subject); });
  require(other.wrong.empty(), "a process that asked for the devices " + other.wrong);
  const std::string own = description(subject);
  require(own == other.text,
          "one process has the description\n" + own + "\nand another\n" + other.text);
}

const AbiCase kCases[] = {
    {"load/loading-leaves-the-process-alone", "BP-BASE-9",
     "signals, locale, rounding, flushing, folder, file mode and limits are as before "
     "after each step from opening the file to device_close",
     loading_changes_nothing},
    {"load/standard-output-is-the-hosts", "",
     "nothing is printed on standard output from bp_plugin_query to device_close",
     output_is_the_hosts},
    {"load/open-and-close-use-nothing-up", "",
     "up to 30 openings of each device leave no thread, file, mapping and host memory behind",
     nothing_is_used_up},
    {"load/each-open-has-its-host", "BP-PLUGIN-10",
     "what is made with one host's open is explained to that host, and in its memory",
     each_open_has_its_host},
    {"load/hosts-end-before-the-plugin", "BP-BASE-8",
     "nothing of a host is called once its devices are closed, and the next host is served",
     hosts_end_before_the_plugin},
    {"load/two-threads-open-at-once", "BP-PLUGIN-10",
     "two threads open, use and close devices at once", two_threads_open},
    {"load/threads-come-and-go", "",
     "a device is opened, used and closed by threads that have ended since, and leaves none",
     threads_come_and_go},
    {"load/process-ends-in-peace", "",
     "a process that has used and closed every device ends with its own exit code", process_ends},
    {"load/process-ends-with-devices-open", "",
     "a process that ends with devices open ends with its own exit code",
     process_ends_in_the_middle},
    {"load/process-may-fork", "",
     "a fork that calls nothing of the plugin ends, and its parent's devices work on",
     process_forks},
    {"load/described-alike-in-another-process", "",
     "another process gets the same texts for the same devices", described_alike},
};

}  // namespace

std::vector<AbiCase> life_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
