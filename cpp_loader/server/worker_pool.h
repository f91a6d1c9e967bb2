// The threads that run TensorFlow.
//
// A run of TensorFlow cannot be interrupted. One that outlives its time limit keeps its thread, and
// so that the others go on, another thread takes its place (replace()); when the run does end after
// all, there is a thread too many, which ends. No more than the spare threads that the pool was
// made with are started: beyond that, runs that are stuck take the pool's own threads.
//
// Thread-safety: submit() and replace() may be called from any thread.
//
//   WorkerPool pool(4, 4);
//   pool.submit([] { model.run(inputs); });
#pragma once

#include <prometheus/gauge.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace modelparity::server {

class WorkerPool {
 public:
  using Task = std::function<void()>;

  // A thread of the pool.
  struct Worker {
    bool stuck = false;
  };

  // `gauge` shows stuck(), and outlives the pool; null: nothing does.
  WorkerPool(std::size_t workers, std::size_t spare_workers, prometheus::Gauge* gauge = nullptr);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  // Runs what was submitted, and waits for it.
  ~WorkerPool();

  // A task throws nothing.
  void submit(Task task);

  // The worker that runs the calling task; null in any other thread.
  static Worker* current();

  // Calls a worker stuck whose task, which has to be running, takes too long, and starts another in
  // its place. False: that was done already, or no spare worker is left.
  bool replace(Worker* worker);

  // How many workers are at a task that takes too long.
  std::size_t stuck() const;

  // Whether that is all of them: what is submitted waits until one is through.
  bool all_stuck() const;

 private:
  void start_worker();
  void work();
  void set_stuck(std::size_t count);

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  bool stopping_ = false;
  const std::size_t workers_;
  const std::size_t spare_workers_;
  prometheus::Gauge* const gauge_;
  std::size_t stuck_ = 0;
  std::deque<Task> tasks_;
  std::vector<std::thread> threads_;
  // Those whose work() has returned, or is about to.
  std::vector<std::thread> ended_;
};

}  // namespace modelparity::server
