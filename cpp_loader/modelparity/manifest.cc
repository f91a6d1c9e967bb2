#include "modelparity/manifest.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "modelparity/error.h"

namespace modelparity {
namespace {

using nlohmann::json;

constexpr int kFormatVersion = 1;

[[noreturn]] void fail(const std::string& message) {
  throw Error(ErrorKind::kBundleInvalid, "manifest.json: " + message + "; export the bundle again");
}

// Proto JSON leaves out what has its default value, and writes 64-bit integers as strings.
std::int64_t integer(const json& value) {
  // Of a float, which may be beyond every integer, get() would make what it likes.
  if (value.is_number_integer()) return value.get<std::int64_t>();
  const std::string text = value.get<std::string>();
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped_at != end) {
    fail("got " + in_quotes(text) + ", expected an integer");
  }
  return number;
}

std::string required_text(const json& object, const char* key) {
  std::string value = object.value(key, std::string());
  if (value.empty()) fail(std::string("got an entry without ") + in_quotes(key));
  return value;
}

// Each element of the list `key`, read by `read`.
template <typename Read>
auto list(const json& object, const char* key, Read read) {
  std::vector<decltype(read(object))> result;
  const auto found = object.find(key);
  if (found == object.end()) return result;
  if (!found->is_array()) fail("got " + in_quotes(key) + " that is no list");
  for (const json& element : *found) result.push_back(read(element));
  return result;
}

std::string read_text(const json& value) { return value.get<std::string>(); }

TensorSpec read_tensor_spec(const json& object) {
  TensorSpec spec;
  spec.name = required_text(object, "name");
  const std::string dtype = required_text(object, "dtype");
  const auto known = dtype_from_name(dtype);
  if (!known) fail("got dtype " + in_quotes(dtype) + ", which TensorFlow does not have");
  spec.dtype = *known;
  spec.shape = list(object, "shape", integer);
  spec.unknown_rank = object.value("unknown_rank", false);
  return spec;
}

SignatureSpec read_signature(const json& object) {
  return {required_text(object, "name"), list(object, "inputs", read_tensor_spec),
          list(object, "outputs", read_tensor_spec)};
}

TensorBinding read_tensor_binding(const json& object) {
  return {required_text(object, "name"), required_text(object, "tensor")};
}

Binding read_binding(const json& object) {
  return {required_text(object, "signature"), list(object, "inputs", read_tensor_binding),
          list(object, "outputs", read_tensor_binding)};
}

Artifact read_artifact(const json& object) {
  return {required_text(object, "format"), required_text(object, "path"),
          list(object, "bindings", read_binding), list(object, "tags", read_text),
          list(object, "initializers", read_text)};
}

CaseFile read_case_file(const json& object) {
  return {required_text(object, "signature"), required_text(object, "name"),
          required_text(object, "path")};
}

File read_file(const json& object) {
  File file;
  file.path = required_text(object, "path");
  file.size = static_cast<std::uint64_t>(object.contains("size") ? integer(object["size"]) : 0);
  file.sha256 = required_text(object, "sha256");
  return file;
}

}  // namespace

Manifest parse_manifest(std::string_view text) try {
  const json document = json::parse(text);
  const auto version =
      document.contains("format_version") ? integer(document["format_version"]) : 0;
  if (version != kFormatVersion) {
    fail("got format version " + std::to_string(version) + ", this reader knows " +
         std::to_string(kFormatVersion));
  }
  Manifest manifest;
  manifest.name = required_text(document, "name");
  manifest.signatures = list(document, "signatures", read_signature);
  manifest.artifacts = list(document, "artifacts", read_artifact);
  manifest.cases = list(document, "cases", read_case_file);
  manifest.files = list(document, "files", read_file);
  if (manifest.signatures.empty() || manifest.artifacts.empty() || manifest.files.empty()) {
    fail("got no signatures, artifacts or files, expected at least one of each");
  }
  return manifest;
} catch (const json::exception& error) {
  fail(std::string("is not readable: ") + error.what());
}

}  // namespace modelparity
