#include "modelparity/tensorflow_library.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>

#include <cstdlib>
#include <vector>

#include "testing/expect_error.h"
#include "testing/files.h"

namespace modelparity {
namespace {

// Sets an environment variable while it lives; to nothing: unsets it.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    value.empty() ? ::unsetenv(name) : ::setenv(name, value.c_str(), 1);
  }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
  ~EnvironmentVariable() { ::setenv(name_, old_.c_str(), 1); }

 private:
  const char* name_;
  std::string old_;
};

std::vector<std::string> loaded_libraries() {
  std::vector<std::string> names;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t /*size*/, void* result) {
        static_cast<std::vector<std::string>*>(result)->emplace_back(info->dlpi_name);
        return 0;
      },
      &names);
  return names;
}

bool any_contains(const std::vector<std::string>& names, const char* part) {
  for (const std::string& name : names) {
    if (name.find(part) != std::string::npos) return true;
  }
  return false;
}

// One test, since a process can open the library once only: what comes before and after matters.
TEST(TensorFlowLibraryTest, OpensOneLibraryOnceAndPrivately) {
  EXPECT_FALSE(any_contains(loaded_libraries(), "tensorflow")) << "the loader is linked with it";
  EXPECT_FALSE(any_contains(loaded_libraries(), "protobuf")) << "the loader is linked with it";

  {
    const EnvironmentVariable variable("MODELPARITY_LIBTENSORFLOW", "");
    EXPECT_ERROR(tensorflow_version(), ErrorKind::kRuntimeUnavailable,
                 ", /usr/local/lib, /usr/lib, and the dynamic linker's places for "
                 "libtensorflow_cc.so.2 and libtensorflow.so.2; set MODELPARITY_LIBTENSORFLOW");
  }
  EXPECT_ERROR(open_tensorflow("/no/such/folder"), ErrorKind::kRuntimeUnavailable,
               "libtensorflow: got '/no/such/folder' from the caller");
  const testing::TemporaryFolder folder;
  {
    const EnvironmentVariable variable("MODELPARITY_LIBTENSORFLOW", folder.path());
    EXPECT_ERROR(tensorflow_version(), ErrorKind::kRuntimeUnavailable,
                 "from MODELPARITY_LIBTENSORFLOW");
  }
  const std::string text_file = folder / "libtensorflow.so.2";
  testing::write_file(text_file, "no library");
  EXPECT_ERROR(open_tensorflow(text_file), ErrorKind::kRuntimeUnavailable, "cannot be opened");

  EXPECT_EQ(tensorflow_version().substr(0, 2), "2.");
  EXPECT_TRUE(any_contains(loaded_libraries(), "libtensorflow"));
  EXPECT_EQ(::dlsym(RTLD_DEFAULT, "TF_Version"), nullptr) << "its symbols are the whole process's";

  open_tensorflow(std::getenv("MODELPARITY_LIBTENSORFLOW"));
  EXPECT_ERROR(open_tensorflow(text_file), ErrorKind::kRuntimeUnavailable, "is open already");
}

}  // namespace
}  // namespace modelparity
