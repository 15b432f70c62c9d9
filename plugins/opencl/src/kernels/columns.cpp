#include "columns.hpp"

namespace backplane::opencl {

Columns::Columns(Device& device, const Source& source, const std::string& options,
                 const char* along, const char* across)
    : along_(device, source, options, along), across_(device, source, options, across) {}

void Columns::launch(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                     const Sizes& sizes) {
  const DeviceFacts& facts = stream.device().facts;
  const bool is_along = sizes.step == 1;
  const uint64_t planes = sizes.count / sizes.length / sizes.step;  // along: each is one column
  const uint64_t width = vector_width(facts);
  const uint64_t pieces = is_along ? 1 : (sizes.step + width - 1) / width;
  (is_along ? along_ : across_)
      .launch(stream, few_over(planes * pieces, facts), [&](Arguments& arguments) {
        arguments.add(from);
        arguments.add(to);
        arguments.add(cl_ulong{planes});
        arguments.add(cl_ulong{sizes.length});
        if (!is_along) arguments.add(cl_ulong{sizes.step});
      });
}

}  // namespace backplane::opencl
