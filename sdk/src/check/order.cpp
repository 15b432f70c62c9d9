#include "check/order.hpp"

#include <algorithm>

namespace backplane::check {
namespace {

uint64_t at(const Order::Clock& clock, size_t place) {
  return place < clock.size() ? clock[place] : 0;
}

void join(Order::Clock& clock, const Order::Clock& other) {
  if (clock.size() < other.size()) clock.resize(other.size());
  for (size_t i = 0; i < other.size(); ++i) clock[i] = std::max(clock[i], other[i]);
}

bool is_inside(const Order::Past& past, const Order::Access& access) {
  return access.begin <= past.begin && past.end <= access.end;
}

// "of Add on stream 2 reads"
std::string words(const Order::Label& label, uint64_t stream, bool is_write) {
  const std::string op = label.op.data();
  return (op.empty() ? "" : "of " + op + " ") + "on stream " + std::to_string(stream) +
         (is_write ? " writes" : " reads");
}

}  // namespace

Order::Label::Label(const char* its_function, const std::string& of) : function(its_function) {
  of.copy(op.data(), op.size() - 1);
}

// A place's numbers go on where the stream before it ended: that one's work is all finished.
void Order::begin(Lane& lane, uint64_t number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  lane.number = number;
  if (free_.empty()) {
    lane.place = finished_.size();
    finished_.push_back(0);
  } else {
    lane.place = free_.back();
    free_.pop_back();
  }
  lane.now.before.assign(lane.place + 1, 0);
  lane.now.before[lane.place] = finished_[lane.place];
}

void Order::end(Lane& lane) {
  finish(lane);
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(lane.place);
}

std::optional<std::string> Order::give(Lane& lane, const Label& label, const Access* accesses,
                                       size_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::optional<std::string> wrong;
  for (size_t i = 0; i < count && !wrong; ++i) wrong = check(lane, label, accesses[i]);
  ++lane.now.before[lane.place];
  for (size_t i = 0; i < count; ++i) add(lane, label, accesses[i]);
  return wrong;
}

void Order::record(Mark& mark, const Lane& lane) {
  const std::lock_guard<std::mutex> lock(mutex_);
  mark = lane.now;
}

void Order::wait(Lane& lane, const Mark& mark) {
  const std::lock_guard<std::mutex> lock(mutex_);
  join(lane.now.before, mark.before);
  lane.now.is_held = lane.now.is_held || mark.is_held;
}

void Order::hold(Lane& lane) {
  const std::lock_guard<std::mutex> lock(mutex_);
  lane.now.is_held = true;
}

void Order::finish(Mark& mark) {
  const std::lock_guard<std::mutex> lock(mutex_);
  join(finished_, mark.before);
  mark.is_held = false;
}

Order::Mark Order::mark_of(const Lane& lane) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return lane.now;
}

void Order::forget(History& history, uint64_t begin, uint64_t end) {
  const std::lock_guard<std::mutex> lock(mutex_);
  history.erase(
      std::remove_if(history.begin(), history.end(),
                     [&](const Past& past) { return past.begin < end && begin < past.end; }),
      history.end());
}

bool Order::is_finished(const Past& past) const { return past.work <= at(finished_, past.place); }

bool Order::comes_before(const Past& past, const Lane& lane) const {
  return past.work <= at(lane.now.before, past.place) || is_finished(past);
}

std::optional<std::string> Order::check(const Lane& lane, const Label& label,
                                        const Access& access) const {
  for (const Past& past : *access.history) {
    if (past.begin >= access.end || access.begin >= past.end) continue;
    if (!past.is_write && !access.is_write) continue;
    if (past.is_held || lane.now.is_held || comes_before(past, lane)) continue;
    return words(label, lane.number, access.is_write) + " buffer " + std::to_string(access.buffer) +
           ", which " + past.label.function + " " + words(past.label, past.stream, past.is_write) +
           "; no event_wait, and nothing that the host has waited for, orders them";
  }
  return std::nullopt;
}

// What is finished can be forgotten; so can what comes before, where whoever is not ordered after
// it would not be ordered after this access either.
void Order::add(const Lane& lane, const Label& label, const Access& access) {
  History& history = *access.history;
  const auto is_covered = [&](const Past& past) {
    return is_finished(past) || (is_inside(past, access) && (access.is_write || !past.is_write) &&
                                 comes_before(past, lane));
  };
  const uint64_t work = lane.now.before[lane.place];
  history.erase(std::remove_if(history.begin(), history.end(), is_covered), history.end());
  if (history.size() == kLongest) history.erase(history.begin());
  history.push_back({access.begin, access.end, access.is_write, lane.now.is_held, lane.place, work,
                     lane.number, label});
}

}  // namespace backplane::check
