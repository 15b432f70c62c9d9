#include "run/frame.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace backplane::conformance {
namespace {

constexpr uint64_t kMagic = 0x31304d5246504250;  // begins every frame
constexpr uint64_t kLargestPart = uint64_t{1} << 32;
constexpr uint64_t kMostBlocks = 1 << 16;

bool write_all(int fd, const void* bytes, size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = write(fd, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

// Milliseconds for poll: -1 for ever, at most a minute at a time.
int poll_time(uint64_t deadline_ns) {
  if (deadline_ns == UINT64_MAX) return -1;
  const uint64_t now = steady_now_ns();
  if (now >= deadline_ns) return 0;
  return static_cast<int>(std::min<uint64_t>((deadline_ns - now) / 1'000'000 + 1, 60'000));
}

FrameResult read_all(int fd, uint64_t deadline_ns, void* bytes, size_t size) {
  char* at = static_cast<char*>(bytes);
  while (size > 0) {
    pollfd waiting = {fd, POLLIN, 0};
    const int ready = poll(&waiting, 1, poll_time(deadline_ns));
    if (ready < 0 && errno != EINTR) return FrameResult::kBroken;
    if (ready <= 0) {
      if (deadline_ns != UINT64_MAX && steady_now_ns() >= deadline_ns) return FrameResult::kTimeout;
      continue;
    }
    const ssize_t got = read(fd, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FrameResult::kBroken;
    if (got == 0) return FrameResult::kClosed;
    at += got;
    size -= static_cast<size_t>(got);
  }
  return FrameResult::kDone;
}

FrameResult read_part(int fd, uint64_t deadline_ns, std::string* out_part) {
  uint64_t size = 0;
  const FrameResult result = read_all(fd, deadline_ns, &size, sizeof size);
  if (result != FrameResult::kDone) return result;
  if (size > kLargestPart) return FrameResult::kBroken;
  out_part->resize(size);
  return read_all(fd, deadline_ns, out_part->data(), size);
}

bool write_part(int fd, const std::string& part) {
  const uint64_t size = part.size();
  return write_all(fd, &size, sizeof size) && write_all(fd, part.data(), part.size());
}

}  // namespace

bool write_frame(int fd, const Frame& frame) {
  const uint64_t begin[2] = {kMagic, frame.blocks.size()};
  if (!write_all(fd, begin, sizeof begin) || !write_part(fd, frame.head)) return false;
  return std::all_of(frame.blocks.begin(), frame.blocks.end(),
                     [fd](const std::string& block) { return write_part(fd, block); });
}

FrameResult read_frame(int fd, uint64_t deadline_ns, Frame* out_frame) {
  uint64_t begin[2] = {};
  FrameResult result = read_all(fd, deadline_ns, begin, sizeof begin);
  if (result != FrameResult::kDone) return result;
  if (begin[0] != kMagic || begin[1] > kMostBlocks) return FrameResult::kBroken;
  result = read_part(fd, deadline_ns, &out_frame->head);
  out_frame->blocks.assign(begin[1], std::string());
  for (std::string& block : out_frame->blocks)
    if (result == FrameResult::kDone) result = read_part(fd, deadline_ns, &block);
  return result;
}

uint64_t steady_now_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

}  // namespace backplane::conformance
