#include "abi/memory_tools.hpp"

#include <thread>

namespace backplane::conformance {

void need_buffers_of(const Subject& subject, uint64_t size) {
  if (subject.info().max_buffer_size < size)
    not_applicable("buffers are smaller than " + std::to_string(size) + " bytes");
}

Filled filled(Subject& subject, uint64_t size, uint64_t salt) {
  need_buffers_of(subject, size);
  Filled made = {subject.stream(), subject.buffer(size), subject.pattern(size, salt)};
  subject.write(made.stream.get(), made.buffer.get(), 0, made.bytes);
  return made;
}

std::string contents(Subject& subject, const Filled& filled) {
  return subject.read(filled.stream.get(), filled.buffer.get(), 0, filled.bytes.size());
}

void require_unchanged(Subject& subject, const Filled& filled, const std::string& after) {
  require_equal(contents(subject, filled), filled.bytes, "the buffer after " + after);
}

std::string named(const Range& range, const char* call) {
  return std::string(call) + " of " + std::to_string(range.size) + " bytes at offset " +
         std::to_string(range.offset);
}

std::vector<uint64_t> size_classes(uint64_t largest) {
  std::vector<uint64_t> sizes;
  for (uint64_t power = 256; power <= largest; power *= 2)
    for (uint64_t size : {power - 1, power, power + 1}) sizes.push_back(size);
  return sizes;
}

char* mapped(Subject& subject, bp_buffer_t* buffer) {
  void* address = nullptr;
  subject.check(subject.memory().map(buffer, &address), "map");
  return static_cast<char*>(address);
}

Owned<bp_buffer_t> imported(Subject& subject, void* bytes, uint64_t size) {
  need(subject.memory().buffer_import, "buffer_import");
  bp_buffer_t* made = nullptr;
  const bp_status_t status = subject.memory().buffer_import(
      subject.device(), BP_HANDLE_HOST_POINTER, reinterpret_cast<uintptr_t>(bytes), size, &made);
  if (status == BP_STATUS_UNSUPPORTED) unsupported("host memory cannot be imported");
  subject.check(status, "buffer_import of host memory");
  return {made, [&subject](bp_buffer_t* ended) { subject.memory().buffer_destroy(ended); }};
}

bool is_host_addressable(const Subject& subject) {
  return (subject.info().flags & BP_DEVICE_FLAG_HOST_ADDRESSABLE) != 0;
}

SecondOpen::SecondOpen(Subject& subject, uint64_t memory_limit) : subject_(subject) {
  const std::string bytes = std::to_string(memory_limit);
  const bp_option_t limit = {"bp.memory-limit", bytes.c_str()};
  subject.check(subject.plugin().device_open(subject.host().table(), subject.device_index(), &limit,
                                             memory_limit != 0 ? 1 : 0, &device_),
                "device_open, a second time");
  if (subject.is_synchronous()) return;
  const bp_status_t status = subject.streams().stream_create(device_, 0, &stream_);
  if (status == BP_OK) return;
  subject.plugin().device_close(device_);
  subject.check(status, "stream_create on a second opening");
}

SecondOpen::~SecondOpen() {
  if (stream_ != nullptr) subject_.streams().stream_destroy(stream_);
  subject_.plugin().device_close(device_);
}

Owned<bp_buffer_t> SecondOpen::buffer_or_none(uint64_t size) {
  bp_buffer_t* made = nullptr;
  const bp_status_t status =
      subject_.memory().buffer_create(device_, BP_MEMORY_DEVICE, size, &made);
  if (status != BP_STATUS_OUT_OF_MEMORY)
    subject_.check(status, "buffer_create of " + std::to_string(size) + " bytes");
  return {made, [this](bp_buffer_t* ended) {
            if (stream_ != nullptr) subject_.streams().stream_synchronize(stream_, UINT64_MAX);
            subject_.memory().buffer_destroy(ended);
          }};
}

Owned<bp_buffer_t> SecondOpen::buffer(uint64_t size) {
  Owned<bp_buffer_t> made = buffer_or_none(size);
  require(made != nullptr, "buffer_create of " + std::to_string(size) +
                               " bytes on a second opening is OUT_OF_MEMORY" + subject_.words());
  return made;
}

void in_threads(uint64_t count, const std::function<void(uint64_t)>& work) {
  std::vector<std::string> failures(count);
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < count; ++i)
    threads.emplace_back([&work, &failures, i] {
      try {
        work(i);
      } catch (const CaseEnd& end) {
        failures[i] = end.text;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : failures) require(text.empty(), text);
}

}  // namespace backplane::conformance
