// What a fault remembers of the plugin's objects, from any thread.
#pragma once

#include <map>
#include <mutex>

namespace backplane::selftest {

template <class Key, class Value>
class Notes {
 public:
  // Value() when there is none.
  Value get(Key key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = notes_.find(key);
    return found != notes_.end() ? found->second : Value();
  }
  // Returns what was there before.
  Value put(Key key, Value value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Value& place = notes_[key];
    const Value before = place;
    place = value;
    return before;
  }
  void drop(Key key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    notes_.erase(key);
  }
  template <class Function>
  void each(Function function) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [key, value] : notes_) function(key, value);
  }

 private:
  std::mutex mutex_;
  std::map<Key, Value> notes_;
};

}  // namespace backplane::selftest
