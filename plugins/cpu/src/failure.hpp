// What became of a piece of work: nothing wrong, or a status with the words for it.
#pragma once

#include <backplane/plugin.hpp>
#include <string>

namespace backplane::cpu {

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
Failure current_failure() noexcept;

}  // namespace backplane::cpu
