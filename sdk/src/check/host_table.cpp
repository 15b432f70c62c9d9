#include "check/host_table.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "check/call.hpp"
#include "check/hash.hpp"
#include "check/state.hpp"

namespace backplane::check {

HostTable::HostTable(State& state, const bp_host_t& caller, const char* lifetime)
    : state_(state), caller_(&caller), lifetime_(lifetime), table_(known_part(caller)) {
  table_.struct_size = std::min<uint32_t>(caller.struct_size, sizeof table_);
  table_.self = this;
  table_.explain = explain;
  table_.log = log;
  table_.allocate = allocate;
  table_.deallocate = deallocate;
  table_.get_extension = get_extension;
}

bool HostTable::may_be_called(const char* function) const {
  if (is_in_use() && !state_.is_over) return true;
  state_.report(
      "BP-BASE-8", function,
      std::string("called on the host that ") + lifetime_ + " was given, when its time was over");
  return false;
}

void HostTable::explain(void* self, const char* text) {
  const HostTable& host = *static_cast<HostTable*>(self);
  if (!host.may_be_called("explain")) return;
  if (text == nullptr) {
    host.state_.report("BP-BASE-5", "explain", "was given NULL for a text");
    return;
  }
  if (text[0] != '\0') Call::note_explanation();
  host.caller_->explain(host.caller_->self, text);
}

void HostTable::log(void* self, bp_log_level_t level, const char* text) {
  const HostTable& host = *static_cast<HostTable*>(self);
  if (host.may_be_called("log"))
    host.caller_->log(host.caller_->self, level, text != nullptr ? text : "(NULL)");
}

void* HostTable::allocate(void* self, uint64_t size, uint64_t alignment) {
  HostTable& host = *static_cast<HostTable*>(self);
  if (!host.may_be_called("allocate")) return nullptr;
  void* pointer = host.caller_->allocate(host.caller_->self, size, alignment);
  if (pointer != nullptr) host.state_.hosts.add_block(pointer, {size, &host});
  return pointer;
}

void HostTable::deallocate(void* self, void* pointer) {
  const HostTable& host = *static_cast<HostTable*>(self);
  if (!host.may_be_called("deallocate") || pointer == nullptr) return;
  if (!host.state_.hosts.remove_block(pointer, *host.caller_)) {
    host.state_.report("BP-MEM-14", "deallocate",
                       "was given memory that this host did not allocate, or that was given back");
    return;
  }
  host.caller_->deallocate(host.caller_->self, pointer);
}

const void* HostTable::get_extension(void* self, const char* extension_id) {
  const HostTable& host = *static_cast<HostTable*>(self);
  if (!host.may_be_called("get_extension")) return nullptr;
  return host.caller_->get_extension(host.caller_->self, extension_id);
}

HostTable& Hosts::for_info(State& state, const bp_host_t& caller) {
  const std::lock_guard<std::mutex> lock(mutex_);
  HostTable*& known = info_tables_[&caller];
  if (known == nullptr) {
    tables_.push_back(std::make_unique<HostTable>(state, caller, "device_info"));
    known = tables_.back().get();
  }
  return *known;
}

HostTable& Hosts::for_open(State& state, const bp_host_t& caller) {
  const std::lock_guard<std::mutex> lock(mutex_);
  tables_.push_back(std::make_unique<HostTable>(state, caller, "device_open"));
  return *tables_.back();
}

void Hosts::add_block(void* pointer, Block block) {
  const std::lock_guard<std::mutex> lock(mutex_);
  blocks_[pointer] = block;
}

bool Hosts::remove_block(void* pointer, const bp_host_t& caller) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = blocks_.find(pointer);
  if (found == blocks_.end() || &found->second.owner->caller() != &caller) return false;
  blocks_.erase(found);
  return true;
}

Hosts::Leak Hosts::take_leaks() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Leak leak;
  for (auto& [pointer, block] : blocks_) {
    if (block.is_reported || block.owner->is_in_use()) continue;
    block.is_reported = true;
    leak.bytes += block.size;
    ++leak.blocks;
  }
  return leak;
}

}  // namespace backplane::check
