#include "loader/host_services.hpp"

#include <backplane/plugin.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace backplane {
namespace {

// Stands directly before every block that a plugin gets.
struct Header {
  uint64_t size;    // as asked for
  uint64_t offset;  // from what std::free wants to the plugin's pointer
};
constexpr uint64_t kLeastAlignment = alignof(std::max_align_t);
// Far below what overflows, and where a sanitizer's allocator would end the process, not say no.
constexpr uint64_t kMostBytes = uint64_t{1} << (BP_SANITIZERS != 0 ? 39 : 62);
static_assert(sizeof(Header) <= kLeastAlignment, "the header has to fit before the block");

thread_local std::string last_explanation;

bool is_power_of_two(uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

Header* header_of(void* pointer) {
  return reinterpret_cast<Header*>(static_cast<char*>(pointer) - sizeof(Header));
}

// `size` bytes at a multiple of `alignment`, a header before them; nullptr when there is no room.
void* allocate_with_header(uint64_t size, uint64_t alignment) {
  const uint64_t offset = std::max(alignment, kLeastAlignment);
  const uint64_t rounded = (offset + size + offset - 1) / offset * offset;
  void* const block = std::aligned_alloc(offset, rounded);
  if (block == nullptr) return nullptr;
  char* const pointer = static_cast<char*>(block) + offset;
  *header_of(pointer) = {size, offset};
  return pointer;
}

void explain(void*, const char* text) noexcept {
  try {
    last_explanation = text != nullptr ? text : "";
  } catch (...) {  // no memory for the copy: better no words than an exception through a plugin
  }
}

const void* get_extension(void*, const char*) { return nullptr; }

}  // namespace

HostServices::HostServices(const Log& log, std::string source)
    : log_(log), source_(std::move(source)) {
  table_.struct_size = sizeof(bp_host_t);
  table_.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  table_.self = this;
  table_.explain = explain;
  table_.log = log_line;
  table_.allocate = allocate;
  table_.deallocate = deallocate;
  table_.get_extension = get_extension;
}

void* HostServices::allocate(void* self, uint64_t size, uint64_t alignment) {
  if (size == 0 || !is_power_of_two(alignment)) return nullptr;
  if (size > kMostBytes || alignment > kMostBytes) return nullptr;
  void* const pointer = allocate_with_header(size, alignment);
  if (pointer == nullptr) return nullptr;
  auto* const services = static_cast<HostServices*>(self);
  services->allocated_bytes_ += size;
  services->allocated_blocks_ += 1;
  return pointer;
}

void HostServices::deallocate(void* self, void* pointer) {
  if (pointer == nullptr) return;
  auto* const services = static_cast<HostServices*>(self);
  const Header header = *header_of(pointer);
  services->allocated_bytes_ -= header.size;
  services->allocated_blocks_ -= 1;
  std::free(static_cast<char*>(pointer) - header.offset);
}

void HostServices::log_line(void* self, bp_log_level_t level, const char* text) {
  const auto* const services = static_cast<const HostServices*>(self);
  try {
    services->log_.write(std::clamp<bp_log_level_t>(level, BP_LOG_DEBUG, BP_LOG_ERROR),
                         services->source_.c_str(), text != nullptr ? text : "");
  } catch (...) {  // a sink that throws is the host's trouble, never the plugin's
  }
}

void clear_explanation() { last_explanation.clear(); }
const std::string& explanation() { return last_explanation; }

}  // namespace backplane
