// One opening of a device, by whatever host and table a case brings, and what is made from it.
#pragma once

#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <backplane/stream.h>

#include <functional>
#include <string>
#include <vector>

#include "run/subject.hpp"

namespace backplane::conformance {

// Used by one thread at a time. A status that is not BP_OK ends the case in words.
class Opening {
 public:
  Opening(Subject& subject, const bp_plugin_t& plugin, const bp_host_t* host, uint32_t index,
          const std::vector<bp_option_t>& options = {});
  ~Opening();
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;

  bp_device_t* device() const { return device_; }
  // Writes a buffer of its own and reads it again, through a stream of its own where there are any.
  void transfer(uint64_t salt = 0);
  // Makes a kernel for Add of float32, where the device has it, and launches it.
  void add();
  void use() {
    transfer();
    add();
  }

 private:
  void check(bp_status_t status, const char* call);
  bool has_streams() const;
  bp_stream_t* make_stream();
  void finish(bp_stream_t* stream);
  bp_buffer_t* make_buffer(uint64_t size);
  std::string read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t size);
  bp_kernel_t* make_add();
  void launch_add(bp_kernel_t* kernel, bp_stream_t* stream);

  Subject& subject_;
  const bp_plugin_t& plugin_;
  const bp_device_info_t* info_ = nullptr;
  bp_device_t* device_ = nullptr;
  std::vector<std::function<void()>> ends_;  // of what is alive, in the order of its making
};

// Opens, uses and closes every device of the plugin.
void use_every_device(Subject& subject, const bp_plugin_t& plugin, const bp_host_t* host);

// Runs `body` on a thread of its own, to its end; how a case ends in there is how it ends here.
void on_another_thread(const std::function<void()>& body);
// Runs it on two threads at once, with 0 and 1.
void on_two_threads(const std::function<void(int)>& body);

}  // namespace backplane::conformance
