// What the layer counts: calls by function, references by kind of object, builds by where the
// program came from.
#pragma once

#include <CL/cl.h>

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "control.hpp"

namespace backplane::opencl::layer {

struct Function {
  const char* name;
  std::atomic<uint64_t> calls{0};

  explicit Function(const char* its_name) : name(its_name) {}
};

class Counts {
 public:
  // Stays where it is.
  Function& add_function(const char* name) { return functions_.emplace_back(name); }

  void add_reference(Kind kind, int64_t step) { live_[static_cast<size_t>(kind)] += step; }
  void add_program(cl_program program, bool is_source);
  void add_build(cl_program program);

  int64_t live(Kind kind) const { return live_[static_cast<size_t>(kind)]; }
  uint64_t calls(const std::string& function) const;
  uint64_t built_from_source() const { return built_from_source_; }
  uint64_t built_from_binary() const { return built_from_binary_; }

  // {"pid":1,"program":"backplane","built_from_source":2,"built_from_binary":0,
  //  "live":{"context":0,...},"calls":{"clBuildProgram":2,...}} in one line; of functions only
  //  those
  // called.
  std::string json() const;

 private:
  std::deque<Function> functions_;
  std::array<std::atomic<int64_t>, kKindCount> live_ = {};
  std::atomic<uint64_t> built_from_source_{0};
  std::atomic<uint64_t> built_from_binary_{0};
  std::mutex mutex_;
  std::map<cl_program, bool> is_source_;
};

// Adds `line` to the file, in one write.
void append_line(const std::string& path, const std::string& line);

}  // namespace backplane::opencl::layer
