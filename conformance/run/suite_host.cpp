#include "run/suite_host.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace backplane::conformance {
namespace {

thread_local std::string explanation;

// Stands before each block, at `alignment` bytes or more.
struct BlockHead {
  void* raw;
  uint64_t size;
};

bool is_power_of_two(uint64_t number) { return number != 0 && (number & (number - 1)) == 0; }

}  // namespace

SuiteHost::SuiteHost() {
  table_.struct_size = sizeof table_;
  table_.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  table_.self = this;
  table_.explain = explain;
  table_.log = log;
  table_.allocate = allocate;
  table_.deallocate = deallocate;
  table_.get_extension = get_extension;
}

std::string SuiteHost::take_explanation() { return std::exchange(explanation, std::string()); }

std::vector<std::string> SuiteHost::take_log_lines() {
  const std::lock_guard<std::mutex> lock(log_mutex_);
  return std::exchange(log_lines_, {});
}

void SuiteHost::explain(void*, const char* text) { explanation = text != nullptr ? text : ""; }

void SuiteHost::log(void* self, bp_log_level_t, const char* text) {
  auto* host = static_cast<SuiteHost*>(self);
  const std::lock_guard<std::mutex> lock(host->log_mutex_);
  if (host->log_lines_.size() < 1000) host->log_lines_.emplace_back(text != nullptr ? text : "");
}

void* SuiteHost::allocate(void* self, uint64_t size, uint64_t alignment) {
  auto* host = static_cast<SuiteHost*>(self);
  if (host->allocations_left_-- <= 0 || size == 0 || !is_power_of_two(alignment)) return nullptr;
  const uint64_t step = std::max<uint64_t>(alignment, alignof(std::max_align_t));
  uint64_t whole = 0;
  if (__builtin_add_overflow(size, step + sizeof(BlockHead), &whole)) return nullptr;
  void* raw = std::malloc(whole);
  if (raw == nullptr) return nullptr;
  void* block = static_cast<char*>(raw) + sizeof(BlockHead);
  size_t room = whole - sizeof(BlockHead);
  std::align(step, size, block, room);
  const BlockHead head = {raw, size};
  std::memcpy(static_cast<char*>(block) - sizeof head, &head, sizeof head);
  host->allocated_bytes_ += size;
  return block;
}

void SuiteHost::deallocate(void* self, void* pointer) {
  if (pointer == nullptr) return;
  BlockHead head = {};
  std::memcpy(&head, static_cast<char*>(pointer) - sizeof head, sizeof head);
  static_cast<SuiteHost*>(self)->allocated_bytes_ -= head.size;
  std::free(head.raw);
}

const void* SuiteHost::get_extension(void*, const char*) { return nullptr; }

}  // namespace backplane::conformance
