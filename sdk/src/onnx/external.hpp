// Weights in files of their own, beside the model. What the model says of them is not believed: a
// path stays inside the model's folder, a range inside its file.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "onnx/file.hpp"
#include "onnx/proto.hpp"
#include "support/status.hpp"

namespace backplane::onnx {

class ExternalFiles {
 public:
  // "": there is no folder, and every tensor that wants one is refused.
  explicit ExternalFiles(std::string folder) : folder_(std::move(folder)) {}

  // The bytes of a tensor that needs `size` of them; the mapping lives as long as the pointer.
  Result<std::shared_ptr<const void>> bytes_of(const format::TensorProto& tensor, uint64_t size);

 private:
  Result<std::string> path_of(const std::string& location) const;
  Result<std::shared_ptr<const MappedFile>> file_at(const std::string& path);

  std::string folder_;
  std::map<std::string, std::shared_ptr<const MappedFile>> files_;
};

}  // namespace backplane::onnx
