#include "onnx/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <system_error>

namespace backplane::onnx {
namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// Without O_NONBLOCK, opening a pipe would wait for its writer.
int open_for_reading(const std::string& path) {
  return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

Result<uint64_t> size_of(const Descriptor& file) {
  if (file.number() < 0) return invalid_argument("cannot be opened: " + error_text(errno));
  struct stat facts = {};
  if (fstat(file.number(), &facts) != 0) return invalid_argument(error_text(errno));
  if (!S_ISREG(facts.st_mode)) return invalid_argument("is not a regular file");
  return static_cast<uint64_t>(facts.st_size);
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(open_for_reading(path));
  const Result<uint64_t> size = size_of(file);
  if (!size.ok()) return size.status();
  if (*size > INT_MAX) return corrupt(fmt::format("{} bytes, and the format ends at 2 GiB", *size));
  std::string bytes(*size, '\0');
  for (uint64_t done = 0; done < *size;) {
    const ssize_t count = read(file.number(), &bytes[done], *size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return invalid_argument("cannot be read: " + error_text(errno));
    if (count == 0) return corrupt("it became shorter while it was read");
    done += static_cast<uint64_t>(count);
  }
  return bytes;
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  const Descriptor file(open_for_reading(path));
  const Result<uint64_t> size = size_of(file);
  if (!size.ok()) return size.status();
  void* bytes = nullptr;
  if (*size != 0) {
    bytes = mmap(nullptr, *size, PROT_READ, MAP_PRIVATE, file.number(), 0);
    if (bytes == MAP_FAILED) return out_of_memory("cannot be mapped: " + error_text(errno));
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(static_cast<const char*>(bytes), *size));
}

MappedFile::~MappedFile() {
  if (bytes_ != nullptr) munmap(const_cast<char*>(bytes_), size_);
}

}  // namespace backplane::onnx
