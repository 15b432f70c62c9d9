// Files as bytes: read whole, or mapped.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "support/status.hpp"

namespace backplane::onnx {

// The whole of a regular file of at most 2 GiB. INVALID_ARGUMENT: it cannot be opened or is no
// regular file; CORRUPT: too large, or it shrank meanwhile.
Result<std::string> read_file(const std::string& path);

// A file mapped for reading. Nobody may cut it short meanwhile: that takes memory in use away.
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const char* bytes() const { return bytes_; }
  uint64_t size() const { return size_; }

 private:
  MappedFile(const char* bytes, uint64_t size) : bytes_(bytes), size_(size) {}

  const char* bytes_;
  uint64_t size_;
};

}  // namespace backplane::onnx
