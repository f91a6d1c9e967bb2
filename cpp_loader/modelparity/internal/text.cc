#include "modelparity/internal/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace modelparity::internal {
namespace {

constexpr std::size_t kTextLimit = 200;

struct Character {
  char32_t code = 0;
  // In bytes; 0: the text does not begin with a character of UTF-8.
  std::size_t size = 0;
};

// The character that a text begins with; the text is not empty.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  // By size: how the first byte begins, and the smallest character that needs so many bytes.
  struct Form {
    unsigned char mask;
    unsigned char mark;
    char32_t smallest;
  };
  constexpr std::array<Form, 3> kForms = {
      {{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}}};
  const auto form = std::find_if(kForms.begin(), kForms.end(), [&](const Form& candidate) {
    return (lead & candidate.mask) == candidate.mark;
  });
  if (form == kForms.end()) return {};
  const auto size = static_cast<std::size_t>(form - kForms.begin()) + 2;
  if (text.size() < size) return {};
  char32_t code = lead & static_cast<unsigned char>(~form->mask);
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) return {};
    code = code << 6 | (byte & 0x3fU);
  }
  const bool is_surrogate = code >= 0xd800 && code < 0xe000;
  if (code < form->smallest || is_surrogate || code > 0x10ffff) return {};
  return {code, size};
}

// Controls, spaces other than the plain one, line and paragraph breaks, invisible formatting, and
// code points for private use. Those that Unicode has not given a meaning yet count as shown.
bool is_shown(char32_t code) {
  struct Range {
    char32_t first;
    char32_t last;
  };
  constexpr std::array<Range, 15> kHidden = {{{0x0, 0x1f},
                                              {0x7f, 0xa0},
                                              {0xad, 0xad},
                                              {0x600, 0x605},
                                              {0x61c, 0x61c},
                                              {0x1680, 0x1680},
                                              {0x180e, 0x180e},
                                              {0x2000, 0x200f},
                                              {0x2028, 0x202f},
                                              {0x205f, 0x206f},
                                              {0x3000, 0x3000},
                                              {0xe000, 0xf8ff},
                                              {0xfeff, 0xfeff},
                                              {0xfff9, 0xfffb},
                                              {0xe0001, 0x10ffff}}};
  return std::none_of(kHidden.begin(), kHidden.end(), [&](const Range& range) {
    return range.first <= code && code <= range.last;
  });
}

std::string hexadecimal(char32_t code, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    text += "0123456789abcdef"[code >> shift & 0xf];
  }
  return text;
}

std::string escape(char32_t code) {
  if (code == '\t') return "\\t";
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code <= 0xff) return "\\x" + hexadecimal(code, 2);
  if (code <= 0xffff) return "\\u" + hexadecimal(code, 4);
  return "\\U" + hexadecimal(code, 8);
}

}  // namespace

std::string text_of_bytes(std::string_view bytes) {
  std::string text;
  std::size_t length = 0;
  while (!bytes.empty()) {
    const std::size_t size = first_character(bytes).size;
    const std::string piece = size > 0
                                  ? std::string(bytes.substr(0, size))
                                  : "\\x" + hexadecimal(static_cast<unsigned char>(bytes[0]), 2);
    const std::size_t piece_length = size > 0 ? 1 : piece.size();
    if (length + piece_length > kTextLimit) {
      // Only an escape is cut in two, and its characters are of one byte.
      return text.append(piece, 0, kTextLimit - length) + "...";
    }
    text += piece;
    length += piece_length;
    bytes.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return text;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (character.size > 0 && is_shown(character.code)) {
      result += text.substr(0, character.size);
    } else {
      const auto byte = static_cast<unsigned char>(text[0]);
      result += escape(character.size > 0 ? character.code : char32_t{byte});
    }
    text.remove_prefix(std::max<std::size_t>(character.size, 1));
  }
  return result;
}

}  // namespace modelparity::internal
