#include <memory>

#include "clblast.hpp"
#ifdef BACKPLANE_HAS_CLBLAST
#include <clblast.h>
#endif

namespace backplane::opencl::benchmark {

#ifdef BACKPLANE_HAS_CLBLAST

const char* why_no_clblast() { return ""; }

Contender clblast_product(BenchDevice& device, int64_t n, bp_buffer_t* a, bp_buffer_t* b,
                          bp_buffer_t* y) {
  const auto queue = std::make_shared<Queue>(device.make_queue());
  const auto size = static_cast<size_t>(n);
  return {"CLBlast", [=](int times) {
            cl_command_queue on = queue->get();
            for (int i = 0; i < times; ++i)
              check(
                  static_cast<cl_int>(clblast::Gemm<float>(
                      clblast::Layout::kRowMajor, clblast::Transpose::kNo, clblast::Transpose::kNo,
                      size, size, size, 1.0F, BenchDevice::memory(a), 0, size,
                      BenchDevice::memory(b), 0, size, 0.0F, BenchDevice::memory(y), 0, size, &on)),
                  "clblast::Gemm");
            check(cl().clFinish(on), "clFinish");
          }};
}

#else

const char* why_no_clblast() { return "built without CLBlast (libclblast-dev)"; }

Contender clblast_product(BenchDevice&, int64_t, bp_buffer_t*, bp_buffer_t*, bp_buffer_t*) {
  plugin::fail(BP_STATUS_UNSUPPORTED, why_no_clblast());
}

#endif

}  // namespace backplane::opencl::benchmark
