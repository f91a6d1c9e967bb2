// The models of a folder: which versions there are, and which one of each is served.
//
// A thread lists the folder again and again. Of each model the highest version that is good is
// served. A version is tried once its files have stayed the same from one listing to the next, and
// after a failure only when they have changed; until a better one has been loaded and proved, the
// old one serves. The decisions are here; what loading and proving mean is the caller's.
//
//   Repository repository(options, load, metrics);
//   repository.start();
//   const auto serving = repository.find("digits");   // null: not served
//
// Ownership: the Repository holds what it serves. A Serving that was found lives on with who found
// it.
//
// Thread-safety: every function may be called from any thread, poll() from one at a time. find()
// never waits for a load.
#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/metrics.h"
#include "server/serving.h"
#include "server/version_folders.h"

namespace modelparity::server {

// Why a version is not put into service.
class Refusal : public std::runtime_error {
 public:
  Refusal(std::string kind, const std::string& reason)
      : std::runtime_error(reason), kind_(std::move(kind)) {}

  // One word, for metrics.
  const std::string& kind() const { return kind_; }

 private:
  std::string kind_;
};

class Repository {
 public:
  struct Options {
    std::string path;
    // 0: the folder is listed at the start and when load() is called.
    std::chrono::nanoseconds poll_interval = std::chrono::seconds(1);
  };

  // Loads and proves a version. Throws Refusal, or another exception, whose kind is then "other".
  using Load = std::function<std::shared_ptr<const Serving>(
      const std::string& model, std::int64_t version, const std::string& path)>;

  // Told how a load by request ended.
  using Decided = std::function<void(const grpc::Status& status)>;

  static constexpr const char* kReady = "READY";
  static constexpr const char* kLoading = "LOADING";
  static constexpr const char* kUnavailable = "UNAVAILABLE";

  struct IndexEntry {
    std::string model;
    std::int64_t version;
    // One of the above.
    std::string state;
    std::string reason;
  };

  Repository(Options options, Load load, Metrics& metrics);
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;
  // Waits for the load that is under way, after drain().
  ~Repository();

  // Starts the thread that calls poll().
  void start();

  // Lists the folder and acts on it. What cannot be read now stays as it is.
  void poll();

  // Null: the model is not served.
  std::shared_ptr<const Serving> find(const std::string& model) const;

  // The same; throws StatusError NOT_FOUND when there is no such model, UNAVAILABLE when none of
  // its versions is served.
  std::shared_ptr<const Serving> serving(const std::string& model) const;

  // Whether every model has a version that is served, those apart that were unloaded by request.
  bool ready() const;

  // By model and version.
  std::vector<IndexEntry> index() const;

  // Tries the model's versions again, whether their files changed or not, and undoes unload().
  // `decided` is called once, by the thread that polls, or with UNAVAILABLE because of drain().
  void load(const std::string& model, Decided decided);

  // Tells who waits for a decision, now or later, that there will be none.
  void drain();

  // Serves no version of the model until load() is called. False: there is no such model.
  bool unload(const std::string& model);

 private:
  enum class State { kChanging, kUntried, kLoading, kRefused, kGood };

  struct Version {
    VersionFolder folder;
    State state = State::kChanging;
    // What is to be said about it.
    std::string reason;
  };

  struct Model {
    std::map<std::int64_t, Version> versions;
    bool unloaded = false;
    std::shared_ptr<const Serving> serving;
  };

  void run();
  Listing list();
  void merge(Listing found);
  void decide(const std::string& name);
  std::map<std::int64_t, Version>::iterator next_to_try(Model& model);
  bool try_version(std::unique_lock<std::mutex>& lock, const std::string& name,
                   std::int64_t number);
  void serve(const std::string& name, Model& model, std::shared_ptr<const Serving> serving);
  grpc::Status verdict(const std::string& name) const;

  const Options options_;
  const Load load_;
  Metrics* metrics_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool draining_ = false;
  bool listed_ = false;
  // Of the last listing: the repository ("") or models that could not be read, and why.
  std::map<std::string, std::string> unreadable_;
  std::map<std::string, Model> models_;
  // By model: who waits for the next poll(), and for the one under way.
  using Requests = std::multimap<std::string, Decided>;
  Requests requested_;
  Requests deciding_;
  // What find() reads: replaced as a whole, never changed.
  using Table = std::map<std::string, std::shared_ptr<const Serving>>;
  std::shared_ptr<const Table> table_ = std::make_shared<const Table>();
  std::thread thread_;
};

}  // namespace modelparity::server
