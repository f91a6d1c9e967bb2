#include "server/batcher.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "modelparity/error.h"

namespace modelparity::server {

Batcher::Batcher(RunFunction run, BatchRule rule, std::chrono::nanoseconds max_delay,
                 WorkerPool& workers, Timers& timers, SignatureMetrics& metrics)
    : run_(std::move(run)),
      rule_(std::move(rule)),
      max_delay_(max_delay),
      workers_(&workers),
      timers_(&timers),
      metrics_(&metrics) {}

void Batcher::add(std::shared_ptr<Job> job) {
  if (rule_.joins()) {
    const std::int64_t rows = row_count(job->inputs()).value_or(0);
    RowShapes shapes = rows > 0 ? row_shapes(job->inputs()) : RowShapes();
    if (rule_.may_join(shapes, rows)) {
      const int row_class = rule_.class_of(shapes, rows);
      join({std::move(shapes), row_class}, std::move(job), rows);
      return;
    }
  }
  workers_->submit([self = shared_from_this(), job = std::move(job)] {
    if (job->start()) self->run_alone(*job);
  });
}

void Batcher::join(const Key& key, std::shared_ptr<Job> job, std::int64_t rows) {
  // The one that has no room for the job, and the one that the job fills.
  std::vector<Jobs> full;
  {
    const std::lock_guard lock(mutex_);
    Batch& batch = open_[key];
    if (batch.rows + rows > rule_.max_rows()) full.push_back(close(batch));
    batch.jobs.push_back(std::move(job));
    batch.rows += rows;
    if (batch.rows == rule_.max_rows()) {
      full.push_back(close(batch));
    } else if (batch.jobs.size() == 1) {
      batch.timer = timers_->at(Clock::now() + max_delay_,
                                [self = shared_from_this(), key] { self->run_later(key); });
    }
  }
  for (Jobs& closed : full) {
    workers_->submit([self = shared_from_this(), key, jobs = std::move(closed)]() mutable {
      self->run(key, std::move(jobs));
    });
  }
}

Batcher::Jobs Batcher::close(Batch& batch) {
  timers_->cancel(batch.timer);
  batch.rows = 0;
  return std::exchange(batch.jobs, {});
}

void Batcher::run_later(const Key& key) {
  workers_->submit([self = shared_from_this(), key] {
    std::unique_lock lock(self->mutex_);
    const auto batch = self->open_.find(key);
    // It may have become full meanwhile.
    if (batch == self->open_.end()) return;
    Jobs jobs = self->close(batch->second);
    self->open_.erase(batch);
    lock.unlock();
    self->run(key, std::move(jobs));
  });
}

void Batcher::run(const Key& key, Jobs jobs) const {
  const auto gone = [](const std::shared_ptr<Job>& job) { return !job->start(); };
  jobs.erase(std::remove_if(jobs.begin(), jobs.end(), gone), jobs.end());
  while (!jobs.empty()) {
    const auto end = jobs.begin() + joinable(key, jobs);
    if (end - jobs.begin() == 1) {
      run_alone(*jobs.front());
    } else {
      run_joined({jobs.begin(), end});
    }
    jobs.erase(jobs.begin(), end);
  }
}

std::ptrdiff_t Batcher::joinable(const Key& key, const Jobs& jobs) const {
  const auto& [shapes, row_class] = key;
  std::ptrdiff_t best = 1;
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    rows += row_count(jobs[i]->inputs()).value();
    if (rule_.class_of(shapes, rows) == row_class) best = static_cast<std::ptrdiff_t>(i) + 1;
  }
  return best;
}

void Batcher::run_joined(const Jobs& jobs) const {
  std::vector<TensorMap> answers;
  try {
    std::vector<const TensorMap*> parts;
    for (const auto& job : jobs) parts.push_back(&job->inputs());
    const TensorMap outputs = run_(join_rows(parts));
    std::int64_t begin = 0;
    for (const TensorMap* part : parts) {
      const std::int64_t rows = row_count(*part).value();
      answers.push_back(take_rows(outputs, begin, rows));
      begin += rows;
    }
  } catch (const std::exception&) {
    for (const auto& job : jobs) run_alone(*job);
    return;
  }
  metrics_->count_batch(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i]->succeed(std::move(answers[i]));
}

void Batcher::run_alone(Job& job) const {
  metrics_->count_batch(1);
  try {
    job.succeed(run_(job.inputs()));
  } catch (...) {
    job.fail(std::current_exception());
  }
}

}  // namespace modelparity::server
