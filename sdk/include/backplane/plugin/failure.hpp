// What became of a piece of work that runs later: nothing wrong, or a status with the words for it.
#ifndef BACKPLANE_PLUGIN_FAILURE_HPP
#define BACKPLANE_PLUGIN_FAILURE_HPP

#include <backplane/host.h>

#include <backplane/plugin/error.hpp>
#include <exception>
#include <new>
#include <string>

namespace backplane::plugin {

struct Failure {
  bp_status_t status = BP_OK;
  std::string text;

  explicit operator bool() const { return status != BP_OK; }
};

// The status of work that failed earlier, with its words for the call that now reports it.
// [BP-BASE-5]
inline bp_status_t report(const bp_host_t* host, const Failure& failure) {
  if (failure) host->explain(host->self, failure.text.c_str());
  return failure.status;
}

// The failure that an exception stands for; called inside a catch block.
inline Failure current_failure() noexcept {
  try {
    try {
      throw;
    } catch (const Error& error) {
      return {error.status(), error.what()};
    } catch (const std::bad_alloc&) {
      return {BP_STATUS_OUT_OF_MEMORY, "no host memory left"};
    } catch (const std::exception& error) {
      return {BP_STATUS_INTERNAL, error.what()};
    } catch (...) {
      return {BP_STATUS_INTERNAL, "an exception that is no std::exception"};
    }
  } catch (...) {  // no memory for the words
    Failure failure;
    failure.status = BP_STATUS_OUT_OF_MEMORY;
    return failure;
  }
}

// "OUT_OF_MEMORY"; nullptr for a status that this version has no name for.
inline const char* status_name(bp_status_t status) {
  switch (status) {
#define BP_PLUGIN_STATUS_NAME(name, value, text) \
  case value:                                    \
    return #name;
    BP_STATUS_MAP(BP_PLUGIN_STATUS_NAME)
#undef BP_PLUGIN_STATUS_NAME
    default:
      return nullptr;
  }
}

// What an event carries that the host signalled with `status`. One without a name is of a later
// minor, and is taken as INTERNAL.
inline Failure failure_of_signal(bp_status_t status) {
  if (status == BP_OK) return {};
  const char* name = status_name(status);
  if (name == nullptr)
    return {BP_STATUS_INTERNAL,
            "the host signalled an event with status " + std::to_string(status)};
  return {status, std::string("the host signalled an event with ") + name};
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_FAILURE_HPP
