// For tests only: a host that remembers what it was told and counts the memory it gave; and a
// folder for as long as it lives.
#pragma once

#include <backplane/backplane.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

namespace backplane::opencl {

class TestHost {
 public:
  TestHost() {
    table_ = {
        sizeof(bp_host_t), {BP_ABI_MAJOR, BP_ABI_MINOR}, this, explain, log, allocate, deallocate,
        extension};
  }
  ~TestHost() { EXPECT_EQ(live_bytes(), 0u) << "memory of the host's was not given back"; }
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;

  const bp_host_t* table() const { return &table_; }
  // Every line so far.
  std::string logged() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return log_;
  }
  // Bytes allocated and not given back.
  uint64_t live_bytes() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    uint64_t sum = 0;
    for (const auto& [pointer, size] : blocks_) sum += size;
    return sum;
  }
  // The last explanation, whatever the thread.
  std::string explained() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return explanation_;
  }

 private:
  static void explain(void* self, const char* text) {
    auto& host = *static_cast<TestHost*>(self);
    const std::lock_guard<std::mutex> lock(host.mutex_);
    host.explanation_ = text;
  }
  static void log(void* self, bp_log_level_t, const char* text) {
    auto& host = *static_cast<TestHost*>(self);
    const std::lock_guard<std::mutex> lock(host.mutex_);
    host.log_ += std::string(text) + '\n';
  }
  static void* allocate(void* self, uint64_t size, uint64_t alignment) {
    auto& host = *static_cast<TestHost*>(self);
    const uint64_t unit = alignment < sizeof(void*) ? sizeof(void*) : alignment;
    void* made = std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
    const std::lock_guard<std::mutex> lock(host.mutex_);
    if (made != nullptr) host.blocks_[made] = size;
    return made;
  }
  static void deallocate(void* self, void* pointer) {
    auto& host = *static_cast<TestHost*>(self);
    {
      const std::lock_guard<std::mutex> lock(host.mutex_);
      host.blocks_.erase(pointer);
    }
    std::free(pointer);
  }
  static const void* extension(void*, const char*) { return nullptr; }

  bp_host_t table_ = {};
  mutable std::mutex mutex_;
  std::string log_;
  std::string explanation_;
  std::map<void*, uint64_t> blocks_;
};

class TestFolder {
 public:
  TestFolder() {
    std::string name = testing::TempDir() + "backplane-opencl-XXXXXX";
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace backplane::opencl
