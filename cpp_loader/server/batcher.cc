#include "server/batcher.h"

namespace modelparity::server {
namespace {

void run_alone(const RunFunction& run, Job& job) {
  if (!job.start()) return;
  try {
    job.succeed(run(job.inputs()));
  } catch (...) {
    job.fail(std::current_exception());
  }
}

}  // namespace

void Batcher::add(std::shared_ptr<Job> job) {
  workers_->submit(
      [self = shared_from_this(), job = std::move(job)] { run_alone(self->run_, *job); });
}

}  // namespace modelparity::server
