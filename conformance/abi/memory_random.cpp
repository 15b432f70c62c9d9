// Many operations drawn at random, held against a model of the memory in the suite's own.
#include <algorithm>
#include <random>

#include "abi/cases.hpp"
#include "abi/memory_tools.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kSizes[] = {1, 67, 1000, 4096, 5003, 70001};

// Several buffers, what each should hold, and reads whose bytes are still to come.
class Walk {
 public:
  Walk(Subject& subject, uint64_t seed)
      : subject_(subject), random_(seed), stream_(subject.stream()) {
    for (uint64_t size : kSizes) {
      buffers_.push_back(subject.buffer(size));
      shadows_.push_back(subject.pattern(size, size));
      subject.write(stream_.get(), buffers_.back().get(), 0, shadows_.back());
    }
  }

  void step() {
    switch (random_() % 4) {
      case 0:
        return write();
      case 1:
        return read();
      case 2:
        return subject_.memory().copy != nullptr ? copy() : write();
      default:
        return subject_.memory().fill != nullptr ? fill() : write();
    }
  }

  // Waits, and looks at every byte that was read or is there.
  void check(const std::string& when) {
    subject_.finish(stream_.get());
    for (const Pending& read : reads_)
      require_equal(*read.bytes, read.wanted, read.what + ", read while work went on");
    reads_.clear();
    for (size_t i = 0; i < buffers_.size(); ++i)
      require_equal(subject_.read(stream_.get(), buffers_[i].get(), 0, shadows_[i].size()),
                    shadows_[i],
                    "a buffer of " + std::to_string(shadows_[i].size()) + " bytes " + when);
  }

 private:
  struct Pending {
    std::unique_ptr<std::string> bytes;
    std::string wanted, what;
  };

  size_t any_buffer() { return random_() % buffers_.size(); }
  Range any_range(size_t buffer) {
    const uint64_t all = shadows_[buffer].size();
    const uint64_t offset = random_() % (all + 1);
    return {offset, random_() % (all - offset + 1)};
  }

  void write() {
    const size_t at = any_buffer();
    const Range range = any_range(at);
    const std::string bytes = subject_.pattern(range.size, random_() % 1000);
    subject_.write(stream_.get(), buffers_[at].get(), range.offset, bytes);
    shadows_[at].replace(range.offset, range.size, bytes);
  }

  void read() {
    const size_t at = any_buffer();
    const Range range = any_range(at);
    reads_.push_back({std::make_unique<std::string>(range.size, '\x11'),
                      shadows_[at].substr(range.offset, range.size), named(range, "read")});
    subject_.check(subject_.memory().read(stream_.get(), buffers_[at].get(), range.offset,
                                          reads_.back().bytes->data(), range.size),
                   "read");
  }

  void copy() {
    const size_t to = any_buffer();
    const size_t from = any_buffer();
    if (to == from) return;
    const Range source = any_range(from);
    const uint64_t size = std::min<uint64_t>(source.size, shadows_[to].size());
    const uint64_t offset = random_() % (shadows_[to].size() - size + 1);
    subject_.check(subject_.memory().copy(stream_.get(), buffers_[to].get(), offset,
                                          buffers_[from].get(), source.offset, size),
                   "copy");
    shadows_[to].replace(offset, size, shadows_[from], source.offset, size);
  }

  void fill() {
    const size_t at = any_buffer();
    const uint32_t width = 1u << random_() % 4;
    const Range drawn = any_range(at);
    const Range range = {drawn.offset / width * width, drawn.size / width * width};
    const std::string pattern = subject_.pattern(width, random_() % 1000);
    subject_.check(subject_.memory().fill(stream_.get(), buffers_[at].get(), range.offset,
                                          range.size, pattern.data(), width),
                   "fill");
    for (uint64_t i = 0; i < range.size; i += width)
      shadows_[at].replace(range.offset + i, width, pattern);
  }

  Subject& subject_;
  std::mt19937_64 random_;
  std::vector<Pending> reads_;  // outlive the work on them
  Owned<bp_stream_t> stream_;
  std::vector<Owned<bp_buffer_t>> buffers_;
  std::vector<std::string> shadows_;
};

void each_step_alone(Subject& subject) {
  need_buffers_of(subject, 70001);
  Walk walk(subject, subject.seed());
  for (int step = 1; step <= 300; ++step) {
    walk.step();
    walk.check("after step " + std::to_string(step) + " of a random walk");
  }
}

// Twenty steps are within the smallest stream_depth.
void many_steps_at_once(Subject& subject) {
  need_buffers_of(subject, 70001);
  Walk walk(subject, subject.seed() + 1);
  for (int step = 1; step <= 2000; ++step) {
    walk.step();
    if (step % 20 == 0) walk.check("after step " + std::to_string(step) + " of a random walk");
  }
}

struct Live {
  Owned<bp_buffer_t> buffer;
  uint64_t size;
  uint64_t salt;
};

void require_alive(Subject& subject, bp_stream_t* stream, const Live& live,
                   const std::string& when) {
  require_equal(subject.read(stream, live.buffer.get(), 0, live.size),
                subject.pattern(live.size, live.salt),
                "a buffer of " + std::to_string(live.size) + " bytes " + when);
}

// Bytes, pages and megabytes beside each other, and all that live are looked at.
void five_hundred_of_all_sizes(Subject& subject) {
  need_buffers_of(subject, 1u << 20);
  const Owned<bp_stream_t> stream = subject.stream();
  std::mt19937_64 random(subject.seed());
  std::vector<Live> live;
  for (uint64_t round = 1; round <= 500; ++round) {
    const uint64_t size = 1 + random() % (uint64_t{1} << (3 + random() % 18));
    live.push_back({subject.buffer(size), size, round});
    subject.write(stream.get(), live.back().buffer.get(), 0, subject.pattern(size, round));
    while (live.size() > 40 + random() % 20)
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(random() % live.size()));
    if (round % 100 == 0)
      for (const Live& one : live)
        require_alive(subject, stream.get(), one,
                      "after " + std::to_string(round) + " of all sizes were made");
  }
}

// More than a table of 1,024 handles has room for.
void many_live_at_once(Subject& subject) {
  constexpr uint64_t kCount = 1500;
  const Owned<bp_stream_t> stream = subject.stream();
  std::vector<Live> live;
  for (uint64_t i = 0; i < kCount; ++i) {
    bp_buffer_t* probe = nullptr;
    const bp_status_t status =
        subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, 100, &probe);
    if (status == BP_STATUS_OUT_OF_MEMORY)
      not_applicable("the device has no room for 1,500 buffers");
    subject.check(status, "buffer_create with " + std::to_string(i) + " others alive");
    subject.memory().buffer_destroy(probe);
    live.push_back({subject.buffer(100), 100, i});
    subject.write(stream.get(), live.back().buffer.get(), 0, subject.pattern(100, i));
  }
  for (const Live& one : live) require_alive(subject, stream.get(), one, "of 1,500 that live");
}

const AbiCase kCases[] = {
    {"memory/random-walk", "BP-MEM-1,BP-MEM-12",
     "300 writes, reads, copies and fills drawn at random leave six buffers as they should be, "
     "each",
     each_step_alone},
    {"memory/random-walk-of-work-in-flight", "BP-MEM-1,BP-MEM-3,BP-MEM-12",
     "2,000 of them, twenty in flight at a time, do what they would one by one",
     many_steps_at_once},
    {"memory/five-hundred-of-all-sizes", "BP-BASE-7",
     "while 500 buffers of up to 1 MiB come and go, all that live keep their bytes",
     five_hundred_of_all_sizes},
    {"memory/fifteen-hundred-live-at-once", "BP-BASE-7", "1,500 live buffers hold 1,500 contents",
     many_live_at_once},
};

}  // namespace

std::vector<AbiCase> memory_random_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
