#include "published/data_set.hpp"

#include "compare/published.hpp"
#include "onnx/reader.hpp"
#include "published/list.hpp"
#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

namespace fs = std::filesystem;

fs::path file_of(const fs::path& data_set, const char* kind, size_t index) {
  return data_set / (kind + std::to_string(index) + ".pb");
}

// What is UNSUPPORTED begins with a word of ops/table.hpp, and goes on as it is.
Status named(const fs::path& path, const Status& status) {
  return status.code() == BP_STATUS_UNSUPPORTED ? status : status.in(path.filename().string());
}

// The file's tensor; `declared` says of what type it is.
Result<TensorBytes> read_bytes(const fs::path& path, bp_dtype_t declared) {
  const Result<onnx::NamedTensor> tensor = onnx::read_tensor_file(path.string());
  if (!tensor.ok()) return named(path, tensor.status());
  const ops::Constant& value = *tensor->value;
  const Result<uint64_t> size = byte_size(value.type);
  if (!size.ok()) return named(path, size.status());
  TensorBytes made = {value.type, std::string(static_cast<const char*>(value.bytes()), *size)};
  made.type.dtype = published_dtype(made.type.dtype, declared);
  return made;
}

}  // namespace

fs::path data_set_of(const fs::path& folder, size_t index) {
  return folder / ("test_data_set_" + std::to_string(index));
}

std::vector<fs::path> data_sets_of(const fs::path& folder) {
  std::vector<fs::path> sets;
  while (fs::is_directory(data_set_of(folder, sets.size())))
    sets.push_back(data_set_of(folder, sets.size()));
  return sets;
}

Result<std::vector<TensorBytes>> read_inputs(const fs::path& data_set, const graph::Graph& graph) {
  std::vector<TensorBytes> inputs;
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    const fs::path path = file_of(data_set, "input_", i);
    const graph::Value& value = graph.value(graph.inputs()[i]);
    inputs.emplace_back();
    if (!fs::exists(path) && value.constant != nullptr) continue;
    Result<TensorBytes> read = read_bytes(path, value.type.dtype);
    if (!read.ok()) return read.status();
    inputs.back() = read.take();
  }
  return inputs;
}

std::string compare_output(const fs::path& data_set, size_t index, const TensorBytes& came) {
  const Result<TensorBytes> wanted =
      read_bytes(file_of(data_set, "output_", index), came.type.dtype);
  if (!wanted.ok()) return wanted.status().text();
  return compare_with_published(wanted->type, wanted->bytes, came.type, came.bytes);
}

}  // namespace backplane::conformance
