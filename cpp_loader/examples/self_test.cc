// How a service starts: it loads its model, and refuses to go on when the model does not give the
// answers on this machine that it gave to its author.
//
//   self_test digits.bundle

#include <iostream>

#include "modelparity/error.h"
#include "modelparity/model.h"

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: self_test BUNDLE\n";
    return 2;
  }
  const auto model = modelparity::Model::load(argv[1]);
  const modelparity::SelfTest result = model.self_test();
  if (!result.ok()) {
    std::cerr << "self_test: refusing to start: " << result.summary() << "\n";
    return 1;
  }
  std::cout << result.summary() << "\n";
  // From here on requests can be answered.
  return 0;
} catch (const modelparity::Error& error) {
  std::cerr << "self_test: " << error.what() << "\n";
  return 1;
}
