#include "modelparity/internal/session.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <utility>

#include "modelparity/internal/mapped_file.h"
#include "modelparity/internal/session_config.h"

namespace modelparity::internal {
namespace {

namespace fs = std::filesystem;

// Protobuf's own limit for a message. TensorFlow finds out after seconds and gigabytes of copying.
constexpr std::uintmax_t kLargestGraphDef = (std::uintmax_t{1} << 31) - 1;

// Throws when a GraphDef file is not there, or too large to be read.
void check_graph_file(const fs::path& file, const std::string& subject) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) {
    throw Error(ErrorKind::kFileMissing, subject + ": file " + in_quotes(file.string()) +
                                             " cannot be read (" + error.message() +
                                             "); export the model again");
  }
  if (size > kLargestGraphDef) {
    throw Error(ErrorKind::kArtifactTooLarge,
                subject + ": file " + in_quotes(file.string()) + " has " + std::to_string(size) +
                    " bytes, a GraphDef can have " + std::to_string(kLargestGraphDef) +
                    "; export a SavedModel, which keeps its variables in files of their own");
  }
}

// A model that lost its variables loads without a word, and fails in its first run.
void check_variables(const fs::path& folder, const std::string& subject, TF_Graph* graph) {
  const fs::path index = folder / "variables" / "variables.index";
  std::error_code ignored;
  if (fs::exists(index, ignored)) return;
  std::size_t position = 0;
  while (TF_Operation* operation = c_api().TF_GraphNextOperation(graph, &position)) {
    const std::string_view type = c_api().TF_OperationOpType(operation);
    if (type == "VarHandleOp" || type == "VariableV2" || type == "Variable") {
      throw Error(ErrorKind::kFileMissing, subject + ": the graph has variables, but file " +
                                               in_quotes(index.string()) +
                                               " is not there; export the model again");
    }
  }
}

// TensorFlow makes one pool for the process, with what its first session asks for, and ignores the
// others without a word.
void claim_intra_op_threads(int wanted) {
  static const int first = wanted;
  if (wanted == 0 || wanted == first) return;
  throw Error(ErrorKind::kUnsupported,
              "intra_op_threads: got " + std::to_string(wanted) +
                  ", but the first model of this process was loaded with " + std::to_string(first) +
                  ", and TensorFlow has one pool for all; load them alike");
}

Handle<TF_Buffer> serialized_run_options(const LoadOptions& options) {
  const std::string bytes = run_options(options);
  if (bytes.empty()) return nullptr;
  return Handle<TF_Buffer>(c_api().TF_NewBufferFromString(bytes.data(), bytes.size()));
}

Handle<TF_SessionOptions> session_options(const LoadOptions& options, std::uintmax_t graph_size) {
  const std::string config = session_config(options, graph_size);
  claim_intra_op_threads(options.intra_op_threads);
  Handle<TF_SessionOptions> result(c_api().TF_NewSessionOptions());
  // Unlike other calls, TF_SetConfig leaves the status of the last one when it goes well.
  c_api().TF_SetStatus(thread_status(), TF_OK, "");
  c_api().TF_SetConfig(result.get(), config.data(), config.size(), thread_status());
  check_status(ErrorKind::kUnsupported, "session options");
  return result;
}

// Throws unless the session has the device that was asked for.
void check_device(TF_Session* session, const std::string& device) {
  if (device.empty()) return;
  const Handle<TF_DeviceList> list(c_api().TF_SessionListDevices(session, thread_status()));
  check_status(ErrorKind::kRuntimeUnavailable, "devices");
  const std::string type = device.substr(0, device.find(':'));
  std::string names;
  for (int i = 0; i < c_api().TF_DeviceListCount(list.get()); ++i) {
    if (c_api().TF_DeviceListType(list.get(), i, thread_status()) == type) return;
    const std::string name = c_api().TF_DeviceListName(list.get(), i, thread_status());
    names += (names.empty() ? "" : ", ") + in_quotes(name);
  }
  throw Error(ErrorKind::kRuntimeUnavailable, "device " + in_quotes(device) +
                                                  ": not on this machine, TensorFlow sees " +
                                                  names + "; pass one of these, or none");
}

}  // namespace

Session Session::from_saved_model(const std::string& folder, const std::vector<std::string>& tags,
                                  const LoadOptions& options, Handle<TF_Buffer>& meta_graph) {
  const std::string subject = "SavedModel " + in_quotes(folder);
  check_graph_file(fs::path(folder) / "saved_model.pb", subject);
  std::vector<const char*> tag_texts(tags.size());
  std::transform(tags.begin(), tags.end(), tag_texts.begin(),
                 [](const std::string& tag) { return tag.c_str(); });
  const auto session_config = session_options(options, 0);
  Handle<TF_Graph> graph(c_api().TF_NewGraph());
  meta_graph.reset(c_api().TF_NewBuffer());
  SessionHandle session(c_api().TF_LoadSessionFromSavedModel(
      session_config.get(), nullptr, folder.c_str(), tag_texts.data(),
      static_cast<int>(tag_texts.size()), graph.get(), meta_graph.get(), thread_status()));
  // TensorFlow's code for a missing file is also that of tags that the model does not have.
  const std::string_view message = c_api().TF_Message(thread_status());
  const bool lacks_file = message.find("No such file or directory") != std::string_view::npos;
  check_status(lacks_file ? ErrorKind::kFileMissing : ErrorKind::kArtifactInvalid, subject);
  Session loaded(std::move(graph), std::move(session), options);
  check_variables(folder, subject, loaded.graph());
  return loaded;
}

Session Session::from_graph_def(const std::string& file, const LoadOptions& options) {
  const std::string subject = "frozen graph " + in_quotes(file);
  check_graph_file(file, subject);
  const MappedFile mapped(file, ErrorKind::kArtifactInvalid);
  const Handle<TF_Buffer> buffer(c_api().TF_NewBuffer());
  buffer->data = mapped.content().data();
  buffer->length = mapped.content().size();
  Handle<TF_Graph> graph(c_api().TF_NewGraph());
  const Handle<TF_ImportGraphDefOptions> import_options(c_api().TF_NewImportGraphDefOptions());
  c_api().TF_GraphImportGraphDef(graph.get(), buffer.get(), import_options.get(), thread_status());
  check_status(ErrorKind::kArtifactInvalid, subject);
  const auto session_config = session_options(options, mapped.content().size());
  SessionHandle session(c_api().TF_NewSession(graph.get(), session_config.get(), thread_status()));
  check_status(ErrorKind::kArtifactInvalid, subject);
  return {std::move(graph), std::move(session), options};
}

// The status of its own: when a static object that holds a model ends, this thread's is gone.
void Session::Close::operator()(TF_Session* session) const {
  const Handle<TF_Status> status(c_api().TF_NewStatus());
  c_api().TF_CloseSession(session, status.get());
  c_api().TF_DeleteSession(session, status.get());
}

Session::Session(Handle<TF_Graph> graph, SessionHandle session, const LoadOptions& options)
    : graph_(std::move(graph)),
      session_(std::move(session)),
      run_options_(serialized_run_options(options)) {
  check_device(session_.get(), options.device);
}

TF_Operation* Session::operation(const std::string& name) const {
  TF_Operation* found = c_api().TF_GraphOperationByName(graph(), name.c_str());
  if (found == nullptr) {
    throw Error(
        ErrorKind::kArtifactInvalid,
        "operation " + in_quotes(name) + ": the graph has none of that name; export it again");
  }
  return found;
}

TF_Output Session::output(const std::string& tensor) const {
  const std::size_t colon = tensor.rfind(':');
  TF_Operation* const from = operation(tensor.substr(0, colon));
  int index = 0;
  bool is_number = true;
  if (colon != std::string::npos) {
    const char* const end = tensor.data() + tensor.size();
    const auto [stopped_at, error] = std::from_chars(tensor.data() + colon + 1, end, index);
    is_number = error == std::errc() && stopped_at == end;
  }
  if (!is_number || index < 0 || index >= c_api().TF_OperationNumOutputs(from)) {
    throw Error(ErrorKind::kArtifactInvalid, "tensor " + in_quotes(tensor) +
                                                 ": the graph has the operation, but no such "
                                                 "output; export it again");
  }
  return {from, index};
}

void Session::run(const std::vector<TF_Operation*>& operations, const std::string& subject) const {
  c_api().TF_SessionRun(session_.get(), run_options_.get(), nullptr, nullptr, 0, nullptr, nullptr,
                        0, operations.data(), static_cast<int>(operations.size()), nullptr,
                        thread_status());
  check_status(ErrorKind::kRunFailed, subject);
}

void Session::run(const std::vector<TF_Output>& inputs, TF_Tensor* const* values,
                  const std::vector<TF_Output>& outputs, TF_Tensor** results,
                  const std::string& subject) const {
  // TensorFlow refuses a call that neither fetches nor runs anything.
  if (outputs.empty()) return;
  c_api().TF_SessionRun(session_.get(), run_options_.get(), inputs.data(), values,
                        static_cast<int>(inputs.size()), outputs.data(), results,
                        static_cast<int>(outputs.size()), nullptr, 0, nullptr, thread_status());
  check_status(ErrorKind::kRunFailed, subject);
}

}  // namespace modelparity::internal
