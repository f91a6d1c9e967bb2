// The server's log: one JSON object a line on stderr, with "time", "level" and "event" in each.
//
//   log_info("promoted", {{"model", "digits"}, {"version", 3}});
//   // {"time":"2026-01-31T12:00:00.000Z","level":"info","event":"promoted","model":"digits",...}
//
// Thread-safety: lines of different threads are never mixed.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>

namespace modelparity::server {

// Fields in the order in which they are given.
using LogFields = nlohmann::ordered_json;

void log_info(std::string_view event, const LogFields& fields = LogFields::object());
void log_error(std::string_view event, const LogFields& fields = LogFields::object());

// Turns what `action` has the process print on stderr into lines of the log.
void log_what_is_printed(std::string_view event, const std::function<void()>& action);

}  // namespace modelparity::server
