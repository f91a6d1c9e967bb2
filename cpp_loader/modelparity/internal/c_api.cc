#include "modelparity/internal/c_api.h"

#include <algorithm>

namespace modelparity::internal {
namespace {

// TensorFlow's messages run over many lines, with graph locations and stack traces after the first.
std::string one_line(std::string text) {
  constexpr std::size_t kLimit = 400;
  text.resize(std::min({text.find('\n'), text.size(), kLimit}));
  return text;
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TF_Status* thread_status() {
  thread_local const Handle<TF_Status> status(c_api().TF_NewStatus());
  return status.get();
}

void check_status(ErrorKind kind, const std::string& subject) {
  const TF_Code code = c_api().TF_GetCode(thread_status());
  if (code == TF_OK) return;
  const std::string message = c_api().TF_Message(thread_status());
  if (code == TF_UNIMPLEMENTED || contains(message, "No OpKernel was registered") ||
      contains(message, "Op type not registered")) {
    kind = ErrorKind::kUnsupported;
  }
  throw Error(kind, subject + ": " + one_line(message));
}

}  // namespace modelparity::internal
