// TensorFlow's C API, as functions found in the opened library, and its handles as unique_ptrs.
//
// The types come from TensorFlow's own C headers; no symbol of them is linked.
#pragma once

#include <memory>
#include <string>

#include "modelparity/error.h"
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"

namespace modelparity::internal {

#define MODELPARITY_C_API(FUNCTION)        \
  FUNCTION(TF_AllocateTensor)              \
  FUNCTION(TF_CloseSession)                \
  FUNCTION(TF_DataTypeSize)                \
  FUNCTION(TF_DeleteBuffer)                \
  FUNCTION(TF_DeleteDeviceList)            \
  FUNCTION(TF_DeleteGraph)                 \
  FUNCTION(TF_DeleteImportGraphDefOptions) \
  FUNCTION(TF_DeleteSession)               \
  FUNCTION(TF_DeleteSessionOptions)        \
  FUNCTION(TF_DeleteStatus)                \
  FUNCTION(TF_DeleteTensor)                \
  FUNCTION(TF_DeviceListCount)             \
  FUNCTION(TF_DeviceListName)              \
  FUNCTION(TF_DeviceListType)              \
  FUNCTION(TF_Dim)                         \
  FUNCTION(TF_GetCode)                     \
  FUNCTION(TF_GraphGetTensorNumDims)       \
  FUNCTION(TF_GraphGetTensorShape)         \
  FUNCTION(TF_GraphImportGraphDef)         \
  FUNCTION(TF_GraphNextOperation)          \
  FUNCTION(TF_GraphOperationByName)        \
  FUNCTION(TF_LoadSessionFromSavedModel)   \
  FUNCTION(TF_Message)                     \
  FUNCTION(TF_NewBuffer)                   \
  FUNCTION(TF_NewBufferFromString)         \
  FUNCTION(TF_NewGraph)                    \
  FUNCTION(TF_NewImportGraphDefOptions)    \
  FUNCTION(TF_NewSession)                  \
  FUNCTION(TF_NewSessionOptions)           \
  FUNCTION(TF_NewStatus)                   \
  FUNCTION(TF_NewTensor)                   \
  FUNCTION(TF_NumDims)                     \
  FUNCTION(TF_OperationName)               \
  FUNCTION(TF_OperationNumOutputs)         \
  FUNCTION(TF_OperationOpType)             \
  FUNCTION(TF_OperationOutputNumConsumers) \
  FUNCTION(TF_OperationOutputType)         \
  FUNCTION(TF_SessionListDevices)          \
  FUNCTION(TF_SessionRun)                  \
  FUNCTION(TF_SetConfig)                   \
  FUNCTION(TF_SetStatus)                   \
  FUNCTION(TF_StringCopy)                  \
  FUNCTION(TF_StringDealloc)               \
  FUNCTION(TF_StringGetDataPointer)        \
  FUNCTION(TF_StringGetSize)               \
  FUNCTION(TF_StringInit)                  \
  FUNCTION(TF_TensorByteSize)              \
  FUNCTION(TF_TensorData)                  \
  FUNCTION(TF_TensorElementCount)          \
  FUNCTION(TF_TensorType)                  \
  FUNCTION(TF_Version)

struct CApi {
#define MODELPARITY_MEMBER(name) decltype(&::name) name;
  MODELPARITY_C_API(MODELPARITY_MEMBER)
#undef MODELPARITY_MEMBER
};

// The functions of the opened library; opens it when need be.
const CApi& c_api();

struct Deleter {
  void operator()(TF_Buffer* buffer) const { c_api().TF_DeleteBuffer(buffer); }
  void operator()(TF_DeviceList* list) const { c_api().TF_DeleteDeviceList(list); }
  void operator()(TF_Graph* graph) const { c_api().TF_DeleteGraph(graph); }
  void operator()(TF_ImportGraphDefOptions* options) const {
    c_api().TF_DeleteImportGraphDefOptions(options);
  }
  void operator()(TF_SessionOptions* options) const { c_api().TF_DeleteSessionOptions(options); }
  void operator()(TF_Status* status) const { c_api().TF_DeleteStatus(status); }
};

template <typename T>
using Handle = std::unique_ptr<T, Deleter>;

// This thread's status object, for the C call that comes next: every C call overwrites it.
TF_Status* thread_status();

// Does nothing when the last call with thread_status() went well. Else throws: kUnsupported when
// TensorFlow lacks an operator or a kernel, else `kind`; `subject` opens the message.
void check_status(ErrorKind kind, const std::string& subject);

}  // namespace modelparity::internal
