// Where one tensor of a launch lies: its bytes, and others around them that nobody may change.
#pragma once

#include <memory>
#include <string>

#include "run/subject.hpp"

namespace backplane::conformance {

class Slot {
 public:
  virtual ~Slot() = default;
  Slot() = default;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  // An absent tensor.
  void clear();
  // Brings `bytes` to the device, at an offset that is a multiple of the element, of
  // offset_alignment and of `alignment`, with `guard` around them.
  void put(const bp_tensor_type_t& type, const std::string& bytes, uint64_t alignment, char guard);
  // Has `bytes` ready for an input that launch brings in bp_tensor_t::host.
  void put_in_host(const bp_tensor_type_t& type, const std::string& bytes);

  // As launch takes it; buffer is NULL for one that is absent, empty or in the host.
  const bp_tensor_t& tensor() const { return tensor_; }
  void set_strides(const int64_t* strides) { tensor_.strides = strides; }
  bool is_on_device() const { return tensor_.buffer != nullptr; }
  // What was put.
  const std::string& given() const { return given_; }
  // Bytes after an output that its kernel may overwrite.
  virtual uint64_t padding() const = 0;
  // What is there now. A byte around it that changed ends the case, but for `padding` bytes after
  // it.
  std::string bytes_now(const std::string& what, uint64_t padding);
  // From here to the next put nobody may write to it, as far as the memory can prevent that.
  virtual void protect() {}

 protected:
  struct Place {
    uint64_t offset = 0;  // of the tensor
    uint64_t whole = 0;   // bytes with what lies around it
  };
  // `alignment`: of the offset, all told.
  virtual Place find_place(uint64_t size, uint64_t alignment) = 0;
  virtual bp_buffer_t* bring(const std::string& whole) = 0;
  virtual const void* bring_to_host(const std::string& bytes) = 0;
  virtual std::string contents() = 0;
  virtual uint64_t least_alignment() const = 0;

 private:
  bp_tensor_t tensor_ = {};
  std::string given_;
  std::string whole_;
};

// In a buffer of the device that stays where it is from one launch to the next unless it must grow.
// `index`: every one of a launch has an offset of its own.
std::unique_ptr<Slot> device_slot(Subject& subject, bp_stream_t* stream, size_t index);
// From the first byte of such a buffer on, and nothing around it: as a host places it for speed.
std::unique_ptr<Slot> first_byte_slot(Subject& subject, bp_stream_t* stream);

}  // namespace backplane::conformance
