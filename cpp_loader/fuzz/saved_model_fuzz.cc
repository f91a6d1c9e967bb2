// The signatures in a saved_model.pb.

#include "fuzz/target.h"
#include "modelparity/error.h"
#include "modelparity/internal/graph_signatures.h"
#include "modelparity/internal/message_reader.h"
#include "proto/tensorflow_graph.tags.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace tags = modelparity::tensorflow::tags::SavedModel;
  try {
    modelparity::internal::MessageReader saved_model(modelparity::fuzz::text_of(data, size));
    while (saved_model.next(tags::kMetaGraphs)) {
      for (const auto& signature :
           modelparity::internal::signatures_of_meta_graph(saved_model.bytes())) {
        for (const auto& input : signature.spec.inputs) modelparity::to_text(input);
      }
    }
  } catch (const modelparity::Error&) {
  } catch (const protozero::exception&) {
  }
  return 0;
}
