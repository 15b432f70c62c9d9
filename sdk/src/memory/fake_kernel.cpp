#include "memory/fake_objects.hpp"

namespace backplane::fake {
namespace {

bp_status_t supports(bp_device_t* device, const bp_node_t*) {
  return refuse(as<FakeDevice>(device), BP_STATUS_UNSUPPORTED, "the fake has no operators");
}

bp_status_t kernel_create(bp_device_t* device, const bp_node_t*, bp_kernel_t**) {
  return refuse(as<FakeDevice>(device), BP_STATUS_UNSUPPORTED, "the fake has no operators");
}

void kernel_destroy(bp_kernel_t*) {}

bp_status_t launch(bp_kernel_t*, bp_stream_t*, const bp_tensor_t*, const bp_tensor_t*,
                   const bp_tensor_t*) {
  return BP_STATUS_INTERNAL;
}

}  // namespace

const bp_kernel_api_t kKernelTable = {sizeof(bp_kernel_api_t), supports, kernel_create,
                                      kernel_destroy, nullptr, nullptr, launch, nullptr};

}  // namespace backplane::fake
