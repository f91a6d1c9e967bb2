#include "server/repository.h"

#include <algorithm>
#include <utility>

#include "modelparity/error.h"
#include "server/log.h"
#include "server/status.h"

namespace modelparity::server {
namespace {

// The second listing, which finds out what is still being written, need not keep a start waiting.
constexpr std::chrono::milliseconds kSecondListing(100);

const grpc::Status kEnding(grpc::StatusCode::UNAVAILABLE, "the server is about to end");

constexpr const char* kChangingReason = "its files still change; it is tried when they do not";

}  // namespace

Repository::Repository(Options options, Load load, Metrics& metrics)
    : options_(std::move(options)), load_(std::move(load)), metrics_(&metrics) {}

Repository::~Repository() {
  drain();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Repository::start() {
  thread_ = std::thread([this] { run(); });
}

void Repository::run() {
  poll();
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kSecondListing, [&] { return stopping_; });
  while (!stopping_) {
    lock.unlock();
    poll();
    lock.lock();
    const auto is_asked = [&] { return stopping_ || !requested_.empty(); };
    if (options_.poll_interval.count() > 0) {
      wake_.wait_for(lock, options_.poll_interval, is_asked);
    } else {
      wake_.wait(lock, is_asked);
    }
  }
}

void Repository::poll() {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    deciding_.swap(requested_);
  }
  merge(list());
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, decided] : deciding_) {
      const auto model = models_.find(name);
      if (model == models_.end()) continue;
      model->second.unloaded = false;
      for (auto& [number, version] : model->second.versions) {
        if (version.state != State::kGood) version.state = State::kUntried;
      }
    }
    for (const auto& [name, model] : models_) names.push_back(name);
  }
  for (const std::string& name : names) decide(name);
  Requests decided;
  {
    const std::lock_guard lock(mutex_);
    listed_ = true;
    decided.swap(deciding_);
  }
  for (const auto& [name, tell] : decided) tell(verdict(name));
}

// A process out of descriptors, or a disk that is away for a moment, is no reason to unload.
Listing Repository::list() {
  Listing found;
  try {
    found = list_versions(options_.path);
  } catch (const std::exception& error) {
    found.unreadable[""] = error.what();
  }
  for (const auto& [name, reason] : found.unreadable) {
    if (unreadable_.count(name) > 0) continue;
    log_error("unreadable", {{"model", name}, {"reason", reason}});
  }
  unreadable_ = found.unreadable;
  return found;
}

void Repository::merge(Listing found) {
  const std::lock_guard lock(mutex_);
  if (found.unreadable.count("") > 0) return;
  for (auto model = models_.begin(); model != models_.end();) {
    if (found.models.count(model->first) > 0 || found.unreadable.count(model->first) > 0) {
      ++model;
      continue;
    }
    serve(model->first, model->second, nullptr);
    model = models_.erase(model);
  }
  for (auto& [name, folders] : found.models) {
    std::map<std::int64_t, Version>& versions = models_[name].versions;
    for (auto version = versions.begin(); version != versions.end();) {
      version = folders.count(version->first) > 0 ? std::next(version) : versions.erase(version);
    }
    for (auto& [number, folder] : folders) {
      Version& version = versions[number];
      if (version.folder.fingerprint != folder.fingerprint || version.folder.path.empty()) {
        version = {std::move(folder), State::kChanging, kChangingReason};
      } else if (version.state == State::kChanging) {
        version.state = State::kUntried;
        version.reason.clear();
      }
    }
  }
}

void Repository::decide(const std::string& name) {
  std::unique_lock lock(mutex_);
  while (true) {
    // Without the lock the model may have been unloaded; only this thread takes it away.
    Model& model = models_.at(name);
    if (model.unloaded || stopping_) return;
    const auto version = next_to_try(model);
    if (version != model.versions.end()) {
      if (try_version(lock, name, version->first)) return;
      continue;
    }
    if (model.serving && model.versions.count(model.serving->version) == 0) {
      serve(name, model, nullptr);
    }
    return;
  }
}

// From the highest version down to the one that is served, whose files may have changed.
std::map<std::int64_t, Repository::Version>::iterator Repository::next_to_try(Model& model) {
  for (auto version = model.versions.end(); version != model.versions.begin();) {
    --version;
    if (version->second.state == State::kUntried) return version;
    if (model.serving && version->first == model.serving->version) break;
  }
  return model.versions.end();
}

// True: it is served now. Gives the lock back while it loads.
bool Repository::try_version(std::unique_lock<std::mutex>& lock, const std::string& name,
                             std::int64_t number) {
  Version& version = models_.at(name).versions.at(number);
  version.state = State::kLoading;
  version.reason.clear();
  const std::string path = version.folder.path;
  lock.unlock();
  std::shared_ptr<const Serving> serving;
  std::string kind;
  std::string reason;
  try {
    serving = load_(name, number, path);
  } catch (const Refusal& refusal) {
    kind = refusal.kind();
    reason = refusal.what();
  } catch (const std::exception& error) {
    kind = "other";
    reason = error.what();
  }
  lock.lock();
  Model& model = models_.at(name);
  if (serving && model.unloaded) {
    version.state = State::kUntried;
    return true;
  }
  if (serving) {
    version.state = State::kGood;
    version.reason = serving->remark;
    serve(name, model, std::move(serving));
    return true;
  }
  version.state = State::kRefused;
  version.reason = reason;
  metrics_->count_refusal(name, kind);
  log_error("refused", {{"model", name},
                        {"version", number},
                        {"kind", kind},
                        {"reason", reason},
                        {"served_version", model.serving ? model.serving->version : 0}});
  return false;
}

void Repository::serve(const std::string& name, Model& model,
                       std::shared_ptr<const Serving> serving) {
  if (!serving && !model.serving) return;
  if (model.serving) {
    const auto before = model.versions.find(model.serving->version);
    if (before != model.versions.end() && before->second.state == State::kGood &&
        !(serving && serving->version == before->first)) {
      before->second.state = State::kUntried;
    }
  }
  auto table = std::make_shared<Table>(*table_);
  if (serving) {
    (*table)[name] = serving;
  } else {
    table->erase(name);
  }
  // First it is so, then it is told: who reads the log may rely on it.
  std::atomic_store(&table_, std::shared_ptr<const Table>(std::move(table)));
  const auto before = std::exchange(model.serving, std::move(serving));
  if (model.serving) {
    metrics_->count_promotion(name, model.serving->version);
    log_info("promoted", {{"model", name},
                          {"version", model.serving->version},
                          {"instead_of", before ? before->version : 0},
                          {"remark", model.serving->remark}});
  } else {
    metrics_->count_unload(name);
    log_info("unloaded", {{"model", name}, {"version", before->version}});
  }
}

grpc::Status Repository::verdict(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto model = models_.find(name);
  if (model == models_.end()) {
    return {grpc::StatusCode::NOT_FOUND, "model " + in_quotes(name) +
                                             ": is not in the repository; add a folder " +
                                             in_quotes(name + "/<version>")};
  }
  const auto& [number, highest] = *model->second.versions.rbegin();
  if (highest.state == State::kRefused) {
    return {grpc::StatusCode::FAILED_PRECONDITION,
            "version " + std::to_string(number) + " was refused: " + highest.reason};
  }
  if (model->second.serving) return grpc::Status::OK;
  return {grpc::StatusCode::FAILED_PRECONDITION,
          "model " + in_quotes(name) + ": was unloaded meanwhile"};
}

std::shared_ptr<const Serving> Repository::find(const std::string& model) const {
  const std::shared_ptr<const Table> table = std::atomic_load(&table_);
  const auto found = table->find(model);
  return found == table->end() ? nullptr : found->second;
}

std::shared_ptr<const Serving> Repository::serving(const std::string& model) const {
  if (auto found = find(model)) return found;
  const std::lock_guard lock(mutex_);
  if (models_.count(model) > 0) {
    throw StatusError(grpc::StatusCode::UNAVAILABLE,
                      "model " + in_quotes(model) +
                          ": no version of it is served; the repository index says why");
  }
  const auto name_of = [](const auto& entry) { return entry.first; };
  throw StatusError(grpc::StatusCode::NOT_FOUND, "model " + in_quotes(model) +
                                                     ": is not in the repository, which has " +
                                                     list_in_quotes(models_, name_of));
}

bool Repository::ready() const {
  const std::lock_guard lock(mutex_);
  return listed_ && std::all_of(models_.begin(), models_.end(), [](const auto& entry) {
           return entry.second.unloaded || entry.second.serving;
         });
}

std::vector<Repository::IndexEntry> Repository::index() const {
  const std::lock_guard lock(mutex_);
  std::vector<IndexEntry> entries;
  for (const auto& [name, model] : models_) {
    for (const auto& [number, version] : model.versions) {
      const bool served = model.serving && model.serving->version == number;
      std::string state = served ? kReady : kUnavailable;
      std::string reason = version.reason;
      if (version.state == State::kLoading && !served) state = kLoading;
      if (reason.empty() && model.unloaded) reason = "unloaded by request";
      if (reason.empty() && !served && model.serving && number < model.serving->version) {
        reason = "version " + std::to_string(model.serving->version) + " is served";
      }
      entries.push_back({name, number, std::move(state), std::move(reason)});
    }
  }
  return entries;
}

void Repository::load(const std::string& model, Decided decided) {
  {
    const std::lock_guard lock(mutex_);
    if (!draining_) requested_.emplace(model, std::exchange(decided, nullptr));
  }
  if (decided) decided(kEnding);
  wake_.notify_one();
}

void Repository::drain() {
  Requests waiting;
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    waiting.swap(requested_);
    waiting.merge(deciding_);
  }
  for (const auto& [name, decided] : waiting) decided(kEnding);
}

bool Repository::unload(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto model = models_.find(name);
  if (model == models_.end()) return false;
  model->second.unloaded = true;
  serve(name, model->second, nullptr);
  return true;
}

}  // namespace modelparity::server
