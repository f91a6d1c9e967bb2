#include "modelparity/internal/inference.h"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <optional>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include "modelparity/error.h"
#include "modelparity/internal/mapped_file.h"
#include "modelparity/internal/message_reader.h"
#include "modelparity/internal/tensor_wire.h"
#include "proto/inference.tags.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::inference::tags;
using protozero::pbf_writer;

constexpr const char* kRegion = "shared_memory_region";
constexpr const char* kRegionOffset = "shared_memory_offset";
constexpr const char* kRegionByteSize = "shared_memory_byte_size";

// The parameters that we know.
struct Parameters {
  std::string signature;
  std::string region;
  std::int64_t region_offset = 0;
  std::int64_t region_byte_size = 0;
};

// An InferInputTensor or InferOutputTensor whose data has not been read yet.
struct WireTensor {
  std::string name;
  std::string datatype;
  Shape shape;
  Parameters parameters;
  std::optional<MessageReader> contents;
};

void read_parameter(MessageReader& reader, Parameters& parameters) {
  auto [key, value] = reader.map_entry();
  std::string text;
  std::int64_t number = 0;
  while (value.next()) {
    switch (value.field()) {
      case tags::InferParameter::kStringParam:
        text = value.text();
        break;
      case tags::InferParameter::kInt64Param:
      case tags::InferParameter::kUint64Param:
        number = value.integer();
        break;
      default:
        value.skip();
    }
  }
  if (key == "signature") parameters.signature = text;
  if (key == kRegion) parameters.region = text;
  if (key == kRegionOffset) parameters.region_offset = number;
  if (key == kRegionByteSize) parameters.region_byte_size = number;
}

// The fields of an output have the numbers of an input's.
WireTensor read_header(MessageReader reader) {
  namespace input_tags = tags::ModelInferRequest::InferInputTensor;
  namespace output_tags = tags::ModelInferResponse::InferOutputTensor;
  static_assert(+input_tags::kName == +output_tags::kName &&
                +input_tags::kDatatype == +output_tags::kDatatype &&
                +input_tags::kShape == +output_tags::kShape &&
                +input_tags::kParameters == +output_tags::kParameters &&
                +input_tags::kContents == +output_tags::kContents);
  WireTensor tensor;
  while (reader.next()) {
    switch (reader.field()) {
      case input_tags::kName:
        tensor.name = reader.text();
        break;
      case input_tags::kDatatype:
        tensor.datatype = reader.text();
        break;
      case input_tags::kShape:
        reader.integers(
            [&](auto size) { tensor.shape.push_back(static_cast<std::int64_t>(size)); });
        break;
      case input_tags::kParameters:
        read_parameter(reader, tensor.parameters);
        break;
      case input_tags::kContents:
        tensor.contents = reader.message();
        break;
      default:
        reader.skip();
    }
  }
  return tensor;
}

std::string read_output_name(MessageReader reader) {
  std::string name;
  while (reader.next(tags::ModelInferRequest::InferRequestedOutputTensor::kName)) {
    name = reader.text();
  }
  return name;
}

DType dtype_of(const WireTensor& wire) {
  const auto dtype = dtype_from_protocol_word(wire.datatype);
  if (!dtype) {
    throw Error(ErrorKind::kUnsupported, "datatype " + in_quotes(wire.datatype) +
                                             " is no word of the Open Inference Protocol");
  }
  return *dtype;
}

Tensor tensor_from_region(const WireTensor& wire, DType dtype) {
  const Parameters& region = wire.parameters;
  auto file = std::make_shared<MappedFile>(region.region, ErrorKind::kProtocol);
  const auto offset = static_cast<std::uint64_t>(region.region_offset);
  const auto size = static_cast<std::uint64_t>(region.region_byte_size);
  if (offset > file->content().size() || size > file->content().size() - offset) {
    throw Error(ErrorKind::kProtocol, "shared memory region " + in_quotes(region.region) +
                                          ": ends before offset " + std::to_string(offset) +
                                          " and byte size " + std::to_string(size));
  }
  const std::string_view raw = file->content().substr(offset, size);
  if (dtype == DType::kString || dtype == DType::kBool) {
    return tensor_from_raw(dtype, wire.shape, raw);
  }
  // The session only reads its inputs; the interface of borrow() is for those who write as well.
  return Tensor::borrow(dtype, wire.shape, const_cast<char*>(raw.data()), raw.size(),
                        [file]() mutable { file.reset(); });
}

// Hands out the raw contents one by one, to the tensors that have one. `word` is what they are,
// "input" or "output".
class RawContents {
 public:
  RawContents(std::vector<std::string_view> entries, std::string word)
      : entries_(std::move(entries)), word_(std::move(word)) {}

  const std::string& word() const { return word_; }

  bool in_use() const { return !entries_.empty(); }

  std::string_view take() {
    if (next_ == entries_.size()) {
      throw Error(ErrorKind::kProtocol, "raw_" + word_ + "_contents: got " +
                                            std::to_string(entries_.size()) +
                                            " entries, expected one an " + word_);
    }
    return entries_[next_++];
  }

  void expect_end() const {
    if (next_ == entries_.size()) return;
    throw Error(ErrorKind::kProtocol, "raw_" + word_ + "_contents: got " +
                                          std::to_string(entries_.size()) + " entries for " +
                                          std::to_string(next_) + " " + word_ + "s");
  }

 private:
  std::vector<std::string_view> entries_;
  std::string word_;
  std::size_t next_ = 0;
};

Tensor read_tensor(const WireTensor& wire, RawContents& raw, Regions regions) {
  const DType dtype = dtype_of(wire);
  if (!wire.parameters.region.empty()) {
    if (regions == Regions::kRead) return tensor_from_region(wire, dtype);
    throw Error(ErrorKind::kProtocol, "shared memory regions are not accepted here");
  }
  if (!raw.in_use()) {
    return tensor_from_contents(dtype, wire.shape, wire.contents.value_or(MessageReader()));
  }
  if (wire.contents) {
    throw Error(ErrorKind::kProtocol, "has contents beside the raw contents; send one of them");
  }
  return tensor_from_raw(dtype, wire.shape, raw.take());
}

TensorMap read_tensors(const std::vector<WireTensor>& wires, RawContents raw, Regions regions) {
  TensorMap tensors;
  for (const WireTensor& wire : wires) {
    const std::string subject = raw.word() + " " + in_quotes(wire.name) + ": ";
    try {
      Tensor tensor = read_tensor(wire, raw, regions);
      if (!tensors.emplace(wire.name, std::move(tensor)).second) {
        throw Error(ErrorKind::kInputName, "is given twice; pass it once");
      }
    } catch (const Error& error) {
      throw Error(error.code(), subject + error.what());
    }
  }
  raw.expect_end();
  return tensors;
}

// A new file, which the receiver removes.
std::string write_file(const std::string& folder, std::string_view content) {
  static std::atomic<unsigned> count = 0;
  const std::string path =
      folder + "/output-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) {
    throw Error(ErrorKind::kRunFailed, "file " + in_quotes(path) + ": cannot be written with " +
                                           std::to_string(content.size()) +
                                           " bytes; make room or name another folder");
  }
  return path;
}

template <typename AddValue>
void write_parameter(pbf_writer& tensor, const char* key, AddValue add_value) {
  namespace output_tags = tags::ModelInferResponse::InferOutputTensor;
  pbf_writer entry(tensor, output_tags::kParameters);
  entry.add_string(output_tags::ParametersEntry::kKey, key);
  pbf_writer value(entry, output_tags::ParametersEntry::kValue);
  add_value(value);
}

void write_region(pbf_writer& tensor, const std::string& path, std::size_t size) {
  write_parameter(tensor, kRegion, [&](pbf_writer& value) {
    value.add_string(tags::InferParameter::kStringParam, path);
  });
  write_parameter(tensor, kRegionOffset,
                  [](pbf_writer& value) { value.add_int64(tags::InferParameter::kInt64Param, 0); });
  write_parameter(tensor, kRegionByteSize, [&](pbf_writer& value) {
    value.add_int64(tags::InferParameter::kInt64Param, static_cast<std::int64_t>(size));
  });
}

// The protocol's word for the output's dtype.
std::string protocol_word(const std::string& name, const Tensor& tensor) {
  const std::string_view word = dtype_protocol_word(tensor.dtype());
  if (word.empty()) {
    throw Error(ErrorKind::kUnsupported, "output " + in_quotes(name) + ": got dtype " +
                                             std::string(dtype_name(tensor.dtype())) +
                                             ", for which the Open Inference Protocol has no word");
  }
  return std::string(word);
}

}  // namespace

InferRequest decode_request(std::string_view message, Regions regions) {
  namespace request_tags = tags::ModelInferRequest;
  InferRequest request;
  Parameters parameters;
  std::vector<WireTensor> inputs;
  std::vector<std::string_view> raw;
  MessageReader reader(message);
  while (reader.next()) {
    switch (reader.field()) {
      case request_tags::kModelName:
        request.model_name = reader.text();
        break;
      case request_tags::kModelVersion:
        request.model_version = reader.text();
        break;
      case request_tags::kId:
        request.id = reader.text();
        break;
      case request_tags::kParameters:
        read_parameter(reader, parameters);
        break;
      case request_tags::kInputs:
        inputs.push_back(read_header(reader.message()));
        break;
      case request_tags::kOutputs:
        request.outputs.push_back(read_output_name(reader.message()));
        break;
      case request_tags::kRawInputContents:
        raw.push_back(reader.bytes());
        break;
      default:
        reader.skip();
    }
  }
  if (!parameters.signature.empty()) request.signature = parameters.signature;
  request.inputs = read_tensors(inputs, RawContents(std::move(raw), "input"), regions);
  return request;
}

TensorMap decode_response(std::string_view message) {
  namespace response_tags = tags::ModelInferResponse;
  std::vector<WireTensor> outputs;
  std::vector<std::string_view> raw;
  MessageReader reader(message);
  while (reader.next()) {
    switch (reader.field()) {
      case response_tags::kOutputs:
        outputs.push_back(read_header(reader.message()));
        break;
      case response_tags::kRawOutputContents:
        raw.push_back(reader.bytes());
        break;
      default:
        reader.skip();
    }
  }
  return read_tensors(outputs, RawContents(std::move(raw), "output"), Regions::kRefuse);
}

std::string encode_response(const InferRequest& request, const TensorMap& outputs,
                            const Overflow& overflow) {
  namespace response_tags = tags::ModelInferResponse;
  std::string message;
  pbf_writer response(message);
  response.add_string(response_tags::kModelName, request.model_name);
  response.add_string(response_tags::kModelVersion, request.model_version);
  response.add_string(response_tags::kId, request.id);
  // Field 6 after all of field 5: a reader finds the tensors before their data.
  std::string raw_message;
  pbf_writer raw_contents(raw_message);
  std::string storage;
  for (const auto& [name, tensor] : outputs) {
    const std::string word = protocol_word(name, tensor);
    const std::string_view raw = raw_from_tensor(tensor, storage);
    const Shape shape = tensor.shape();
    pbf_writer output(response, response_tags::kOutputs);
    output.add_string(response_tags::InferOutputTensor::kName, name);
    output.add_string(response_tags::InferOutputTensor::kDatatype, word);
    output.add_packed_int64(response_tags::InferOutputTensor::kShape, shape.begin(), shape.end());
    if (raw.size() > overflow.inline_limit) {
      write_region(output, write_file(overflow.folder, raw), raw.size());
    } else {
      raw_contents.add_bytes(response_tags::kRawOutputContents, raw.data(), raw.size());
    }
  }
  return message + raw_message;
}

}  // namespace modelparity::internal
