#include "server/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

namespace modelparity::server {
namespace {

// RFC 3339 in UTC, with milliseconds.
std::string time_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char date[32];
  char text[48];
  std::strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text, sizeof(text), "%s.%03dZ", date, static_cast<int>(since_epoch.count() % 1000));
  return text;
}

void write(const char* level, std::string_view event, const LogFields& fields) {
  LogFields line = {
      {"time", time_text(std::chrono::system_clock::now())}, {"level", level}, {"event", event}};
  line.update(fields);
  // What came over the network need not be UTF-8.
  std::string text = line.dump(-1, ' ', false, LogFields::error_handler_t::replace);
  text += '\n';
  // One call, which locks the stream.
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

void log_info(std::string_view event, const LogFields& fields) { write("info", event, fields); }

void log_error(std::string_view event, const LogFields& fields) { write("error", event, fields); }

namespace {

// Sends stderr to a file without a name for as long as it lives.
class Diversion {
 public:
  Diversion() : file_(std::tmpfile()), stderr_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) {
    if (file_ != nullptr) ::dup2(::fileno(file_), STDERR_FILENO);
  }
  Diversion(const Diversion&) = delete;
  Diversion& operator=(const Diversion&) = delete;
  ~Diversion() {
    if (file_ != nullptr) std::fclose(file_);
  }

  // Gives stderr back.
  std::vector<std::string> lines() {
    ::dup2(stderr_, STDERR_FILENO);
    ::close(stderr_);
    std::vector<std::string> lines(1);
    if (file_ == nullptr) return lines;
    std::rewind(file_);
    for (int byte; (byte = std::fgetc(file_)) != EOF;) {
      if (byte == '\n') {
        lines.emplace_back();
      } else {
        lines.back() += static_cast<char>(byte);
      }
    }
    return lines;
  }

 private:
  std::FILE* file_;
  int stderr_;
};

}  // namespace

void log_what_is_printed(std::string_view event, const std::function<void()>& action) {
  Diversion diversion;
  std::exception_ptr error;
  try {
    action();
  } catch (...) {
    error = std::current_exception();
  }
  for (const std::string& line : diversion.lines()) {
    if (!line.empty()) log_info(event, {{"text", line}});
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace modelparity::server
