// A bp_host_t for plugins whose driver has threads of its own: counts memory, keeps what was said.
#pragma once

#include <backplane/host.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace backplane::opencl::tests {

class Host {
 public:
  Host() {
    table_.struct_size = sizeof table_;
    table_.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
    table_.self = this;
    table_.explain = [](void* self, const char* words) { of(self).keep(words, false); };
    table_.log = [](void* self, bp_log_level_t, const char* words) { of(self).keep(words, true); };
    table_.allocate = [](void* self, uint64_t size, uint64_t alignment) {
      return of(self).allocate(size, alignment);
    };
    table_.deallocate = [](void* self, void* pointer) { of(self).deallocate(pointer); };
    table_.get_extension = [](void*, const char*) -> const void* { return nullptr; };
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const bp_host_t* get() const { return &table_; }
  // What was explained last, whatever the thread.
  std::string text() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return text_;
  }
  // All that was logged.
  std::string log() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return log_;
  }
  // Bytes allocated and not given back.
  uint64_t live_bytes() {
    const std::lock_guard<std::mutex> lock(mutex_);
    uint64_t sum = 0;
    for (const auto& [pointer, size] : blocks_) sum += size;
    return sum;
  }

 private:
  static Host& of(void* self) { return *static_cast<Host*>(self); }

  void keep(const char* words, bool is_logged) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_logged)
      log_ += std::string(words) + '\n';
    else
      text_ = words;
  }
  void* allocate(uint64_t size, uint64_t alignment) {
    void* made = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (made != nullptr) blocks_[made] = size;
    return made;
  }
  void deallocate(void* pointer) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      blocks_.erase(pointer);
    }
    std::free(pointer);
  }

  bp_host_t table_ = {};
  std::mutex mutex_;
  std::string text_;
  std::string log_;
  std::map<void*, uint64_t> blocks_;
};

}  // namespace backplane::opencl::tests
