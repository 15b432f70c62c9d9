#include <atomic>
#include <exception>
#include <thread>

#include "problems/repeats.hpp"

namespace backplane::conformance {
namespace {

// Both threads leave together.
class Barrier {
 public:
  void arrive() {
    --missing_;
    while (missing_ > 0) std::this_thread::yield();
  }

 private:
  std::atomic<int> missing_{2};
};

// Once: a second launch would put right what the first did wrong.
void launch_when_both_are_there(Launches& launches, Barrier& barrier) {
  barrier.arrive();
  launches.launch_and_wait();
}

void launch_both(Launches& one, Launches& other) {
  Barrier barrier;
  std::exception_ptr wrong;
  std::thread thread([&] {
    try {
      launch_when_both_are_there(other, barrier);
    } catch (...) {
      wrong = std::current_exception();
    }
  });
  std::exception_ptr wrong_here;
  try {
    launch_when_both_are_there(one, barrier);
  } catch (...) {
    wrong_here = std::current_exception();
  }
  thread.join();
  if (wrong_here) std::rethrow_exception(wrong_here);
  if (wrong) std::rethrow_exception(wrong);
}

}  // namespace

std::pair<Outputs, Outputs> launch_two_at_once(const Repeatable& repeatable, Launches& first,
                                               const LaunchData& data, const Surroundings& around) {
  Subject& subject = repeatable.subject;
  const Owned<bp_stream_t> stream = subject.stream();
  Launches second(subject, repeatable.kernel, repeatable.strides, stream.get());
  second.prepare(data, around);
  subject.during("from two threads at once");
  launch_both(first, second);
  subject.during("");
  Outputs outputs = first.collect();
  return {std::move(outputs), second.collect()};
}

}  // namespace backplane::conformance
