// Programs that a test runs as a user would.
#pragma once

#include <string>

namespace modelparity::testing {

struct CommandResult {
  // The exit status; -1 when the program ended in another way.
  int status = -1;
  // Standard output and standard error.
  std::string output;
};

// Runs a command line of the shell to its end.
CommandResult run_command(const std::string& command);

}  // namespace modelparity::testing
