// How a plugin's own C++ reports a failure: it throws an Error, and guarded() turns whatever was
// thrown into status and text at the ABI's edge.
#ifndef BACKPLANE_PLUGIN_ERROR_HPP
#define BACKPLANE_PLUGIN_ERROR_HPP

#include <backplane/host.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

namespace backplane::plugin {

// What a plugin's own code throws; becomes the call's status and its explanation.
class Error : public std::runtime_error {
 public:
  Error(bp_status_t status, const std::string& text) : std::runtime_error(text), status_(status) {}
  bp_status_t status() const { return status_; }

 private:
  bp_status_t status_;
};

[[noreturn]] inline void fail(bp_status_t status, const std::string& text) {
  throw Error(status, text);
}

// Runs `body`, which returns nothing, and answers as the ABI wants it: BP_OK, or the status of what
// was thrown, explained to the host. No exception leaves. [BP-BASE-4] [BP-BASE-5]
template <class Body>
bp_status_t guarded(const bp_host_t* host, Body&& body) noexcept {
  try {
    body();
    return BP_OK;
  } catch (const Error& error) {
    host->explain(host->self, error.what());
    return error.status();
  } catch (const std::bad_alloc&) {
    host->explain(host->self, "no host memory left");
    return BP_STATUS_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    host->explain(host->self, error.what());
    return BP_STATUS_INTERNAL;
  } catch (...) {
    host->explain(host->self, "an exception that is no std::exception");
    return BP_STATUS_INTERNAL;
  }
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_ERROR_HPP
