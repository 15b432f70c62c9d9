// Which work comes before which, as the host's calls say: a vector clock for each stream and each
// mark, and for each buffer what last touched its bytes. It names work that nothing orders, and is
// silent where it cannot know: it never blames a host that is right.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace backplane::check {

class Order {
 public:
  // By place of a stream: the number of its last piece of work that comes before.
  using Clock = std::vector<uint64_t>;

  // A point of a stream, and what an event stands for. Empty: nothing comes before it.
  struct Mark {
    Clock before;
    // Behind a host event that was not signalled yet: what the host does until then may come
    // before, too, and only the host knows.
    bool is_held = false;
  };

  // A stream.
  struct Lane {
    uint64_t number = 0;  // in its name
    size_t place = 0;
    Mark now;  // what comes before the next work; all of its own
  };

  // "launch of Add", cut to what fits: giving work takes no memory.
  struct Label {
    Label(const char* its_function, const std::string& of);
    const char* function;
    std::array<char, 32> op = {};
  };

  // What touched a range of bytes, and when.
  struct Past {
    uint64_t begin, end;
    bool is_write;
    bool is_held;
    size_t place;
    uint64_t work;    // its number in the lane
    uint64_t stream;  // the stream's, in its name
    Label label;
  };
  // Of a buffer, or of all buffers with a known address; a few accesses, the oldest forgotten.
  using History = std::vector<Past>;
  static constexpr size_t kLongest = 64;

  struct Access {
    History* history;
    uint64_t begin, end;
    bool is_write;
    uint64_t buffer;  // in its name
  };

  void begin(Lane& lane, uint64_t number);
  // The stream is gone, its work finished.
  void end(Lane& lane);

  // Work is given. What it has to wait for and does not: "on stream 2 reads buffer 5, which ...".
  std::optional<std::string> give(Lane& lane, const Label& label, const Access* accesses,
                                  size_t count);
  void record(Mark& mark, const Lane& lane);
  void wait(Lane& lane, const Mark& mark);
  // The stream waits for a host event that was not signalled.
  void hold(Lane& lane);
  // The host has seen that all before the mark is finished.
  void finish(Mark& mark);
  void finish(Lane& lane) { finish(lane.now); }
  Mark mark_of(const Lane& lane);
  void forget(History& history, uint64_t begin, uint64_t end);

  // Of all memory whose address is known.
  History addresses;

 private:
  bool comes_before(const Past& past, const Lane& lane) const;
  bool is_finished(const Past& past) const;
  std::optional<std::string> check(const Lane& lane, const Label& label,
                                   const Access& access) const;
  void add(const Lane& lane, const Label& label, const Access& access);

  std::mutex mutex_;
  Clock finished_;            // by place
  std::vector<size_t> free_;  // places of streams that are gone
};

}  // namespace backplane::check
