// Much work of many kinds behind a gate: its order, what it captured, and what it leaves behind.
#include <array>
#include <random>

#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

// Writes, copies, fills and reads of odd sizes at odd places, and what they make of known bytes.
class Mixture {
 public:
  static constexpr uint64_t kRoom = 1500;
  static constexpr int kPieces = 60;

  Mixture(Subject& subject, uint64_t salt)
      : subject_(subject),
        lane_(lane(subject, kRoom, salt)),
        random_(subject.seed() * 1000 + salt) {
    reads_.reserve(kPieces);
  }
  bp_stream_t* stream() const { return lane_.stream.get(); }

  void give_all() {
    for (int i = 0; i < kPieces; ++i) {
      const uint64_t kind = below(4);
      if (kind == 0)
        give_write(i);
      else if (kind == 1)
        give_copy();
      else if (kind == 2 && subject_.memory().fill != nullptr)
        give_fill();
      else
        give_read();
    }
  }

  void require_right() {
    const std::string now = subject_.read(stream(), lane_.buffer.get(), 0, kRoom);
    require_equal(now, lane_.bytes, "a buffer after 60 transfers of odd sizes");
    for (size_t i = 0; i < reads_.size(); ++i)
      require_equal(reads_[i].target, wanted_[i],
                    "read " + std::to_string(i) + " among 60 transfers of odd sizes");
  }

 private:
  uint64_t below(uint64_t end) { return random_() % end; }

  void give_write(int piece) {
    const uint64_t size = below(120);
    const uint64_t offset = below(kRoom - size);
    std::string bytes = subject_.pattern(size, 5000 + static_cast<uint64_t>(piece));
    subject_.write(stream(), lane_.buffer.get(), offset, bytes);
    lane_.bytes.replace(offset, size, bytes);
    bytes.assign(size, '!');  // what the write captured is its own
  }
  void give_copy() {
    const uint64_t size = below(kRoom / 2);
    const uint64_t low = below(kRoom / 2 - size + 1);
    const uint64_t high = kRoom / 2 + below(kRoom / 2 - size + 1);
    const bool is_up = below(2) == 0;
    const uint64_t from = is_up ? low : high;
    const uint64_t to = is_up ? high : low;
    subject_.check(
        subject_.memory().copy(stream(), lane_.buffer.get(), to, lane_.buffer.get(), from, size),
        "copy");
    lane_.bytes.replace(to, size, std::string(lane_.bytes, from, size));
  }
  void give_fill() {
    const uint32_t width = 1u << below(4);
    const uint64_t size = width * below(90 / width);
    const uint64_t offset = width * below((kRoom - size) / width);
    const std::string pattern = subject_.pattern(width, below(1000));
    subject_.check(
        subject_.memory().fill(stream(), lane_.buffer.get(), offset, size, pattern.data(), width),
        "fill");
    for (uint64_t at = offset; at < offset + size; at += width)
      lane_.bytes.replace(at, width, pattern);
  }
  void give_read() {
    const uint64_t size = below(400);
    const uint64_t offset = below(kRoom - size);
    reads_.push_back({std::string(size, '\0')});
    wanted_.push_back(lane_.bytes.substr(offset, size));
    read_later(subject_, stream(), lane_.buffer.get(), offset, &reads_.back());
  }

  Subject& subject_;
  Lane lane_;
  std::mt19937_64 random_;
  std::vector<PendingRead> reads_;  // never moves: reserved
  std::vector<std::string> wanted_;
};

void odd_pieces_in_order(Subject& subject) {
  need_streams(subject);
  for (uint64_t round = 0; round < 20; ++round) {
    Mixture first(subject, 2 * round);
    Mixture second(subject, 2 * round + 1);
    Gate gate(subject);
    must_return_before(gate, "one of 60 transfers on each of two streams", [&] {
      for (Mixture* mixture : {&first, &second}) {
        gate.hold(mixture->stream());
        mixture->give_all();
      }
    });
    gate.open();
    second.require_right();
    first.require_right();
  }
}

void captures_are_apart(Subject& subject) {
  need_streams(subject);
  constexpr uint64_t kPiece = 1024;
  constexpr uint64_t kPieces = 32;
  const Lane a = lane(subject, kPieces * kPiece);
  const std::string wanted = subject.pattern(kPieces * kPiece, 7);
  std::string source;
  Gate gate(subject);
  gate.hold(a.stream.get());
  for (uint64_t i = 0; i < kPieces; ++i) {
    source = wanted.substr(i * kPiece, kPiece);
    subject.write(a.stream.get(), a.buffer.get(), i * kPiece, source);
  }
  gate.open();
  require_equal(subject.read(a.stream.get(), a.buffer.get(), 0, kPieces * kPiece), wanted,
                "32 writes that came from one source and were all held back");
}

// A token goes from one stream's buffer to the other's and back, one place further each time.
class PingPong {
 public:
  static constexpr uint64_t kPlaces = 16;
  static constexpr uint64_t kToken = 64;

  explicit PingPong(Subject& subject)
      : subject_(subject),
        lanes_{lane(subject, (kPlaces + 1) * kToken, 1), lane(subject, (kPlaces + 1) * kToken, 2)},
        marks_{subject.event(), subject.event()} {}
  bp_stream_t* head() const { return lanes_[0].stream.get(); }
  bp_event_t* last_mark() const { return marks_[(kPlaces - 1) % 2].get(); }

  void give_token(const std::string& token) {
    subject_.write(head(), lanes_[0].buffer.get(), 0, token);
    record(subject_, marks_[0].get(), head());
    for (uint64_t hop = 1; hop < kPlaces; ++hop) {
      const Lane& from = lanes_[(hop - 1) % 2];
      const Lane& to = lanes_[hop % 2];
      wait(subject_, marks_[(hop - 1) % 2].get(), to.stream.get());
      subject_.check(subject_.memory().copy(to.stream.get(), to.buffer.get(), hop * kToken,
                                            from.buffer.get(), (hop - 1) * kToken, kToken),
                     "copy");
      record(subject_, marks_[hop % 2].get(), to.stream.get());
    }
    wait(subject_, last_mark(), head());
  }
  std::string token() {
    const Lane& last = lanes_[(kPlaces - 1) % 2];
    return subject_.read(last.stream.get(), last.buffer.get(), (kPlaces - 1) * kToken, kToken);
  }

 private:
  Subject& subject_;
  std::array<Lane, 2> lanes_;
  std::array<Owned<bp_event_t>, 2> marks_;
};

void a_thousand_marks(Subject& subject) {
  need_streams(subject);
  PingPong ping_pong(subject);
  for (uint64_t round = 0; round < 70; ++round) {
    const std::string token = subject.pattern(PingPong::kToken, 100 + round);
    Gate gate(subject);
    gate.hold(ping_pong.head());
    ping_pong.give_token(token);
    for (int i = 0; i < 3; ++i)
      require_status(subject.streams().event_synchronize(ping_pong.last_mark(), kMillisecondNs / 2),
                     BP_STATUS_TIMEOUT,
                     "the last of 16 hops between two streams, the first of them held, in round " +
                         std::to_string(round));
    gate.open();
    require_equal(ping_pong.token(), token,
                  "what 16 hops between two streams carried, in round " + std::to_string(round));
  }
}

void use_everything(Subject& subject) {
  const Lane a = lane(subject, 4096);
  const Owned<bp_stream_t> follower = subject.stream();
  const Owned<bp_event_t> mark = subject.event();
  PendingRead read = {std::string(4096, '\0')};
  Gate gate(subject);
  gate.hold(a.stream.get());
  for (int i = 0; i < 4; ++i) {
    subject.write(a.stream.get(), a.buffer.get(), 0, a.bytes);
    record(subject, mark.get(), a.stream.get());
    wait(subject, mark.get(), follower.get());
  }
  read_later(subject, follower.get(), a.buffer.get(), 0, &read);
  gate.open();
  subject.finish(follower.get());
  subject.finish(a.stream.get());
}

void streams_hold_nothing_back(Subject& subject) {
  need_streams(subject);
  for (int round = 0; round < 5; ++round) use_everything(subject);
  const uint64_t before = subject.host().allocated_bytes();
  for (int round = 0; round < 100; ++round) use_everything(subject);
  const uint64_t after = subject.host().allocated_bytes();
  require(after <= before, std::to_string(after - before) +
                               " bytes of host memory are held after 100 rounds in which streams, "
                               "events and their work were ended");
}

const AbiCase kCases[] = {
    {"stream/odd-pieces-in-order", "BP-STREAM-10,BP-MEM-3,BP-MEM-12",
     "60 transfers of odd sizes behind a gate, on two streams, leave the bytes that their order "
     "says",
     odd_pieces_in_order},
    {"stream/captures-are-apart", "BP-MEM-3",
     "32 writes that are held back each have bytes of their own", captures_are_apart},
    {"stream/a-thousand-marks", "BP-STREAM-17,BP-STREAM-4",
     "two events that are recorded over a thousand times still hold and release two streams",
     a_thousand_marks},
    {"stream/streams-hold-nothing-back", "BP-MEM-14",
     "what streams, events and their work took from the host is given back",
     streams_hold_nothing_back},
};

}  // namespace

std::vector<AbiCase> stream_mix_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
