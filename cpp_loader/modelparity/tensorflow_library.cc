#include "modelparity/tensorflow_library.h"

#include <dlfcn.h>
#include <link.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <vector>

#include "modelparity/internal/c_api.h"

namespace modelparity {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnvironmentVariable = "MODELPARITY_LIBTENSORFLOW";
constexpr const char* kFramework = "libtensorflow_framework.so.2";
constexpr std::array kLibraries = {"libtensorflow_cc.so.2", "libtensorflow.so.2"};

// Lazily: nearly every function of libtensorflow is never called, and to look all of them up takes
// 60 ms of the 0.32 s from the start of a process to its first answer. The functions that are
// called from here are looked up when it is opened, all the same.
constexpr int kBinding = RTLD_LAZY | RTLD_LOCAL;

// Sanitizer runtimes replace malloc for the whole process, which deep binding would undo; they
// refuse it.
#if defined(__has_feature)  // of Clang
#define MODELPARITY_HAS_FEATURE(feature) __has_feature(feature)
#else
#define MODELPARITY_HAS_FEATURE(feature) false
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    MODELPARITY_HAS_FEATURE(address_sanitizer) || MODELPARITY_HAS_FEATURE(thread_sanitizer)
constexpr int kOpenFlags = kBinding;
#else
constexpr int kOpenFlags = kBinding | RTLD_DEEPBIND;
#endif

struct Opened {
  fs::path path;
  internal::CApi functions;
};

// Guards the opening. Readers of `opened` need no lock: what it points to never changes.
std::mutex open_mutex;
std::atomic<const Opened*> opened{nullptr};

[[noreturn]] void fail(const std::string& message) {
  throw Error(ErrorKind::kRuntimeUnavailable, "libtensorflow: " + message);
}

// The folder of the running program.
fs::path program_folder() {
  std::error_code unreadable;
  return fs::read_symlink("/proc/self/exe", unreadable).parent_path();
}

// The library that `path` names: itself, or the one in that folder. Empty: there is none.
fs::path library_at(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return path;
  for (const char* name : kLibraries) {
    if (fs::is_regular_file(path / name, ignored)) return path / name;
  }
  return {};
}

// The path of an opened library; empty when there is none.
fs::path path_of(void* handle) {
  link_map* map = nullptr;
  if (handle != nullptr) dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map));
  return map == nullptr ? fs::path() : fs::path(map->l_name);
}

// Others may have brought libtensorflow into the process, such as a Python interpreter that imports
// tensorflow. A second copy would find symbols of the first and end the process.
void expect_no_other(const fs::path& library) {
  const fs::path present = path_of(dlopen(kFramework, RTLD_NOW | RTLD_NOLOAD));
  std::error_code ignored;
  if (present.empty() || fs::equivalent(present, library.parent_path() / kFramework, ignored)) {
    return;
  }
  fail("got " + in_quotes(library.string()) + ", but the process has " +
       in_quotes(present.string()) + " already, and can have one only; name its folder");
}

void* open(const fs::path& library) {
  // The framework first, by path: the main library asks for it by name only, and would otherwise
  // depend on its own run path.
  const fs::path framework = library.parent_path() / kFramework;
  const bool searched_for = !library.has_parent_path();
  std::error_code ignored;
  if ((searched_for || fs::exists(framework, ignored)) &&
      dlopen(framework.c_str(), kOpenFlags) == nullptr) {
    return nullptr;
  }
  return dlopen(library.c_str(), kOpenFlags);
}

template <typename Function>
void find(void* handle, const char* name, Function& function) {
  void* symbol = dlsym(handle, name);
  if (symbol == nullptr) {
    fail(std::string("has no function ") + name + "; a newer TensorFlow is needed");
  }
  function = reinterpret_cast<Function>(symbol);
}

const Opened* functions_of(void* handle) {
  auto result = std::make_unique<Opened>();
  result->path = path_of(handle);
#define MODELPARITY_FIND(name) find(handle, #name, result->functions.name);
  MODELPARITY_C_API(MODELPARITY_FIND)
#undef MODELPARITY_FIND
  return result.release();
}

const Opened* open_named(const fs::path& path, const std::string& named_by) {
  const fs::path library = library_at(path);
  if (library.empty()) {
    fail("got " + in_quotes(path.string()) + " from " + named_by + ", which is neither " +
         kLibraries[0] + " or " + kLibraries[1] + " nor a folder with one of them");
  }
  expect_no_other(library);
  // An absolute path, so that the linker does not search for a bare file name.
  void* handle = open(fs::absolute(library));
  if (handle == nullptr) fail(std::string("cannot be opened: ") + dlerror());
  return functions_of(handle);
}

const Opened* search() {
  for (const char* name : kLibraries) {
    if (void* handle = dlopen(name, RTLD_NOW | RTLD_NOLOAD)) return functions_of(handle);
  }
  std::string searched;
  for (const fs::path& folder :
       {program_folder(), fs::path("/usr/local/lib"), fs::path("/usr/lib")}) {
    searched += folder.string() + ", ";
    if (!library_at(folder).empty()) return open_named(folder, "the usual places");
  }
  for (const char* name : kLibraries) {
    if (void* handle = open(name); handle != nullptr) return functions_of(handle);
  }
  fail("not found; searched " + searched + "and the dynamic linker's places for " + kLibraries[0] +
       " and " + kLibraries[1] + "; set " + kEnvironmentVariable +
       " to the folder that holds it, such as site-packages/tensorflow of a Python installation");
}

const Opened* find_and_open(const std::string& path) {
  if (!path.empty()) return open_named(path, "the caller");
  const char* const variable = std::getenv(kEnvironmentVariable);
  if (variable != nullptr && *variable != '\0') return open_named(variable, kEnvironmentVariable);
  return search();
}

const Opened& opened_library(const std::string& path) {
  const Opened* library = opened.load(std::memory_order_acquire);
  if (library == nullptr) {
    const std::scoped_lock lock(open_mutex);
    library = opened.load(std::memory_order_relaxed);
    if (library == nullptr) {
      library = find_and_open(path);
      opened.store(library, std::memory_order_release);
    }
  }
  std::error_code ignored;
  if (!path.empty() && !fs::equivalent(library_at(path), library->path, ignored)) {
    fail("got " + in_quotes(path) + ", but " + in_quotes(library->path.string()) +
         " is open already, and a process can have one only");
  }
  return *library;
}

}  // namespace

void open_tensorflow(const std::string& path) { opened_library(path); }

std::string tensorflow_version() { return internal::c_api().TF_Version(); }

const internal::CApi& internal::c_api() {
  static const CApi& functions = opened_library("").functions;
  return functions;
}

}  // namespace modelparity
