#include "support/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace backplane {
namespace {

Status failed(const std::string& path, const char* what) {
  return invalid_argument(path + ": " + what + ": " + std::strerror(errno));
}

Status write_all(int fd, const std::string& path, const std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t written = ::write(fd, bytes.data() + at, bytes.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(path, "cannot be written");
    at += static_cast<size_t>(written);
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(path, "cannot be opened");
  std::string bytes;
  char piece[65536];
  ssize_t got = 0;
  while ((got = ::read(fd, piece, sizeof piece)) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    bytes.append(piece, static_cast<size_t>(got));
  }
  const Status status = got < 0 ? failed(path, "cannot be read") : Status();
  ::close(fd);
  if (!status.ok()) return status;
  return bytes;
}

Status write_file(const std::string& path, const std::string& bytes) {
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return failed(path, "cannot be written");
  Status status = write_all(fd, path, bytes);
  if (::close(fd) != 0 && status.ok()) status = failed(path, "cannot be written");
  if (status.ok() && std::rename(fresh.c_str(), path.c_str()) != 0)
    status = failed(path, "cannot be written");
  if (!status.ok()) ::unlink(fresh.c_str());
  return status;
}

}  // namespace backplane
