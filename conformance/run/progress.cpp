#include "run/progress.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace backplane::conformance {
namespace {

constexpr size_t kPageSize = 4096;

}  // namespace

ProgressPage::ProgressPage() : fd_(memfd_create("backplane-progress", MFD_CLOEXEC)) {
  if (fd_ >= 0 && ftruncate(fd_, kPageSize) == 0) map();
}

ProgressPage::ProgressPage(int fd) : fd_(fd) { map(); }

ProgressPage::~ProgressPage() {
  if (words_ != nullptr) munmap(words_, kPageSize);
  if (fd_ >= 0) close(fd_);
}

void ProgressPage::map() {
  void* page = mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (page != MAP_FAILED) words_ = static_cast<Word*>(page);
}

void ProgressPage::set_function(const char* name) { set(0, name); }
std::string ProgressPage::function() const { return get(0); }
void ProgressPage::set_circumstance(const char* words) { set(kWordCount, words); }
std::string ProgressPage::circumstance() const { return get(kWordCount); }

void ProgressPage::add_step() {
  if (words_ != nullptr) words_[kSteps].fetch_add(1, std::memory_order_relaxed);
}

uint64_t ProgressPage::steps() const {
  return words_ == nullptr ? 0 : words_[kSteps].load(std::memory_order_relaxed);
}

void ProgressPage::set(int first, const char* text) {
  if (words_ == nullptr) return;
  uint64_t words[kWordCount] = {};
  std::memcpy(words, text, std::min(std::strlen(text), sizeof words - 1));
  for (int i = 0; i < kWordCount; ++i) words_[first + i].store(words[i], std::memory_order_relaxed);
}

std::string ProgressPage::get(int first) const {
  if (words_ == nullptr) return "";
  uint64_t text[kWordCount] = {};
  for (int i = 0; i < kWordCount; ++i) text[i] = words_[first + i].load(std::memory_order_relaxed);
  const auto* begin = reinterpret_cast<const char*>(text);
  return {begin, strnlen(begin, sizeof text)};
}

}  // namespace backplane::conformance
