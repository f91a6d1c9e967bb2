#include "server/timers.h"

namespace modelparity::server {

std::string seconds_text(std::chrono::nanoseconds time) {
  std::string text = std::to_string(std::chrono::duration<double>(time).count());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + "s";
}

Timers::Timers() : thread_([this] { run(); }) {}

Timers::~Timers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Timers::Id Timers::at(Clock::time_point when, Action action) {
  std::unique_lock lock(mutex_);
  const Id id(when, next_++);
  const auto added = actions_.emplace(id, std::move(action)).first;
  const bool is_first = added == actions_.begin();
  lock.unlock();
  if (is_first) changed_.notify_one();
  return id;
}

void Timers::cancel(const Id& id) {
  // What the action holds is destroyed after the lock is given back.
  decltype(actions_)::node_type cancelled;
  const std::lock_guard lock(mutex_);
  cancelled = actions_.extract(id);
}

void Timers::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (actions_.empty()) {
      changed_.wait(lock);
    } else if (const auto when = actions_.begin()->first.first; when > Clock::now()) {
      changed_.wait_until(lock, when);
    } else {
      auto due = actions_.extract(actions_.begin());
      lock.unlock();
      due.mapped()();
      due = {};
      lock.lock();
    }
  }
}

}  // namespace modelparity::server
