// The plugin under test as a case sees it, inside a worker: its tables behind the checking layer,
// one device opened, and the few things that every case does.
#pragma once

#include <backplane/graph.h>
#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "run/suite_host.hpp"
#include "run/verdict.hpp"

namespace backplane::conformance {

// How a case ends early; thrown. A body that returns has passed.
struct CaseEnd {
  Verdict verdict;
  std::string text;
};

[[noreturn]] void fail(const std::string& text);
// The plugin does not offer what the case needs, and need not.
[[noreturn]] void unsupported(const std::string& text);
// There is nothing to test on such a device, eg "synchronous".
[[noreturn]] void not_applicable(const std::string& text);
void require(bool holds, const std::string& text_if_not);
// "write: INVALID_ARGUMENT was wanted, BP_OK came"
void require_status(bp_status_t came, bp_status_t wanted, const std::string& what);

// An object of the plugin's that ends with its scope.
template <class T>
using Owned = std::unique_ptr<T, std::function<void(T*)>>;

class Subject {
 public:
  // What a fresh worker has: a path. What any other has: the plugin's table as well.
  Subject(std::string path, uint64_t seed);

  const std::string& path() const { return path_; }
  uint64_t seed() const { return seed_; }
  SuiteHost& host() { return host_; }
  // A problem is not to be launched by two threads at once.
  bool is_one_thread() const { return is_one_thread_; }
  void use_one_thread(bool is_one_thread) { is_one_thread_ = is_one_thread; }
  // Told before a case calls the plugin other than through the checking layer, so that a crash in
  // there has a name.
  void on_enter(std::function<void(const char*)> told) { told_ = std::move(told); }
  void entering(const char* function) const {
    if (told_) told_(function);
  }
  void on_circumstance(std::function<void(const char*)> told) { circumstance_ = std::move(told); }
  // What is special about the calls that follow, for the text of a crash or hang; "": nothing.
  void during(const char* words) const {
    if (circumstance_) circumstance_(words);
  }
  // A case of many independent parts says when one begins: its time begins anew, since how long
  // all take together says nothing, eg on a plugin that compiles each kernel.
  void on_step(std::function<void()> told) { step_ = std::move(told); }
  void begin_step(const char* words) const {
    during(words);
    if (step_) step_();
  }

  // ---- The plugin; not in a fresh worker ----
  void use(const bp_plugin_t* plugin) { plugin_ = plugin; }
  const bp_plugin_t& plugin() const { return *plugin_; }
  // Opens device `index`, closing the one before; a failure ends the case.
  void open(uint32_t index);
  void close();
  bool is_open() const { return device_ != nullptr; }
  uint32_t device_index() const { return device_index_; }
  bp_device_t* device() const { return device_; }
  const bp_device_info_t& info() const { return *info_; }
  const bp_memory_api_t& memory() const { return *plugin_->memory; }
  const bp_stream_api_t& streams() const { return *plugin_->stream; }
  const bp_kernel_api_t& kernels() const { return *plugin_->kernel; }
  // Of the plugin's own passes; nullptr: there is none.
  const bp_graph_pass_api_t* passes() const { return passes_; }
  void use_passes(const bp_graph_pass_api_t* passes) { passes_ = passes; }
  bool is_synchronous() const { return (info_->flags & BP_DEVICE_FLAG_SYNCHRONOUS) != 0; }

  // ---- What every case does; a status that is not BP_OK ends the case in words ----
  void check(bp_status_t status, const std::string& call);
  // Ends when all streams have done their work, however the case ends. [BP-HOST-2] More than
  // max_buffer_size ends the case as not applicable.
  Owned<bp_buffer_t> buffer(uint64_t size, bp_memory_kind_t kind = BP_MEMORY_DEVICE);
  // The same for one that was made otherwise.
  Owned<bp_buffer_t> own(bp_buffer_t* made);
  Owned<bp_stream_t> stream(bp_stream_flags_t flags = 0);  // empty on a synchronous device
  Owned<bp_event_t> event(bp_event_flags_t flags = 0);
  Owned<bp_event_t> gate() { return event(BP_EVENT_FLAG_HOST_SIGNALED); }
  // How long work may take before that is a failure.
  static constexpr uint64_t kPatienceNs = 20'000'000'000;
  // Waits for the work of every stream, as far as it ends at all.
  void settle();
  // Waits until all work on `stream` is done.
  void finish(bp_stream_t* stream);
  void write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, const std::string& bytes);
  // Reads and waits.
  std::string read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset, uint64_t size);
  // Bytes that are not alike anywhere, the same for the same seed and `salt`.
  std::string pattern(uint64_t size, uint64_t salt = 0) const;

  // The plugin's own words for the last failure on this thread, in brackets, or "".
  std::string words();

 private:
  std::string path_;
  uint64_t seed_;
  bool is_one_thread_ = false;
  SuiteHost host_;
  std::function<void(const char*)> told_;
  std::function<void(const char*)> circumstance_;
  std::function<void()> step_;
  const bp_plugin_t* plugin_ = nullptr;
  const bp_graph_pass_api_t* passes_ = nullptr;
  uint32_t device_index_ = 0;
  bp_device_t* device_ = nullptr;
  const bp_device_info_t* info_ = nullptr;
  std::mutex streams_mutex_;
  std::vector<bp_stream_t*> streams_;  // those that live
};

// Ends the case as not applicable on a synchronous device.
void need_streams(const Subject& subject);
// Equal, or the case fails and says at which byte.
void require_equal(const std::string& came, const std::string& wanted, const std::string& what);

}  // namespace backplane::conformance
