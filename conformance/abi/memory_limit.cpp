// How much memory there is: bp.memory-limit and usage.
#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kLimit = 8u << 20;
constexpr uint64_t kPart = kLimit / 4;

// Ends the case where the option is ignored, as it may be.
void need_limit(const Subject& subject, SecondOpen& limited) {
  need_buffers_of(subject, kLimit + 1);
  if (limited.buffer_or_none(kLimit + 1) != nullptr)
    unsupported("the plugin ignores bp.memory-limit");
}

// ---- bp.memory-limit ----

void limit_is_kept(Subject& subject) {
  SecondOpen limited(subject, kLimit);
  need_limit(subject, limited);
  const Owned<bp_buffer_t> there = limited.buffer(kPart);
  const std::string bytes = subject.pattern(kPart);
  subject.write(limited.stream(), there.get(), 0, bytes);
  for (uint64_t size : {kLimit, kLimit - kPart + 1, subject.info().max_buffer_size})
    require(limited.buffer_or_none(size) == nullptr,
            "a buffer of " + std::to_string(size) + " bytes was made beside one of " +
                std::to_string(kPart) + " with a limit of " + std::to_string(kLimit));
  require_equal(subject.read(limited.stream(), there.get(), 0, kPart), bytes,
                "a buffer after others were beyond the limit");
}

void limit_counts_all(Subject& subject) {
  constexpr uint64_t kSmall = kLimit / 64;
  SecondOpen limited(subject, kLimit);
  need_limit(subject, limited);
  std::vector<Owned<bp_buffer_t>> all;
  for (Owned<bp_buffer_t> made = limited.buffer_or_none(kSmall); made != nullptr;
       made = limited.buffer_or_none(kSmall)) {
    all.push_back(std::move(made));
    require(all.size() <= 64, "65 buffers of a 64th of the limit live at once");
  }
  require(!all.empty(), "no buffer of a 64th of the limit could be made");
}

void freed_memory_comes_back(Subject& subject) {
  SecondOpen limited(subject, kLimit);
  need_limit(subject, limited);
  for (int round = 0; round < 200; ++round) {
    std::vector<Owned<bp_buffer_t>> three;
    for (int i = 0; i < 3; ++i) three.push_back(limited.buffer_or_none(kPart));
    require(three.back() != nullptr, "three quarters of the limit could be had " +
                                         std::to_string(round) +
                                         " times, each time given back, and then no more");
  }
}

void refused_buffers_take_nothing(Subject& subject) {
  SecondOpen limited(subject, kLimit);
  need_limit(subject, limited);
  bp_buffer_t* none = nullptr;
  for (int round = 0; round < 100; ++round) {
    require(limited.buffer_or_none(kLimit + 1) == nullptr, "the limit was kept, and then not");
    const NoMemory host(subject.host());
    const bp_status_t status =
        subject.memory().buffer_create(limited.device(), BP_MEMORY_DEVICE, kPart, &none);
    if (status == BP_OK) subject.memory().buffer_destroy(none);
  }
  require(limited.buffer_or_none(3 * kPart) != nullptr,
          "after 200 buffers that were refused, three quarters of the limit cannot be had");
}

void limit_is_of_one_open(Subject& subject) {
  SecondOpen first(subject, kLimit);
  need_limit(subject, first);
  SecondOpen second(subject, kLimit);
  const Owned<bp_buffer_t> here = first.buffer(3 * kPart);
  const Owned<bp_buffer_t> there = second.buffer_or_none(3 * kPart);
  require(there != nullptr, "what one opening holds counts against the limit of another");
  subject.buffer(kLimit + 1);
}

// ---- usage ----

uint64_t free_bytes(Subject& subject, bp_device_t* device) {
  uint64_t free = 0;
  uint64_t total = 0;
  subject.check(subject.memory().usage(device, &free, &total), "usage");
  require(free <= total && total > 0,
          "usage says " + std::to_string(free) + " bytes free of " + std::to_string(total));
  return free;
}

void free_is_at_most_all(Subject& subject) {
  need(subject.memory().usage, "usage");
  free_bytes(subject, subject.device());
}

// Only a limit makes it certain what is free: elsewhere other programs take and give, too.
void usage_follows_buffers(Subject& subject) {
  need(subject.memory().usage, "usage");
  SecondOpen limited(subject, kLimit);
  need_limit(subject, limited);
  uint64_t held = 0;
  std::vector<Owned<bp_buffer_t>> all;
  for (uint64_t size : {kPart, uint64_t{1}, kPart + 4097, uint64_t{65536}}) {
    all.push_back(limited.buffer(size));
    held += size;
    const uint64_t free = free_bytes(subject, limited.device());
    require(free <= kLimit - held, "usage says " + std::to_string(free) + " bytes free with " +
                                       std::to_string(held) + " of " + std::to_string(kLimit) +
                                       " in use");
  }
  const uint64_t before = free_bytes(subject, limited.device());
  all.clear();
  require(free_bytes(subject, limited.device()) >= before + kPart,
          "usage tells nothing of " + std::to_string(held) + " bytes that were given back");
}

const AbiCase kCases[] = {
    {"memory/limit-is-kept", "BP-MEM-13,BP-PLUGIN-12",
     "a buffer beyond bp.memory-limit is OUT_OF_MEMORY, and the others work on", limit_is_kept},
    {"memory/limit-counts-all-buffers", "BP-PLUGIN-12",
     "buffers beyond bp.memory-limit together are refused, small as each may be", limit_counts_all},
    {"memory/freed-memory-can-be-had-again", "BP-MEM-13,BP-PLUGIN-12",
     "what was destroyed counts no more against bp.memory-limit, 600 times",
     freed_memory_comes_back},
    {"memory/refused-buffers-take-nothing", "BP-BASE-10",
     "200 refused buffers leave as much of bp.memory-limit as there was",
     refused_buffers_take_nothing},
    {"memory/limit-is-of-one-open", "BP-PLUGIN-10,BP-PLUGIN-12",
     "each opening has its own bp.memory-limit", limit_is_of_one_open},
    {"memory/free-is-at-most-all", "BP-MEM-17", "usage tells no more free bytes than bytes in all",
     free_is_at_most_all},
    {"memory/usage-follows-buffers", "BP-MEM-17",
     "within bp.memory-limit, usage counts what buffers take and give back", usage_follows_buffers},
};

}  // namespace

std::vector<AbiCase> memory_limit_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
