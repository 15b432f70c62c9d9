#include <array>

#include "check/functions.hpp"
#include "support/status.hpp"

namespace backplane::check {

namespace {

constexpr StatusSet kNothing;
constexpr StatusSet kUnsupported = {BP_STATUS_UNSUPPORTED};
constexpr StatusSet kNotReady = {BP_STATUS_NOT_READY};
constexpr StatusSet kTimeout = {BP_STATUS_TIMEOUT};

// What a stream or an event carries comes on top, in the calls that may report it.
constexpr std::array<FunctionRules, kFunctionCount> kRules = {{
    {Function::kDeviceInfo, "device_info", kNothing, Watch::kHandlers},
    {Function::kDeviceOpen, "device_open", kUnsupported | kNotReady, Watch::kHandlers},
    {Function::kDeviceClose, "device_close", kNothing, Watch::kProcess},
    {Function::kGetExtension, "get_extension", kNothing, Watch::kProcess},
    {Function::kUnload, "unload", kNothing, Watch::kProcess},
    {Function::kBufferCreate, "buffer_create", kUnsupported, Watch::kHandlers},
    {Function::kBufferDestroy, "buffer_destroy", kNothing, Watch::kProcess},
    {Function::kWrite, "write", kNothing, Watch::kRounding},
    {Function::kRead, "read", kNothing, Watch::kRounding},
    {Function::kCopy, "copy", kUnsupported, Watch::kRounding},
    {Function::kFill, "fill", kUnsupported, Watch::kRounding},
    {Function::kMap, "map", kUnsupported, Watch::kProcess},
    {Function::kBufferImport, "buffer_import", kUnsupported, Watch::kProcess},
    {Function::kBufferExport, "buffer_export", kUnsupported, Watch::kProcess},
    {Function::kHostSpace, "host_space", kNothing, Watch::kProcess},
    {Function::kUsage, "usage", kUnsupported, Watch::kProcess},
    {Function::kStreamCreate, "stream_create", kUnsupported, Watch::kProcess},
    {Function::kStreamDestroy, "stream_destroy", kNothing, Watch::kRounding},
    {Function::kStreamSynchronize, "stream_synchronize", kTimeout, Watch::kRounding},
    {Function::kEventCreate, "event_create", kUnsupported, Watch::kProcess},
    {Function::kEventDestroy, "event_destroy", kNothing, Watch::kProcess},
    {Function::kEventRecord, "event_record", kNothing, Watch::kRounding},
    {Function::kEventWait, "event_wait", kNothing, Watch::kRounding},
    {Function::kEventQuery, "event_query", kNotReady, Watch::kRounding},
    {Function::kEventSynchronize, "event_synchronize", kTimeout, Watch::kRounding},
    {Function::kEventElapsed, "event_elapsed", kNotReady | kUnsupported, Watch::kRounding},
    {Function::kEventSignal, "event_signal", kNothing, Watch::kRounding},
    {Function::kHostCall, "host_call", kUnsupported, Watch::kRounding},
    {Function::kSupports, "supports", kUnsupported, Watch::kHandlers},
    {Function::kKernelCreate, "kernel_create", kUnsupported, Watch::kHandlers},
    {Function::kKernelDestroy, "kernel_destroy", kNothing, Watch::kProcess},
    {Function::kKernelInfo, "kernel_info", kNothing, Watch::kRounding},
    {Function::kScratchSize, "scratch_size", kUnsupported, Watch::kRounding},
    {Function::kLaunch, "launch", kNothing, Watch::kRounding},
    {Function::kEstimateNs, "estimate_ns", kNothing, Watch::kProcess},
    {Function::kFailNext, "fail_next", kNothing, Watch::kProcess},
    {Function::kFailWork, "fail_work", kUnsupported, Watch::kProcess},
    {Function::kCounters, "counters", kNothing, Watch::kProcess},
    {Function::kLose, "lose", kNothing, Watch::kProcess},
    {Function::kPassCount, "pass_count", kNothing, Watch::kProcess},
    {Function::kPassInfo, "pass_info", kNothing, Watch::kProcess},
    {Function::kPassRun, "pass_run", kUnsupported, Watch::kProcess},
}};

constexpr bool is_in_order() {
  for (size_t i = 0; i < kRules.size(); ++i)
    if (kRules[i].function != static_cast<Function>(i)) return false;
  return true;
}
static_assert(is_in_order(), "the table is indexed by Function");

}  // namespace

const FunctionRules& rules_of(Function function) { return kRules[static_cast<size_t>(function)]; }

std::string status_word(bp_status_t status) {
  return is_known_status(status) ? status_name(status) : "status " + std::to_string(status);
}

std::string failures_allowed(const FunctionRules& rules, StatusSet carried) {
  const StatusSet allowed = kAnyCall | rules.fails | carried;
  std::string text;
  for (bp_status_t status = BP_OK + 1; is_known_status(status); ++status) {
    if (!allowed.has(status)) continue;
    text += (text.empty() ? "" : ", ") + status_word(status);
  }
  return text;
}

}  // namespace backplane::check
