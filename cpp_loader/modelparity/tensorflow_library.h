// Where libtensorflow comes from.
//
// The loader is not linked with TensorFlow: it opens the library at run time, so privately
// (RTLD_LOCAL | RTLD_DEEPBIND) that the program may use any protobuf or gRPC of its own beside it.
// There is one libtensorflow in a process, whoever opened it. It is opened by the first Model or
// Tensor, or earlier, and from a path of the caller's choice, by open_tensorflow(). It is never
// closed.
//
// Searched, in this order; the first that is given or found is taken:
//   1. the path given to open_tensorflow(): the library, or the folder that holds it;
//   2. the environment variable MODELPARITY_LIBTENSORFLOW, likewise;
//   3. the one that the process has already, as a Python that imported tensorflow does;
//   4. the folder of the program, /usr/local/lib and /usr/lib;
//   5. the dynamic linker's own places (LD_LIBRARY_PATH, ldconfig).
// In a folder it is libtensorflow_cc.so.2 (the tensorflow wheel) or libtensorflow.so.2 (the C
// library that TensorFlow publishes), each with libtensorflow_framework.so.2 beside it.
//
// Thread-safety: these functions may be called from any thread.
//
//   modelparity::open_tensorflow("/opt/tensorflow/lib");
//   modelparity::tensorflow_version();   // "2.21.0"
#pragma once

#include <string>

namespace modelparity {

// Opens libtensorflow; does nothing when it is open already. Throws Error kRuntimeUnavailable, with
// the places that were searched, when there is none, or when the process has another one than is
// named.
void open_tensorflow(const std::string& path = "");

// The version that the library reports. Opens it when need be.
std::string tensorflow_version();

}  // namespace modelparity
