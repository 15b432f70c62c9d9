// A page that supervisor and worker share: which case runs, and which function of the ABI it is in.
// It outlives the worker, so that a crash or a hang has a name.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace backplane::conformance {

class ProgressPage {
 public:
  // A page of its own; fd() is handed to the worker.
  ProgressPage();
  // The page behind a file descriptor that was handed over.
  explicit ProgressPage(int fd);
  ~ProgressPage();
  ProgressPage(const ProgressPage&) = delete;
  ProgressPage& operator=(const ProgressPage&) = delete;

  int fd() const { return fd_; }
  bool is_open() const { return words_ != nullptr; }

  // "" before the first call of a case. Any thread.
  void set_function(const char* name);
  std::string function() const;
  // What is special about the calls that are made now, eg "between protected pages"; "": nothing.
  void set_circumstance(const char* words);
  std::string circumstance() const;
  // How often a case said that its time begins anew.
  void add_step();
  uint64_t steps() const;

 private:
  static constexpr int kWordCount = 6;           // 48 bytes of a text
  static constexpr int kSteps = 2 * kWordCount;  // the word after both texts
  using Word = std::atomic<uint64_t>;

  void set(int first, const char* text);
  std::string get(int first) const;

  void map();

  int fd_;
  Word* words_ = nullptr;
};

}  // namespace backplane::conformance
