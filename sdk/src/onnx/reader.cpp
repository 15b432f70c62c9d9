#include "onnx/reader.hpp"

#include <filesystem>
#include <new>
#include <stdexcept>
#include <utility>

#include "onnx/external.hpp"
#include "onnx/file.hpp"
#include "onnx/model.hpp"
#include "onnx/proto.hpp"
#include "onnx/summary.hpp"
#include "onnx/tensor.hpp"
#include "onnx/text.hpp"

namespace backplane::onnx {
namespace {

// What the standard library throws where memory ends becomes a status here, at the module's edge.
template <class Function>
auto guarded(Function function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return out_of_memory("the model does not fit into memory");
  } catch (const std::length_error&) {
    return out_of_memory("the model does not fit into memory");
  } catch (const std::exception& error) {
    return internal(error.what());
  }
}

template <class T>
Result<T> about_file(Result<T> result, const std::string& path) {
  if (result.ok()) return result;
  return about(result.status(), quoted(path));
}

}  // namespace

Result<graph::Graph> read_model(const void* bytes, uint64_t size, const ReadOptions& options) {
  return guarded([&]() -> Result<graph::Graph> {
    format::ModelProto model;
    const Status status = parse(bytes, size, &model);
    if (!status.ok()) return status;
    ExternalFiles files(options.folder);
    return to_graph(&model, &files, options.reads_bodies);
  });
}

Result<graph::Graph> read_model_file(const std::string& path, bool reads_bodies) {
  return guarded([&]() -> Result<graph::Graph> {
    const Result<std::string> bytes = read_file(path);
    if (!bytes.ok()) return about(bytes.status(), quoted(path));
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const ReadOptions options = {folder.empty() ? std::string(".") : folder, reads_bodies};
    return about_file(read_model(bytes->data(), bytes->size(), options), path);
  });
}

Result<NamedTensor> read_tensor(const void* bytes, uint64_t size) {
  return guarded([&]() -> Result<NamedTensor> {
    format::TensorProto tensor;
    const Status status = parse(bytes, size, &tensor);
    if (!status.ok()) return status;
    const Status name = check_name("tensor", tensor.name());
    if (!name.ok()) return name;
    ExternalFiles nowhere("");
    Result<ops::ConstantPtr> value = to_constant(&tensor, &nowhere);
    if (!value.ok()) return about(value.status(), "tensor " + quoted(tensor.name()));
    return NamedTensor{tensor.name(), value.take()};
  });
}

Result<NamedTensor> read_tensor_file(const std::string& path) {
  return guarded([&]() -> Result<NamedTensor> {
    const Result<std::string> bytes = read_file(path);
    if (!bytes.ok()) return about(bytes.status(), quoted(path));
    return about_file(read_tensor(bytes->data(), bytes->size()), path);
  });
}

Result<Summary> summarise(const void* bytes, uint64_t size) {
  return guarded([&]() -> Result<Summary> {
    format::ModelProto model;
    const Status status = parse(bytes, size, &model);
    if (!status.ok()) return status;
    return to_summary(model);
  });
}

}  // namespace backplane::onnx
