// How every function of runtime.h fails: the status, and on this thread what bp_rt_last_error says.
#pragma once

#include <backplane/runtime.h>

#include <exception>
#include <initializer_list>
#include <new>
#include <string>

#include "exec/specialise.hpp"
#include "support/status.hpp"

namespace backplane::runtime {

// What an error carries beside its text; a function fills in what it knows.
struct Context {
  exec::Where where;
  std::string device;
};

bp_status_t remember(const Status& failure, const Context& context);

// Runs a function's body, which takes a Context and returns a Status; nothing is thrown past it.
template <class Body>
bp_status_t guarded(Body&& body) noexcept {
  Context context;
  try {
    const Status status = body(context);
    return status.ok() ? BP_OK : remember(status, context);
  } catch (const std::bad_alloc&) {
    return remember(out_of_memory("no host memory left"), context);
  } catch (const std::exception& error) {
    return remember(internal(error.what()), context);
  } catch (...) {
    return remember(internal("an exception that is no std::exception"), context);
  }
}

// For functions that return nothing, or a pointer that is NULL on failure.
template <class Body>
auto unfailing(Body&& body) noexcept -> decltype(body()) {
  using Value = decltype(body());
  try {
    return body();
  } catch (...) {
    return Value();
  }
}

struct Argument {
  const char* name;
  const void* value;
};
// INVALID_ARGUMENT naming the first that is NULL.
Status not_null(std::initializer_list<Argument> arguments);

}  // namespace backplane::runtime
