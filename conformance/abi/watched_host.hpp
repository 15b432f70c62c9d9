// A host that says which of its own functions were called, and whether it was still there.
#pragma once

#include <backplane/host.h>

#include <atomic>

#include "run/suite_host.hpp"

namespace backplane::conformance {

// Each has a table and a `self` of its own, so that a plugin that mixes up its hosts is seen.
class WatchedHost {
 public:
  WatchedHost() {
    table_ = *inner_.table();
    table_.self = this;
    table_.explain = explain;
    table_.log = log;
    table_.allocate = allocate;
    table_.deallocate = deallocate;
    table_.get_extension = get_extension;
  }
  WatchedHost(const WatchedHost&) = delete;
  WatchedHost& operator=(const WatchedHost&) = delete;

  const bp_host_t* table() const { return &table_; }
  uint64_t allocated_bytes() const { return inner_.allocated_bytes(); }
  int explanations() const { return explanations_; }
  // From now on nothing of it may be called.
  void end() { is_over_ = true; }
  // The last function that was called after the end, or NULL.
  const char* called_after_end() const { return called_after_end_; }

 private:
  static WatchedHost& called(void* self, const char* function) {
    auto& host = *static_cast<WatchedHost*>(self);
    if (host.is_over_) host.called_after_end_ = function;
    return host;
  }
  static void explain(void* self, const char* text) {
    WatchedHost& host = called(self, "explain");
    ++host.explanations_;
    host.table_of_inner().explain(&host.inner_, text);
  }
  static void log(void* self, bp_log_level_t level, const char* text) {
    WatchedHost& host = called(self, "log");
    host.table_of_inner().log(&host.inner_, level, text);
  }
  static void* allocate(void* self, uint64_t size, uint64_t alignment) {
    WatchedHost& host = called(self, "allocate");
    return host.table_of_inner().allocate(&host.inner_, size, alignment);
  }
  static void deallocate(void* self, void* pointer) {
    WatchedHost& host = called(self, "deallocate");
    host.table_of_inner().deallocate(&host.inner_, pointer);
  }
  static const void* get_extension(void* self, const char*) {
    called(self, "get_extension");
    return nullptr;
  }
  const bp_host_t& table_of_inner() const { return *inner_.table(); }

  SuiteHost inner_;
  bp_host_t table_ = {};
  std::atomic<int> explanations_{0};
  std::atomic<bool> is_over_{false};
  std::atomic<const char*> called_after_end_{nullptr};
};

}  // namespace backplane::conformance
