// The threads that run TensorFlow.
//
// A run of TensorFlow cannot be interrupted. One that outlives its time limit keeps its thread, and
// so that the others go on, another thread takes its place (replace()); when the run does end after
// all, its thread ends with it. There are never more such runs than the spare threads that the pool
// was made with: beyond that, runs that are stuck take the pool's own threads.
//
// Thread-safety: submit() and replace() may be called from any thread.
//
//   WorkerPool pool(4, 4);
//   pool.submit([] { model.run(inputs); });
#pragma once

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
    bool replaced = false;
  };

  WorkerPool(std::size_t workers, std::size_t spare_workers);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  // Runs what was submitted, and waits for it.
  ~WorkerPool();

  // A task throws nothing.
  void submit(Task task);

  // The worker that runs the calling task; null in any other thread.
  static Worker* current();

  // Starts another worker in place of one whose task, which has to be running, takes too long.
  // False: that was done already, or no spare worker is left.
  bool replace(Worker* worker);

  // Whether replace() could start one.
  bool has_spare_worker() const;

 private:
  void start_worker();
  void work();

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  bool stopping_ = false;
  std::size_t spare_workers_;
  std::deque<Task> tasks_;
  std::vector<std::thread> threads_;
  // Those whose work() has returned, or is about to.
  std::vector<std::thread> ended_;
};

}  // namespace modelparity::server
