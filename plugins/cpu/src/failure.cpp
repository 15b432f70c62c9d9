#include "failure.hpp"

#include <new>

namespace backplane::cpu {

namespace {

Failure describe_current() {
  try {
    throw;
  } catch (const plugin::Error& error) {
    return {error.status(), error.what()};
  } catch (const std::bad_alloc&) {
    return {BP_STATUS_OUT_OF_MEMORY, "no host memory left"};
  } catch (const std::exception& error) {
    return {BP_STATUS_INTERNAL, error.what()};
  } catch (...) {
    return {BP_STATUS_INTERNAL, "an exception that is no std::exception"};
  }
}

}  // namespace

Failure current_failure() noexcept {
  try {
    return describe_current();
  } catch (...) {  // no memory for the words
    Failure failure;
    failure.status = BP_STATUS_OUT_OF_MEMORY;
    return failure;
  }
}

}  // namespace backplane::cpu
