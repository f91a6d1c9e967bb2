// Actions at a time, all run by one thread: time limits of requests and delays of batches.
//
//   Timers timers;
//   const Timers::Id id = timers.at(Clock::now() + 2s, [call] { call->expire(); });
//   timers.cancel(id);
//
// Ownership: an action, with what it holds, is destroyed once it was run or cancelled.
//
// Thread-safety: every function may be called from any thread, from an action as well. Actions have
// to be short, since the next one waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace modelparity::server {

using Clock = std::chrono::steady_clock;

// "0.5s".
std::string seconds_text(std::chrono::nanoseconds time);

class Timers {
 public:
  using Id = std::pair<Clock::time_point, std::uint64_t>;
  using Action = std::function<void()>;

  Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  // Drops the actions that are left.
  ~Timers();

  Id at(Clock::time_point when, Action action);

  // Does nothing when the action was run already. It may be running when this returns.
  void cancel(const Id& id);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::uint64_t next_ = 0;
  // By time, those of one time in the order in which they came.
  std::map<Id, Action> actions_;
  std::thread thread_;
};

}  // namespace modelparity::server
