// Errors as values: a status, and a sentence that says what was found, what was wanted and what
// to do. Nothing in the host throws across a module's edge.
#pragma once

#include <backplane/base.h>

#include <optional>
#include <string>
#include <utility>

namespace backplane {

class [[nodiscard]] Status {
 public:
  Status() = default;  // BP_OK
  Status(bp_status_t code, std::string text) : code_(code), text_(std::move(text)) {}

  bool ok() const { return code_ == BP_OK; }
  bp_status_t code() const { return code_; }
  const std::string& text() const { return text_; }

  // The same failure with "<context>: " before its text, eg the node or the file it is about.
  Status in(const std::string& context) const;

 private:
  bp_status_t code_ = BP_OK;
  std::string text_;
};

// A T, or why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}            // NOLINT: implicit, as a return value
  Result(Status failure) : status_(std::move(failure)) {}  // NOLINT

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
  Status status_;
};

Status invalid_argument(std::string text);
Status unsupported(std::string text);
Status out_of_memory(std::string text);
Status corrupt(std::string text);
Status internal(std::string text);

// "OUT_OF_MEMORY"; a value that is not in the list is taken as INTERNAL [BP-HOST-6] and named so.
const char* status_name(bp_status_t status);
// "too little memory now; the device is still usable"
const char* status_text(bp_status_t status);
bool is_known_status(bp_status_t status);

}  // namespace backplane
