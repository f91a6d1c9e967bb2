#include "modelparity/error.h"

namespace modelparity {

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  result += text;
  result += '\'';
  return result;
}

}  // namespace modelparity
