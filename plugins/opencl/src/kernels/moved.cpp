#include "moved.hpp"

#include "sources.hpp"

namespace backplane::opencl {

namespace {

const char* option_of(uint64_t size) {
  switch (size) {
    case 1:
      return "-DELEMENT=uchar";
    case 2:
      return "-DELEMENT=ushort";
    case 4:
      return "-DELEMENT=uint";
    default:
      return "-DELEMENT=ulong";
  }
}

}  // namespace

MovedElements::MovedElements(Device& device, bp_dtype_t dtype)
    : compute_(device, kCopySource, option_of(element_size(dtype)), "walk_copy") {}

void MovedElements::launch(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                           const Walk& walk) {
  const uint64_t count = walk.count();
  if (count == 0) return;
  compute_.launch(stream, work_over(count), [&](Arguments& arguments) {
    arguments.add(from);
    arguments.add(to);
    arguments.add(cl_ulong{count});
    arguments.add(walk);
  });
}

void check_moved(const Node& node) {
  check_same_dtype(node);
  if (element_size(node.input(0).dtype) == 0)
    refuse(node, "no element type " + std::to_string(node.input(0).dtype));
}

}  // namespace backplane::opencl
