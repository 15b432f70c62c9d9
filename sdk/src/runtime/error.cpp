#include "runtime/error.hpp"

namespace backplane::runtime {
namespace {

struct LastError {
  std::string text;
  std::string node;
  std::string op;
  std::string device;
  bp_rt_error_t error = {sizeof(bp_rt_error_t), BP_OK, "", "", "", ""};
};

LastError& last_error() {
  thread_local LastError last;
  return last;
}

}  // namespace

bp_status_t remember(const Status& failure, const Context& context) {
  const bp_status_t code = is_known_status(failure.code()) ? failure.code() : BP_STATUS_INTERNAL;
  LastError& last = last_error();
  last.error.status = code;
  try {
    last.text = failure.text();
    last.node = context.where.node;
    last.op = context.where.op;
    last.device = context.device;
  } catch (...) {  // no memory for the words: the status alone
    last.text.clear();
  }
  last.error.text = last.text.c_str();
  last.error.node = last.node.c_str();
  last.error.op = last.op.c_str();
  last.error.device = last.device.c_str();
  return code;
}

Status not_null(std::initializer_list<Argument> arguments) {
  for (const Argument& argument : arguments)
    if (argument.value == nullptr) return invalid_argument(std::string(argument.name) + " is NULL");
  return {};
}

}  // namespace backplane::runtime

const bp_rt_error_t* bp_rt_last_error(void) { return &backplane::runtime::last_error().error; }

bp_version_t bp_rt_version(void) { return {BP_ABI_MAJOR, BP_ABI_MINOR}; }
