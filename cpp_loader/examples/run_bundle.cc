// Loads a bundle and runs every golden case in it:
//
//   run_bundle digits.bundle

#include <iostream>

#include "modelparity/bundle.h"
#include "modelparity/error.h"
#include "modelparity/model.h"

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: run_bundle BUNDLE\n";
    return 2;
  }
  const auto bundle = modelparity::Bundle::open(argv[1]);
  const auto model = modelparity::Model::load(bundle);

  for (const modelparity::Signature& signature : model.signatures()) {
    std::cout << signature.name() << "\n";
    for (const auto& input : signature.inputs()) {
      std::cout << "  takes " << input.name << ": " << modelparity::to_text(input) << "\n";
    }
    for (const auto& output : signature.outputs()) {
      std::cout << "  gives " << output.name << ": " << modelparity::to_text(output) << "\n";
    }
  }

  for (const modelparity::CaseFile& file : bundle.manifest().cases) {
    const modelparity::Case golden = bundle.read_case(file);
    const auto outputs = model.signature(golden.signature).run(golden.inputs);
    for (const auto& [name, tensor] : outputs) {
      std::cout << golden.signature << "/" << golden.name << ": " << name << " "
                << modelparity::dtype_name(tensor.dtype()) << " "
                << modelparity::to_text(tensor.shape());
      if (tensor.dtype() == modelparity::DType::kFloat32 && tensor.element_count() > 0) {
        std::cout << " starts with " << tensor.data<float>()[0];
      }
      std::cout << "\n";
    }
  }
  return 0;
} catch (const modelparity::Error& error) {
  std::cerr << "run_bundle: " << error.what() << "\n";
  return 1;
}
