// A bp_host_t for tests that call a plugin without the host runtime: keeps what was explained,
// counts memory, and can refuse the next allocations.
#ifndef BACKPLANE_TESTS_FAKE_HOST_HPP
#define BACKPLANE_TESTS_FAKE_HOST_HPP

#include <backplane/host.h>

#include <cstdlib>
#include <map>
#include <string>

namespace backplane::tests {

class FakeHost {
 public:
  FakeHost() {
    host_.struct_size = sizeof(host_);
    host_.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
    host_.self = this;
    host_.explain = [](void* self, const char* words) { of(self).text = words; };
    host_.log = [](void*, bp_log_level_t, const char*) {};
    host_.allocate = [](void* self, uint64_t size, uint64_t alignment) {
      return of(self).allocate(size, alignment);
    };
    host_.deallocate = [](void* self, void* pointer) { of(self).deallocate(pointer); };
    host_.get_extension = [](void*, const char*) -> const void* { return nullptr; };
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const bp_host_t* get() const { return &host_; }
  void claim_abi(bp_version_t abi) { host_.abi = abi; }

  std::string text;              // what was explained last
  size_t live = 0;               // allocations not given back
  bool has_no_memory = false;    // allocate fails
  bool gave_back_wrong = false;  // deallocate of what is not allocated

 private:
  static FakeHost& of(void* self) { return *static_cast<FakeHost*>(self); }

  void* allocate(uint64_t size, uint64_t alignment) {
    const bool is_power_of_two = alignment != 0 && (alignment & (alignment - 1)) == 0;
    if (has_no_memory || size == 0 || !is_power_of_two || size > uint64_t{1} << 32) return nullptr;
    void* raw = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (raw == nullptr) return nullptr;
    ++live;
    blocks_[raw] = size;
    return raw;
  }
  void deallocate(void* pointer) {
    if (pointer == nullptr) return;
    gave_back_wrong |= blocks_.erase(pointer) != 1;
    --live;
    std::free(pointer);
  }

  bp_host_t host_ = {};
  std::map<void*, uint64_t> blocks_;
};

}  // namespace backplane::tests

#endif  // BACKPLANE_TESTS_FAKE_HOST_HPP
