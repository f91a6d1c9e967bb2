// Bytes from anybody as text that can stand in a message.
#pragma once

#include <string>
#include <string_view>

namespace modelparity::internal {

// The first 200 characters of what should be UTF-8, and "..." when there are more. Bytes that are
// no UTF-8 become text such as \xff.
std::string text_of_bytes(std::string_view bytes);

// UTF-8 without line breaks: what does not show, or breaks a line, becomes an escape such as \n,
// \x1b or \u2028.
std::string printable(std::string_view text);

}  // namespace modelparity::internal
