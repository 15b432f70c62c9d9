// Whether a device is lost: one answer for every open of it. [BP-DEVICE-2]
#ifndef BACKPLANE_PLUGIN_LOSS_HPP
#define BACKPLANE_PLUGIN_LOSS_HPP

#include <algorithm>
#include <atomic>
#include <backplane/plugin/error.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace backplane::plugin {

// What an open does, besides answering DEVICE_LOST, when its device is lost.
class LossListener {
 public:
  // Once, from the thread that lost the device; this lives until it returns.
  virtual void device_lost() = 0;

 protected:
  ~LossListener() = default;
};

// Shared by the opens of one device.
class Loss {
 public:
  // Any thread; the first one's `words` are kept, and its call tells the listeners.
  void lose(const std::string& words) {
    std::vector<std::weak_ptr<LossListener>> listeners;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (is_lost_) return;
      words_ = words;
      is_lost_ = true;
      listeners.swap(listeners_);
    }
    for (const std::weak_ptr<LossListener>& one : listeners)
      if (const std::shared_ptr<LossListener> listener = one.lock()) listener->device_lost();
  }

  bool is_lost() const { return is_lost_.load(std::memory_order_relaxed); }
  // Throws DEVICE_LOST.
  void require_there() {
    if (!is_lost()) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    fail(BP_STATUS_DEVICE_LOST, "the device was lost: " + words_);
  }

  // Told at once when the device is lost already.
  void tell(const std::shared_ptr<LossListener>& listener) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      forget_the_closed();
      if (!is_lost_) return listeners_.push_back(listener);
    }
    listener->device_lost();
  }

 private:
  // Of a device that is opened and closed a thousand times while one open of it stays.
  void forget_the_closed() {
    const auto is_closed = [](const std::weak_ptr<LossListener>& one) { return one.expired(); };
    listeners_.erase(std::remove_if(listeners_.begin(), listeners_.end(), is_closed),
                     listeners_.end());
  }

  std::atomic<bool> is_lost_{false};
  std::mutex mutex_;
  std::string words_;  // of who lost it
  std::vector<std::weak_ptr<LossListener>> listeners_;
};

// The devices of a plugin, by index. An open after a loss finds the device as if it had come back.
class Losses {
 public:
  // For a new open of the device: what those share that are there and not lost.
  std::shared_ptr<Loss> join(uint32_t index) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::shared_ptr<Loss> shared = losses_[index].lock();
    if (shared == nullptr || shared->is_lost()) losses_[index] = shared = std::make_shared<Loss>();
    return shared;
  }

 private:
  std::mutex mutex_;
  std::map<uint32_t, std::weak_ptr<Loss>> losses_;
};

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_LOSS_HPP
