// A case's file in a bundle: the request and the answer in it, with tensors of every dtype.
//
// What is read is also written as a response and read again, and joined and taken apart as rows, as
// the server does with requests: it has to stay what it is.

#include <filesystem>

#include "fuzz/target.h"
#include "modelparity/bundle.h"
#include "modelparity/error.h"
#include "modelparity/internal/inference.h"
#include "modelparity/internal/message_reader.h"
#include "modelparity/v1/case.tags.h"
#include "server/rows.h"
#include "testing/files.h"
#include "testing/test_bundle.h"

namespace {

using modelparity::TensorMap;
using modelparity::fuzz::expect;
using modelparity::server::bits_of;

// Names the case as its file does: what a manifest says of it is another target's.
void take_names(std::string_view message, modelparity::CaseFile& file) try {
  namespace tags = modelparity::v1::tags::Case;
  modelparity::internal::MessageReader reader(message);
  while (reader.next()) {
    if (reader.field() == tags::kSignature) {
      file.signature = reader.text();
    } else if (reader.field() == tags::kName) {
      file.name = reader.text();
    } else {
      reader.skip();
    }
  }
} catch (const protozero::exception&) {
}

void check_wire(const TensorMap& tensors) {
  const std::string message = modelparity::internal::encode_response({}, tensors);
  expect(bits_of(modelparity::internal::decode_response(message)) == bits_of(tensors));
}

void check_rows(const TensorMap& tensors) {
  const auto count = modelparity::server::row_count(tensors);
  if (count.value_or(0) == 0) return;
  const TensorMap twice = modelparity::server::join_rows({&tensors, &tensors});
  expect(bits_of(modelparity::server::take_rows(twice, *count, *count)) == bits_of(tensors));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const modelparity::testing::TemporaryFolder folder;
  static const modelparity::Bundle bundle = [] {
    modelparity::testing::write_half_plus_two_bundle(folder.path());
    return modelparity::Bundle::open(folder.path());
  }();
  modelparity::CaseFile file = bundle.manifest().cases.front();
  const std::string_view message = modelparity::fuzz::text_of(data, size);
  take_names(message, file);
  // A new file: ext4 waits for the disk when an old one is cut off and written again.
  std::filesystem::remove(bundle.path_of(file.path));
  modelparity::testing::write_file(bundle.path_of(file.path), message);
  try {
    const modelparity::Case golden = bundle.read_case(file);
    check_wire(golden.inputs);
    check_rows(golden.inputs);
  } catch (const modelparity::Error&) {
  }
  return 0;
}
