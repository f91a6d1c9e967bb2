#include "server/repository.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "server/status.h"
#include "testing/files.h"

namespace modelparity::server {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A repository whose versions are files "model": "good", or the reason for which it is refused.
class RepositoryTest : public ::testing::Test {
 protected:
  void put(const std::string& version, const std::string& content) {
    testing::write_file(folder_ / version + "/model", content);
  }

  void remove(const std::string& path) { fs::remove_all(folder_ / path); }

  // Two listings, as a version needs to be tried.
  void settle() {
    repository_.poll();
    repository_.poll();
  }

  // 0: none.
  std::int64_t served(const std::string& model = "m") {
    const auto serving = repository_.find(model);
    return serving ? serving->version : 0;
  }

  // "READY: reason".
  std::string state(std::int64_t version, const std::string& model = "m") {
    for (const auto& entry : repository_.index()) {
      if (entry.model == model && entry.version == version) {
        return entry.state + ": " + entry.reason;
      }
    }
    return "not listed";
  }

  // Why a load by request failed; "": it did not.
  std::string load(const std::string& model) {
    std::string decision = "none";
    repository_.load(model, [&](const grpc::Status& status) { decision = status.error_message(); });
    repository_.poll();
    return decision;
  }

  std::shared_ptr<const Serving> load_version(const std::string& model, std::int64_t version,
                                              const std::string& path) {
    ++loads_;
    if (during_load_) during_load_();
    const std::string content = testing::read_file(path + "/model");
    if (content == "crash") throw std::runtime_error("crash");
    if (content != "good") throw Refusal("bad_content", content);
    auto serving = std::make_shared<Serving>();
    serving->model = model;
    serving->version = version;
    return serving;
  }

  testing::TemporaryFolder folder_;
  int loads_ = 0;
  std::function<void()> during_load_;
  Metrics metrics_{"0", "0"};
  Repository repository_{
      {folder_.path(), 0s},
      [this](const std::string& model, std::int64_t version, const std::string& path) {
        return load_version(model, version, path);
      },
      metrics_};
};

TEST_F(RepositoryTest, ServesOnWhenItsFolderCannotBeRead) {
  put("m/1", "good");
  settle();
  fs::rename(folder_.path(), folder_.path() + ".away");
  settle();
  EXPECT_EQ(served(), 1);
  fs::rename(folder_.path() + ".away", folder_.path());
  settle();
  EXPECT_EQ(served(), 1);
  EXPECT_EQ(loads_, 1);
}

TEST_F(RepositoryTest, ADrainAnswersWhoWaitsForADecision) {
  std::vector<grpc::StatusCode> codes;
  const auto request = [&] {
    repository_.load("m",
                     [&](const grpc::Status& status) { codes.push_back(status.error_code()); });
  };
  put("m/1", "good");
  repository_.poll();
  request();
  during_load_ = [&] {
    request();
    EXPECT_TRUE(codes.empty());
    repository_.drain();
    EXPECT_EQ(codes.size(), 2U) << "one of the poll under way, one of the next";
    request();
  };
  settle();
  EXPECT_EQ(loads_, 1);
  EXPECT_EQ(codes, std::vector<grpc::StatusCode>(3, grpc::StatusCode::UNAVAILABLE));
}

TEST_F(RepositoryTest, ServesTheHighestVersion) {
  put("m/1", "good");
  put("m/10", "good");
  put("m/9", "good");
  put("other/3", "good");
  EXPECT_FALSE(repository_.ready());
  settle();
  EXPECT_EQ(served(), 10);
  EXPECT_EQ(served("other"), 3);
  EXPECT_EQ(loads_, 2) << "lower versions are not loaded";
  EXPECT_TRUE(repository_.ready());
  EXPECT_EQ(state(10), "READY: ");
  EXPECT_EQ(state(9), "UNAVAILABLE: version 10 is served");
}

TEST_F(RepositoryTest, AnEmptyRepositoryIsReadyOnceItWasListed) {
  EXPECT_FALSE(repository_.ready());
  repository_.poll();
  EXPECT_TRUE(repository_.ready());
  EXPECT_TRUE(repository_.index().empty());
}

TEST_F(RepositoryTest, WaitsUntilFilesStayTheSame) {
  put("m/1", "go");
  repository_.poll();
  EXPECT_EQ(state(1), "UNAVAILABLE: its files still change; it is tried when they do not");
  put("m/1", "good");
  repository_.poll();
  EXPECT_EQ(loads_, 0);
  EXPECT_FALSE(repository_.ready());
  repository_.poll();
  EXPECT_EQ(served(), 1);
}

TEST_F(RepositoryTest, ARefusedVersionLeavesTheOldOneInService) {
  put("m/1", "good");
  settle();
  const auto before = repository_.find("m");
  put("m/2", "half copied");
  settle();
  EXPECT_EQ(repository_.find("m"), before);
  EXPECT_EQ(state(1), "READY: ");
  EXPECT_EQ(state(2), "UNAVAILABLE: half copied");
  EXPECT_TRUE(repository_.ready());
  EXPECT_EQ(loads_, 2);
  settle();
  EXPECT_EQ(loads_, 2) << "it is not tried again until it changes";
  put("m/2", "good");
  settle();
  EXPECT_EQ(served(), 2);
  EXPECT_EQ(before->version, 1) << "who holds the old version keeps it";
}

TEST_F(RepositoryTest, AnyExceptionIsARefusal) {
  put("m/1", "good");
  put("m/2", "crash");
  settle();
  EXPECT_EQ(served(), 1);
  EXPECT_EQ(state(2), "UNAVAILABLE: crash");
}

TEST_F(RepositoryTest, CountsRefusalsByKind) {
  put("m/1", "no");
  put("m/2", "crash");
  settle();
  std::map<std::string, double> refusals;
  for (const auto& family : metrics_.registry()->Collect()) {
    if (family.name != "modelparity_refusals_total") continue;
    for (const auto& metric : family.metric) {
      for (const auto& label : metric.label) {
        if (label.name == "kind") refusals[label.value] = metric.counter.value;
      }
    }
  }
  EXPECT_EQ(refusals, (std::map<std::string, double>{{"bad_content", 1}, {"other", 1}}));
  EXPECT_FALSE(repository_.ready());
}

TEST_F(RepositoryTest, FallsBackWhenTheServedVersionIsDeleted) {
  put("m/1", "good");
  put("m/2", "good");
  settle();
  remove("m/2");
  bool served_meanwhile = false;
  during_load_ = [&] { served_meanwhile = served() == 2; };
  repository_.poll();
  EXPECT_TRUE(served_meanwhile);
  EXPECT_EQ(served(), 1);
  EXPECT_EQ(state(2), "not listed");
}

TEST_F(RepositoryTest, ServesNothingWhenNoGoodVersionIsLeft) {
  put("m/1", "bad");
  put("m/2", "good");
  settle();
  remove("m/2");
  settle();
  EXPECT_EQ(served(), 0);
  EXPECT_FALSE(repository_.ready());
  remove("m");
  repository_.poll();
  EXPECT_TRUE(repository_.ready());
  EXPECT_TRUE(repository_.index().empty());
}

TEST_F(RepositoryTest, AServedVersionWhoseFilesChangeIsTriedAgain) {
  put("m/1", "good");
  put("m/2", "good");
  settle();
  const auto before = repository_.find("m");
  put("m/2", "not any more");
  settle();
  EXPECT_EQ(repository_.find("m"), before) << "no lower version takes its place";
  EXPECT_EQ(state(2), "READY: not any more");
  remove("m/2/model");
  put("m/2", "good");
  settle();
  EXPECT_NE(repository_.find("m"), before);
  EXPECT_EQ(served(), 2);
}

TEST_F(RepositoryTest, UnloadsUntilItIsLoaded) {
  put("m/1", "good");
  settle();
  EXPECT_TRUE(repository_.unload("m"));
  EXPECT_EQ(served(), 0);
  EXPECT_EQ(state(1), "UNAVAILABLE: unloaded by request");
  EXPECT_TRUE(repository_.ready()) << "that is what somebody wants";
  put("m/2", "good");
  settle();
  EXPECT_EQ(served(), 0);
  EXPECT_EQ(load("m"), "");
  EXPECT_EQ(served(), 2);
  EXPECT_FALSE(repository_.unload("nobody"));
}

TEST_F(RepositoryTest, AnUnloadDuringALoadHolds) {
  put("m/1", "good");
  repository_.poll();
  during_load_ = [&] { repository_.unload("m"); };
  repository_.poll();
  EXPECT_EQ(served(), 0);
  during_load_ = nullptr;
  EXPECT_EQ(load("m"), "");
  EXPECT_EQ(served(), 1);
}

TEST_F(RepositoryTest, ALoadByRequestSaysWhyItFailed) {
  EXPECT_EQ(load("m"), "model 'm': is not in the repository; add a folder 'm/<version>'");
  put("m/1", "good");
  EXPECT_EQ(load("m"), "") << "at once: who asks says that it is complete";
  put("m/2", "half copied");
  EXPECT_EQ(load("m"), "version 2 was refused: half copied");
  EXPECT_EQ(served(), 1);
  const int before = loads_;
  EXPECT_EQ(load("m"), "version 2 was refused: half copied");
  EXPECT_EQ(loads_, before + 1) << "a request tries again";
}

TEST_F(RepositoryTest, TellsUnknownModelsFromThoseThatAreNotServed) {
  put("m/1", "bad");
  settle();
  const auto code = [&](const std::string& model) {
    try {
      repository_.serving(model);
    } catch (const StatusError& error) {
      return error.status().error_code();
    }
    return grpc::StatusCode::OK;
  };
  EXPECT_EQ(code("m"), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(code("n"), grpc::StatusCode::NOT_FOUND);
  put("m/1", "good");
  settle();
  EXPECT_EQ(code("m"), grpc::StatusCode::OK);
}

TEST_F(RepositoryTest, ItsThreadPollsAndAnswersLoads) {
  put("m/1", "good");
  repository_.start();
  for (int i = 0; i < 1000 && served() == 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(served(), 1);
  put("m/2", "good");
  std::promise<grpc::Status> decision;
  repository_.load("m", [&](const grpc::Status& status) { decision.set_value(status); });
  EXPECT_TRUE(decision.get_future().get().ok());
  EXPECT_EQ(served(), 2);
}

}  // namespace
}  // namespace modelparity::server
