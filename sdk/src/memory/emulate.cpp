#include "memory/emulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace backplane {
namespace {

constexpr uint64_t kCopyPiece = uint64_t{1} << 20;
constexpr uint64_t kFillPiece = 65536;  // every device takes that much behind an unreached event

// A write of nothing at the end of the range says whether all of it is inside the buffer.
Status check_inside(const Device& device, bp_stream_t* stream, const BufferRange& range) {
  if (range.size > UINT64_MAX - range.offset)
    return invalid_argument(fmt::format("the range {} + {} overflows", range.offset, range.size));
  const char nothing = 0;
  const uint64_t end = range.offset + range.size;
  return device.status(device.memory().write(stream, range.buffer, end, &nothing, 0), "write");
}

bool overlap(const BufferRange& a, const BufferRange& b) {
  return a.buffer == b.buffer && a.size > 0 && b.size > 0 && a.offset < b.offset + b.size &&
         b.offset < a.offset + a.size;
}

Status check_pattern(const BufferRange& target, uint32_t pattern_size) {
  const bool is_known =
      pattern_size == 1 || pattern_size == 2 || pattern_size == 4 || pattern_size == 8;
  if (!is_known)
    return invalid_argument(
        fmt::format("fill: a pattern of {} bytes; it has 1, 2, 4 or 8", pattern_size));
  if (target.offset % pattern_size != 0 || target.size % pattern_size != 0)
    return invalid_argument(fmt::format("fill: offset {} and size {} are no multiples of {} bytes",
                                        target.offset, target.size, pattern_size));
  return {};
}

std::vector<char> repeated(const void* pattern, uint32_t pattern_size, uint64_t size) {
  std::vector<char> bytes(size);
  for (uint64_t at = 0; at < size; at += pattern_size)
    std::memcpy(bytes.data() + at, pattern, pattern_size);
  return bytes;
}

// How much of `range` now begins with the pattern, after one more step.
Result<uint64_t> fill_step(const Device& device, bp_stream_t* stream, const BufferRange& range,
                           const std::vector<char>& piece, uint64_t done) {
  const bp_memory_api_t& api = device.memory();
  if (done > 0 && api.copy != nullptr) {
    const uint64_t size = std::min(done, range.size - done);
    const bp_status_t code =
        api.copy(stream, range.buffer, range.offset + done, range.buffer, range.offset, size);
    if (code == BP_OK) return done + size;
    if (code != BP_STATUS_UNSUPPORTED) return device.status(code, "copy");
  }
  const uint64_t size = std::min<uint64_t>(piece.size(), range.size - done);
  const bp_status_t code = api.write(stream, range.buffer, range.offset + done, piece.data(), size);
  if (code != BP_OK) return device.status(code, "write");
  return done + size;
}

}  // namespace

Status emulated_copy(const Device& device, bp_stream_t* stream, const BufferRange& target,
                     const BufferRange& source) {
  for (const BufferRange& range : {target, source}) {
    Status inside = check_inside(device, stream, range);
    if (!inside.ok()) return inside;
  }
  if (overlap(target, source)) return invalid_argument("copy: source and target overlap");
  std::vector<char> piece(std::min(source.size, kCopyPiece));
  for (uint64_t done = 0; done < source.size; done += piece.size()) {
    const uint64_t size = std::min<uint64_t>(piece.size(), source.size - done);
    bp_status_t code =
        device.memory().read(stream, source.buffer, source.offset + done, piece.data(), size);
    if (code != BP_OK) return device.status(code, "read");
    code = device.memory().write(stream, target.buffer, target.offset + done, piece.data(), size);
    if (code != BP_OK) return device.status(code, "write");
  }
  return {};
}

Status emulated_fill(const Device& device, bp_stream_t* stream, const BufferRange& target,
                     const void* pattern, uint32_t pattern_size) {
  Status valid = check_pattern(target, pattern_size);
  if (!valid.ok()) return valid;
  Status inside = check_inside(device, stream, target);
  if (!inside.ok()) return inside;
  const std::vector<char> piece =
      repeated(pattern, pattern_size, std::min(target.size, kFillPiece));
  for (uint64_t done = 0; done < target.size;) {
    Result<uint64_t> now = fill_step(device, stream, target, piece, done);
    if (!now.ok()) return now.status();
    done = *now;
  }
  return {};
}

}  // namespace backplane
