#include "cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "hash.hpp"

namespace backplane::opencl {

namespace {

constexpr char kMagic[] = "backplane opencl cache 1\n";

// An entry: kMagic, a checksum of what follows it, then the key's size, the key and the bytes.
std::string packed(const std::string& key, const std::string& bytes) {
  const std::string body = std::to_string(key.size()) + '\n' + key + bytes;
  return kMagic + hash_text(body) + '\n' + body;
}

// The bytes of an entry for `key`; nothing when `entry` is not exactly that.
std::optional<std::string> unpacked(const std::string& entry, const std::string& key) {
  const size_t before = packed(key, "").size();
  if (entry.size() < before) return std::nullopt;
  std::string bytes = entry.substr(before);
  if (packed(key, bytes) != entry) return std::nullopt;
  return bytes;
}

// Why what lies in `folder` cannot be trusted; "" when it can.
std::string fault_of(const std::string& folder) {
  struct stat found = {};
  if (stat(folder.c_str(), &found) != 0) return std::strerror(errno);
  if (!S_ISDIR(found.st_mode)) return "it is no folder";
  if (found.st_uid != geteuid() && found.st_uid != 0) return "it belongs to another user";
  if ((found.st_mode & S_IWOTH) != 0) return "every user may write to it";
  return "";
}

// A new file; 0, or the error.
int write_file(const std::string& path, const std::string& bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  size_t at = 0;
  int error = 0;
  while (at < bytes.size() && error == 0) {
    const ssize_t written = write(file, bytes.data() + at, bytes.size() - at);
    if (written > 0)
      at += static_cast<size_t>(written);
    else if (errno != EINTR)
      error = written == 0 ? ENOSPC : errno;
  }
  if (close(file) != 0 && error == 0) error = errno;
  return error;
}

// A name that nobody else writes to: of this process, and of this moment in it.
std::string fresh_name(const std::string& path) {
  static std::atomic<uint32_t> number{0};
  return path + '.' + std::to_string(getpid()) + '.' + std::to_string(++number) + ".new";
}

}  // namespace

Cache::Cache(const bp_host_t* host, const std::string& folder) : host_(host), folder_(folder) {
  std::error_code error;
  if (std::filesystem::create_directories(folder_, error)) chmod(folder_.c_str(), 0700);
  const std::string fault = fault_of(folder_);
  if (fault.empty()) return;
  warn("the cache folder " + folder_ + " is not used: " + fault);
  folder_.clear();
}

std::string Cache::path_of(const std::string& key) const {
  return folder_ + "/opencl-" + hash_text(key);
}

void Cache::warn(const std::string& text) const {
  host_->log(host_->self, BP_LOG_WARNING, text.c_str());
}

std::optional<std::string> Cache::find(const std::string& key) const {
  if (folder_.empty()) return std::nullopt;
  std::ifstream file(path_of(key), std::ios::binary);
  if (!file) return std::nullopt;
  const std::string entry{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::optional<std::string> bytes = unpacked(entry, key);
  if (!bytes) warn("cache: " + path_of(key) + " is damaged or another's; it is made anew");
  return bytes;
}

void Cache::keep(const std::string& key, const std::string& bytes) const {
  if (folder_.empty()) return;
  const std::string path = path_of(key);
  const std::string fresh = fresh_name(path);
  int error = write_file(fresh, packed(key, bytes));
  if (error == 0 && std::rename(fresh.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return;
  unlink(fresh.c_str());
  warn("cache: " + path + " cannot be written: " + std::strerror(error));
}

void Cache::forget(const std::string& key) const {
  if (!folder_.empty()) unlink(path_of(key).c_str());
}

}  // namespace backplane::opencl
