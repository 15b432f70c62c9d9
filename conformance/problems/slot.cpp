#include "problems/slot.hpp"

#include <algorithm>

namespace backplane::conformance {
namespace {

constexpr uint64_t kGuard = 256;  // bytes before and after every tensor

uint64_t round_up(uint64_t number, uint64_t step) { return (number + step - 1) / step * step; }

class DeviceSlot : public Slot {
 public:
  DeviceSlot(Subject& subject, bp_stream_t* stream, size_t index, uint64_t guard)
      : subject_(subject), stream_(stream), index_(index), guard_(guard) {}

  uint64_t padding() const override { return subject_.info().tensor_padding; }

 private:
  uint64_t least_alignment() const override {
    return std::max<uint64_t>(subject_.info().offset_alignment, 16);
  }
  Place find_place(uint64_t size, uint64_t alignment) override {
    const uint64_t offset = round_up(guard_, alignment) + index_ * alignment;
    return {offset, offset + size + guard_ + padding()};
  }
  bp_buffer_t* bring(const std::string& whole) override {
    if (capacity_ < whole.size()) {
      buffer_ = subject_.buffer(whole.size());
      capacity_ = whole.size();
    }
    size_ = whole.size();
    subject_.write(stream_, buffer_.get(), 0, whole);
    return buffer_.get();
  }
  const void* bring_to_host(const std::string& bytes) override { return bytes.data(); }
  std::string contents() override { return subject_.read(stream_, buffer_.get(), 0, size_); }

  Subject& subject_;
  bp_stream_t* stream_;
  size_t index_;
  uint64_t guard_;
  Owned<bp_buffer_t> buffer_;
  uint64_t capacity_ = 0;
  uint64_t size_ = 0;
};

}  // namespace

void Slot::clear() {
  tensor_ = {};
  given_.clear();
}

void Slot::put(const bp_tensor_type_t& type, const std::string& bytes, uint64_t alignment,
               char guard) {
  clear();
  tensor_.type = type;
  if (bytes.empty()) return;
  given_ = bytes;
  const Place place = find_place(bytes.size(), std::max(alignment, least_alignment()));
  whole_.assign(place.whole, guard);
  whole_.replace(place.offset, bytes.size(), bytes);
  tensor_.buffer = bring(whole_);
  tensor_.offset = place.offset;
}

void Slot::put_in_host(const bp_tensor_type_t& type, const std::string& bytes) {
  clear();
  tensor_.type = type;
  given_ = bytes;
  tensor_.host = bring_to_host(given_);
}

std::string Slot::bytes_now(const std::string& what, uint64_t padding) {
  const std::string now = contents();
  const uint64_t begin = tensor_.offset;
  const uint64_t end = std::min<uint64_t>(begin + given_.size() + padding, whole_.size());
  require_equal(now.substr(0, begin), whole_.substr(0, begin), "bytes before " + what);
  require_equal(now.substr(end), whole_.substr(end), "bytes after " + what);
  return now.substr(begin, given_.size());
}

std::unique_ptr<Slot> device_slot(Subject& subject, bp_stream_t* stream, size_t index) {
  return std::make_unique<DeviceSlot>(subject, stream, index, kGuard);
}

std::unique_ptr<Slot> first_byte_slot(Subject& subject, bp_stream_t* stream) {
  return std::make_unique<DeviceSlot>(subject, stream, 0, 0);
}

}  // namespace backplane::conformance
