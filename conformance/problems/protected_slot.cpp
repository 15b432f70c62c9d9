#include "problems/protected_slot.hpp"

#include <algorithm>
#include <cstring>

#include "run/guarded_bytes.hpp"

namespace backplane::conformance {
namespace {

class ProtectedSlot : public Slot {
 public:
  explicit ProtectedSlot(Subject& subject) : subject_(subject) {}

  uint64_t padding() const override { return 0; }  // imported memory has none
  void protect() override {
    if (pages_ != nullptr && subject_.info().kind == BP_DEVICE_CPU) pages_->make_read_only();
  }

 private:
  uint64_t least_alignment() const override {
    return std::max<uint64_t>(subject_.info().offset_alignment, 1);
  }

  Place find_place(uint64_t size, uint64_t alignment) override {
    take_pages(size);
    if (pages_->size() > subject_.info().max_buffer_size) throw NoImport{};
    return {(pages_->size() - size) / alignment * alignment, pages_->size()};
  }

  bp_buffer_t* bring(const std::string& whole) override {
    std::memcpy(pages_->at_start(), whole.data(), whole.size());
    bp_buffer_t* made = nullptr;
    const bp_status_t status = subject_.memory().buffer_import(
        subject_.device(), BP_HANDLE_HOST_POINTER, reinterpret_cast<uintptr_t>(pages_->at_start()),
        whole.size(), &made);
    // A driver may lock imported pages, of which there are few.
    if (status == BP_STATUS_UNSUPPORTED || status == BP_STATUS_OUT_OF_MEMORY) throw NoImport{};
    subject_.check(status, "buffer_import of host memory");
    buffer_ = subject_.own(made);
    return made;
  }

  const void* bring_to_host(const std::string& bytes) override {
    take_pages(bytes.size());
    std::memcpy(pages_->at_end(bytes.size()), bytes.data(), bytes.size());
    return pages_->at_end(bytes.size());
  }

  std::string contents() override { return {pages_->at_start(), pages_->size()}; }

  void take_pages(uint64_t size) {
    buffer_.reset();
    pages_ = std::make_unique<GuardedBytes>(GuardedBytes::pages_for(size));
  }

  Subject& subject_;
  std::unique_ptr<GuardedBytes> pages_;
  Owned<bp_buffer_t> buffer_;  // ends before its pages
};

}  // namespace

std::unique_ptr<Slot> protected_slot(Subject& subject) {
  if (subject.memory().buffer_import == nullptr) throw NoImport{};
  return std::make_unique<ProtectedSlot>(subject);
}

}  // namespace backplane::conformance
