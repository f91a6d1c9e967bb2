// The one exception of the loader.
//
// Everything here that fails, but for want of memory, throws modelparity::Error: code() is the
// cause, the same list as in proto/modelparity/v1/runner.proto and in every other language of this
// project; what() is one line that says the subject, what was got, what was expected, and what to
// do next. Nothing is printed.
//
// Thread-safety: as any exception, a value of the thread that caught it.
//
//   try {
//     auto model = modelparity::Model::load("digits.bundle");
//   } catch (const modelparity::Error& error) {
//     if (error.code() == modelparity::ErrorKind::kFileMissing) ...
//   }
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "modelparity/v1/runner.tags.h"

namespace modelparity {

using v1::ErrorKind;

class Error : public std::runtime_error {
 public:
  Error(ErrorKind code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorKind code() const noexcept { return code_; }

 private:
  ErrorKind code_;
};

// `text` between single quotes, the way that messages name things.
std::string in_quotes(std::string_view text);

// "'a', 'b'": what `name_of` says of each of `items`, in quotes. `if_none` when there are none.
template <typename Items, typename NameOf>
std::string list_in_quotes(const Items& items, NameOf name_of, std::string_view if_none = "none") {
  std::string list;
  for (const auto& item : items) list += (list.empty() ? "" : ", ") + in_quotes(name_of(item));
  return list.empty() ? std::string(if_none) : list;
}

}  // namespace modelparity
