// Kernels of which the data decides how much they give: Compress, launched on one and the same
// vector with other conditions.
#include <cstring>

#include "abi/cases.hpp"
#include "published/node_run.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

TensorBytes vector_of(bp_dtype_t dtype, size_t count, std::string bytes) {
  return {tensor_type(dtype, {static_cast<int64_t>(count)}), std::move(bytes)};
}

// What comes of 1, 2, 3 ... that `wanted` has a 1 for.
void require_chosen(Subject& subject, bp_stream_t* stream, const std::string& wanted) {
  std::vector<float> all;
  std::vector<float> chosen;
  for (size_t i = 0; i < wanted.size(); ++i) {
    all.push_back(static_cast<float>(i + 1));
    if (wanted[i] != 0) chosen.push_back(all.back());
  }
  const auto bytes_of = [](const std::vector<float>& floats) {
    return std::string(reinterpret_cast<const char*>(floats.data()), floats.size() * sizeof(float));
  };
  const TensorBytes x = vector_of(BP_DTYPE_FLOAT32, all.size(), bytes_of(all));
  const TensorBytes condition = vector_of(BP_DTYPE_BOOL, wanted.size(), wanted);
  ops::Operator compress;
  compress.op = "Compress";
  compress.since = 11;
  const NodeCall call = {&compress, {&x, &condition}, {false, false}, {true}};
  const TensorBytes came = run_node(subject, stream, call).front();
  const std::string what = std::to_string(chosen.size()) + " of " + std::to_string(all.size());
  require(came.type.shape[0] == static_cast<int64_t>(chosen.size()),
          what + " were to be chosen, and the kernel says " + std::to_string(came.type.shape[0]));
  require_equal(came.bytes, bytes_of(chosen), what + ", dense from the output's start");
}

void sizes_come_with_the_output(Subject& subject) {
  const Owned<bp_stream_t> stream = subject.stream();
  try {
    for (const size_t count : {size_t{1}, size_t{17}, size_t{1000}}) {
      std::string some(count, '\0');
      for (size_t i = 0; i < count; i += 3) some[i] = 1;
      require_chosen(subject, stream.get(), some);
      require_chosen(subject, stream.get(), std::string(count, '\1'));
      require_chosen(subject, stream.get(), std::string(count, '\0'));
    }
  } catch (const Refusal& refusal) {
    unsupported(refusal.text);
  }
}

const AbiCase kCases[] = {
    {"operators/sizes-that-the-data-decides", "BP-KERNEL-12,BP-KERNEL-13",
     "Compress stores the sizes that its data decides, and its output dense in them",
     sizes_come_with_the_output},
};

}  // namespace

std::vector<AbiCase> kernel_size_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
