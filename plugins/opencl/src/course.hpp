// What has become of a stream's work: its commands, and the marks that it waited for, in order.
//
// A failure never goes through the driver, where it would take queues with it. What may fail is
// remembered beside the queue, and looked at when somebody asks.
#pragma once

#include <atomic>
#include <backplane/plugin.hpp>
#include <memory>
#include <mutex>
#include <vector>

#include "library.hpp"

namespace backplane::opencl {

struct Device;
class Mark;
using MarkPtr = std::shared_ptr<Mark>;

// What an event says of its command; negative when it failed, or when the driver does not know.
cl_int status_of_event(cl_event event);
// That of a command which `function` gave and whose event has ended with `status`.
plugin::Failure failure_of(const char* function, cl_int status);

class Course {
 public:
  explicit Course(Device& device);

  // For one more, below; before the work is given, because the host may have no memory left.
  void make_room();
  // In the order of the stream. `function` gave the command.
  void add_command(const char* function, EventHandle event);
  void add_wait(MarkPtr mark);
  // All that was added so far lies before this place.
  uint64_t place() const;

  // The first failure before `place`, which the stream has reached.
  plugin::Failure failure_before(uint64_t place);
  // The stream failed just before `place`, unless it did so earlier.
  void fail(uint64_t place, const plugin::Failure& failure);

 private:
  struct Entry {
    const char* function;
    EventHandle event;
    MarkPtr mark;  // of a wait, which has no command
  };

  uint64_t end() const { return first_ + (entries_.size() - settled_); }
  void add(Entry entry);
  // Settles entries before `place` in order; unless all `are_reached`, as far as they have been.
  void settle(uint64_t place, bool are_reached);
  MarkPtr settle_commands(uint64_t place, bool are_reached);
  void settle_next(const plugin::Failure& failure);
  void set_failure(uint64_t place, const plugin::Failure& failure);

  Device& device_;
  mutable std::mutex mutex_;
  std::vector<Entry, plugin::HostAllocator<Entry>> entries_;
  size_t settled_ = 0;      // entries at the front that are done with
  uint64_t first_ = 0;      // the place of the one after these
  uint64_t failed_at_ = 0;  // from this place on the stream has failed
  plugin::Failure failure_;
  std::atomic<bool> is_lost_{false};  // a command said that the device is gone
};

}  // namespace backplane::opencl
