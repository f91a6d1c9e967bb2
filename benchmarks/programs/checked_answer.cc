// From a bundle to an answer that is known to be right, as a service does it when it starts.
//
//   checked_answer digits.bundle
//
// Exit status 1: it is not right.

#include <iostream>

#include "modelparity/error.h"
#include "modelparity/model.h"

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: checked_answer BUNDLE\n";
    return 2;
  }
  const auto result = modelparity::Model::load(argv[1]).self_test();
  std::cout << result.summary() << "\n";
  return result.ok() ? 0 : 1;
} catch (const modelparity::Error& error) {
  std::cerr << "checked_answer: " << error.what() << "\n";
  return 1;
}
