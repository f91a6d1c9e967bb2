#include "server/version_folders.h"

#include <gtest/gtest.h>

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
  const auto models = list_versions(folder.path());
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
  EXPECT_TRUE(list_versions(folder.path()).empty());
  EXPECT_TRUE(list_versions(folder / "nowhere").empty());
}

TEST(ListVersionsTest, FollowsALinkToAVersion) {
  const testing::TemporaryFolder folder;
  write_file(folder / ".store/abc/manifest.json", "{}");
  fs::create_directory(folder / "m");
  fs::create_directory_symlink(folder / ".store/abc", folder / "m/1");
  const auto models = list_versions(folder.path());
  EXPECT_NE(models.at("m").at(1).fingerprint.find("manifest.json"), std::string::npos);
}

TEST(ListVersionsTest, TheFingerprintChangesWithTheFiles) {
  const testing::TemporaryFolder folder;
  const auto fingerprint = [&] { return list_versions(folder.path()).at("m").at(1).fingerprint; };
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
