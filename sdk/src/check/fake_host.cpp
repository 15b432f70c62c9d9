// The host's side of the fakes: a host that counts, nodes and tensors.
#include <cstdlib>

#include "check/fake_plugin.hpp"

namespace backplane::check::fake {
namespace {

Host& host_of(void* self) { return *static_cast<Host*>(self); }

}  // namespace

Host::Host() {
  table_.struct_size = sizeof table_;
  table_.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  table_.self = this;
  table_.explain = [](void* self, const char* text) {
    const std::lock_guard<std::mutex> lock(host_of(self).mutex_);
    host_of(self).explanation_ = text;
  };
  table_.log = [](void* self, bp_log_level_t, const char* text) {
    const std::lock_guard<std::mutex> lock(host_of(self).mutex_);
    host_of(self).log_.push_back(text);
  };
  table_.allocate = [](void* self, uint64_t size, uint64_t alignment) {
    void* block = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    const std::lock_guard<std::mutex> lock(host_of(self).mutex_);
    host_of(self).blocks_.insert(block);
    return block;
  };
  table_.deallocate = [](void* self, void* block) {
    const std::lock_guard<std::mutex> lock(host_of(self).mutex_);
    if (host_of(self).blocks_.erase(block) != 0) std::free(block);
  };
  table_.get_extension = [](void*, const char*) -> const void* { return nullptr; };
}

Host::~Host() {
  for (void* block : blocks_) std::free(block);
}

std::string Host::last_explanation() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return explanation_;
}

std::vector<std::string> Host::log() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return log_;
}

size_t Host::block_count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return blocks_.size();
}

bp_tensor_type_t vector_type(int64_t count) {
  bp_tensor_type_t type = {};
  type.dtype = BP_DTYPE_FLOAT32;
  type.rank = 1;
  type.shape[0] = count;
  return type;
}

bp_tensor_t tensor(bp_buffer_t* buffer, uint64_t offset, int64_t count) {
  bp_tensor_t made = {};
  made.type = vector_type(count);
  made.buffer = buffer;
  made.offset = offset;
  return made;
}

Node::Node(const std::string& op, int64_t count) : op_(op) {
  inputs_[0] = inputs_[1] = output_ = vector_type(count);
  if (op == "Scale") inputs_[1] = {BP_DTYPE_FLOAT32, 0, 0, {}};
  node_.struct_size = sizeof node_;
  node_.since = 14;
  node_.domain = "";
  node_.op = op_.c_str();
  node_.name = "node";
  node_.input_count = 2;
  node_.output_count = 1;
  node_.inputs = inputs_;
  node_.outputs = &output_;
}

}  // namespace backplane::check::fake
