#include "server/version_folders.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "testing/files.h"

namespace modelparity::server {
namespace {

namespace fs = std::filesystem;
using testing::write_file;

TEST(ListVersionsTest, FindsNumberedFolders) {
  const testing::TemporaryFolder folder;
  write_file(folder / "digits/1/manifest.json", "{}");
  write_file(folder / "digits/12/manifest.json", "{}");
  write_file(folder / "words/3/saved_model.pb", "");
  const auto models = list_versions(folder.path()).models;
  ASSERT_EQ(models.size(), 2U);
  ASSERT_EQ(models.at("digits").size(), 2U);
  EXPECT_EQ(models.at("digits").at(12).path, folder / "digits/12");
  EXPECT_EQ(models.at("words").begin()->first, 3);
}

TEST(ListVersionsTest, IgnoresEverythingElse) {
  const testing::TemporaryFolder folder;
  for (const char* path :
       {"a/0/f", "a/01/f", "a/-1/f", "a/1.tmp/f", "a/.1/f", "a/1~/f", "a/one/f", "a/2 /f",
        "a/99999999999999999999/f", ".hidden/1/f", "b.tmp/1/f", "b~/1/f", "a/README", "notes"}) {
    write_file(folder / path, "");
  }
  fs::create_directory(folder / "empty");
  write_file(folder / "c/5", "a file");
  const Listing listing = list_versions(folder.path());
  EXPECT_TRUE(listing.models.empty());
  EXPECT_TRUE(listing.unreadable.empty());
}

// Nobody who listens may take these for deleted.
TEST(ListVersionsTest, TellsWhatCannotBeReadFromWhatIsNotThere) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(list_versions(folder / "nowhere"), fs::filesystem_error);
  write_file(folder / "m/1/variables/index", "");
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  rlimit one_more = limit;
  const int next = ::open("/dev/null", O_RDONLY);
  ::close(next);
  // Enough for one folder at a time, and not for one in another.
  one_more.rlim_cur = static_cast<rlim_t>(next) + 1;
  setrlimit(RLIMIT_NOFILE, &one_more);
  Listing listing;
  try {
    listing = list_versions(folder.path());
  } catch (...) {
    setrlimit(RLIMIT_NOFILE, &limit);
    throw;
  }
  setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_TRUE(listing.models.empty());
  EXPECT_EQ(listing.unreadable.count("m"), 1U);
}

TEST(ListVersionsTest, FollowsALinkToAVersion) {
  const testing::TemporaryFolder folder;
  write_file(folder / ".store/abc/manifest.json", "{}");
  fs::create_directory(folder / "m");
  fs::create_directory_symlink(folder / ".store/abc", folder / "m/1");
  const auto models = list_versions(folder.path()).models;
  EXPECT_NE(models.at("m").at(1).fingerprint.find("manifest.json"), std::string::npos);
}

TEST(ListVersionsTest, TheFingerprintChangesWithTheFiles) {
  const testing::TemporaryFolder folder;
  const auto fingerprint = [&] {
    return list_versions(folder.path()).models.at("m").at(1).fingerprint;
  };
  write_file(folder / "m/1/sub/file", "one");
  const std::string first = fingerprint();
  EXPECT_EQ(fingerprint(), first);
  write_file(folder / "m/1/sub/file", "three");
  const std::string larger = fingerprint();
  EXPECT_NE(larger, first);
  fs::last_write_time(folder / "m/1/sub/file",
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  const std::string older = fingerprint();
  EXPECT_NE(older, larger);
  write_file(folder / "m/1/another", "");
  EXPECT_NE(fingerprint(), older);
}

}  // namespace
}  // namespace modelparity::server
