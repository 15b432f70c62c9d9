// What a call leaves alone: an out-parameter when it fails, and whatever the host hands over.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "check/call.hpp"

namespace backplane::check {

// An out-parameter: the plugin writes here, and the host's own is written only when all is well.
template <class T>
class Out {
 public:
  Out(Call& call, const char* name, T* of_host) : call_(call), name_(name), of_host_(of_host) {
    if (of_host == nullptr) call.refuse(std::string(name) + " is NULL");
  }

  T* plugins() { return &value_; }
  const T& value() const { return value_; }

  // Untouched after a failure, written after BP_OK; else that becomes INTERNAL.
  bp_status_t judge(bp_status_t status) const {
    const bool is_written = value_ != untouched();
    if (status != BP_OK) {
      if (is_written)
        call_.blame("BP-BASE-2", "returned " + status_word(status) + " and wrote " + name_);
      return status;
    }
    if (!is_written) return useless("BP-BASE-2", "returned OK and did not write ");
    if constexpr (std::is_pointer_v<T>)
      if (value_ == nullptr) return useless("BP-BASE-7", "returned OK and NULL in ");
    return BP_OK;
  }

  void hand_over() { *of_host_ = value_; }
  void hand_over(const Object& wrapper) { *of_host_ = static_cast<T>(wrapper.handle); }

 private:
  static T untouched() {
    static char place;
    if constexpr (std::is_pointer_v<T>)
      return static_cast<T>(static_cast<void*>(&place));
    else
      return static_cast<T>(0x5eed'fade'0ff5'e75a);
  }
  bp_status_t useless(const char* rule, const char* words) const {
    call_.blame(rule, words + std::string(name_));
    call_.explain(std::string(rule) + ": " + words + name_);
    return BP_STATUS_INTERNAL;
  }

  Call& call_;
  const char* name_;
  T* of_host_;
  T value_ = untouched();
};

// Sees that something of the host's is after the call as it was before: `fingerprint` says how it
// is.
template <class Fingerprint>
class Unchanged {
 public:
  Unchanged(Call& call, const char* rule, const char* what, Fingerprint fingerprint)
      : call_(call),
        rule_(rule),
        what_(what),
        fingerprint_(std::move(fingerprint)),
        before_(fingerprint_()) {}
  ~Unchanged() {
    if (fingerprint_() != before_) call_.blame(rule_, std::string("changed the host's ") + what_);
  }
  Unchanged(const Unchanged&) = delete;
  Unchanged& operator=(const Unchanged&) = delete;

 private:
  Call& call_;
  const char* rule_;
  const char* what_;
  Fingerprint fingerprint_;
  uint64_t before_;
};

}  // namespace backplane::check
