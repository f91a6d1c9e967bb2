#include "server/worker_pool.h"

#include <algorithm>
#include <utility>

namespace modelparity::server {
namespace {

thread_local WorkerPool::Worker* current_worker = nullptr;

}  // namespace

WorkerPool::WorkerPool(std::size_t workers, std::size_t spare_workers, prometheus::Gauge* gauge)
    : workers_(workers), spare_workers_(spare_workers), gauge_(gauge) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < workers; ++i) start_worker();
}

WorkerPool::~WorkerPool() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  ready_.notify_all();
  while (!threads_.empty() || !ended_.empty()) {
    std::vector<std::thread>& some = ended_.empty() ? threads_ : ended_;
    std::thread thread = std::move(some.back());
    some.pop_back();
    lock.unlock();
    thread.join();
    lock.lock();
  }
}

void WorkerPool::submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  ready_.notify_one();
}

WorkerPool::Worker* WorkerPool::current() { return current_worker; }

bool WorkerPool::replace(Worker* worker) {
  const std::lock_guard lock(mutex_);
  if (worker->stuck) return false;
  worker->stuck = true;
  set_stuck(stuck_ + 1);
  if (threads_.size() == workers_ + spare_workers_ || stopping_) return false;
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
  start_worker();
  return true;
}

std::size_t WorkerPool::stuck() const {
  const std::lock_guard lock(mutex_);
  return stuck_;
}

bool WorkerPool::all_stuck() const {
  const std::lock_guard lock(mutex_);
  return stuck_ == threads_.size();
}

void WorkerPool::set_stuck(std::size_t count) {
  stuck_ = count;
  if (gauge_ != nullptr) gauge_->Set(static_cast<double>(count));
}

void WorkerPool::start_worker() {
  threads_.emplace_back([this] { work(); });
}

void WorkerPool::work() {
  Worker self;
  current_worker = &self;
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
    if (!self.stuck) continue;
    self.stuck = false;
    set_stuck(stuck_ - 1);
    if (threads_.size() - stuck_ > workers_ && !stopping_) break;
  }
  const auto own = std::find_if(threads_.begin(), threads_.end(), [](const std::thread& thread) {
    return thread.get_id() == std::this_thread::get_id();
  });
  ended_.push_back(std::move(*own));
  threads_.erase(own);
}

}  // namespace modelparity::server
