// The text of a manifest.json, and the paths that it names.

#include "fuzz/target.h"
#include "modelparity/bundle.h"
#include "modelparity/error.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto manifest = modelparity::parse_manifest(modelparity::fuzz::text_of(data, size));
    for (const modelparity::File& file : manifest.files) {
      modelparity::path_inside("bundle", file.path);
    }
  } catch (const modelparity::Error&) {
  }
  return 0;
}
