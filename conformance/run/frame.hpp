// Frames on a pipe between supervisor and worker: a head of text and any number of byte blocks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace backplane::conformance {

struct Frame {
  std::string head;
  std::vector<std::string> blocks;
};

enum class FrameResult { kDone, kTimeout, kClosed, kBroken };

// False when the other end is gone. Never raises SIGPIPE in a program that ignores it.
bool write_frame(int fd, const Frame& frame);

// Waits until `deadline_ns` on the steady clock (UINT64_MAX: for ever). kBroken: bytes that no
// write_frame wrote; what a plugin may have scribbled into the pipe is never taken for a result.
FrameResult read_frame(int fd, uint64_t deadline_ns, Frame* out_frame);

uint64_t steady_now_ns();

}  // namespace backplane::conformance
