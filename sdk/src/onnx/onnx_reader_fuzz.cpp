// Any bytes: a model, a tensor, a summary or a failure in words; never a crash, a hang or much
// memory.
#include <cstdint>
#include <cstdlib>

#include "graph/verify.hpp"
#include "onnx/reader.hpp"

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

template <class T>
void expect_words(const backplane::Result<T>& result) {
  if (result.ok()) return;
  expect(!result.status().text().empty());
  expect(result.status().code() != BP_STATUS_INTERNAL);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto graph = backplane::onnx::read_model(bytes, size, {});
  expect_words(graph);
  if (graph.ok()) expect(backplane::graph::violations(*graph).empty());
  expect_words(backplane::onnx::read_tensor(bytes, size));
  expect_words(backplane::onnx::summarise(bytes, size));
  return 0;
}
