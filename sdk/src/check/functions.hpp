// The functions of the ABI's tables as data: names, the statuses that each may return, and how
// closely the process is watched around it. The table is in statuses.cpp.
#pragma once

#include <backplane/base.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace backplane::check {

enum class Function : uint8_t {
  kDeviceInfo,
  kDeviceOpen,
  kDeviceClose,
  kGetExtension,
  kUnload,
  kBufferCreate,
  kBufferDestroy,
  kWrite,
  kRead,
  kCopy,
  kFill,
  kMap,
  kBufferImport,
  kBufferExport,
  kHostSpace,
  kUsage,
  kStreamCreate,
  kStreamDestroy,
  kStreamSynchronize,
  kEventCreate,
  kEventDestroy,
  kEventRecord,
  kEventWait,
  kEventQuery,
  kEventSynchronize,
  kEventElapsed,
  kEventSignal,
  kHostCall,
  kSupports,
  kKernelCreate,
  kKernelDestroy,
  kKernelInfo,
  kScratchSize,
  kLaunch,
  kEstimateNs,
  kFailNext,
  kFailWork,
  kCounters,
  kLose,
  kPassCount,
  kPassInfo,
  kPassRun,
};
constexpr size_t kFunctionCount = static_cast<size_t>(Function::kPassRun) + 1;

// A set of statuses that the list in base.h has.
class StatusSet {
 public:
  constexpr StatusSet() = default;
  constexpr StatusSet(std::initializer_list<bp_status_t> statuses) {
    for (const bp_status_t status : statuses) bits_ |= 1u << status;
  }
  constexpr bool has(bp_status_t status) const {
    return status >= 0 && status < 32 && (bits_ >> status & 1u) != 0;
  }
  constexpr StatusSet operator|(StatusSet other) const {
    StatusSet both;
    both.bits_ = bits_ | other.bits_;
    return both;
  }

 private:
  uint32_t bits_ = 0;
};

// What any call may fail with, and what work, and so a stream or an event, may fail with.
constexpr StatusSet kAnyCall = {BP_STATUS_INVALID_ARGUMENT, BP_STATUS_OUT_OF_MEMORY,
                                BP_STATUS_DEVICE_LOST, BP_STATUS_INTERNAL};
constexpr StatusSet kAnyWork =
    kAnyCall | StatusSet{BP_STATUS_UNSUPPORTED, BP_STATUS_CORRUPT, BP_STATUS_CANCELLED};

// What is compared before and after a call; each has what stands before it, too.
enum class Watch : uint8_t {
  kRounding,  // the hot path, and whatever waits: the rounding mode
  kProcess,   // signal mask, locale, working directory; the plugin's constant data
  kHandlers,  // signal handlers
};

struct FunctionRules {
  Function function;
  const char* name;  // "buffer_create"
  StatusSet fails;   // beside BP_OK and kAnyCall: "Fails:" and [optional]
  Watch watch;

  bool allows(bp_status_t status) const {
    return status == BP_OK || kAnyCall.has(status) || fails.has(status);
  }
};

const FunctionRules& rules_of(Function function);

// "NOT_READY", or "status 77" for a value that base.h does not list.
std::string status_word(bp_status_t status);
// "INVALID_ARGUMENT, OUT_OF_MEMORY, DEVICE_LOST, INTERNAL, UNSUPPORTED"
std::string failures_allowed(const FunctionRules& rules, StatusSet carried);

}  // namespace backplane::check
