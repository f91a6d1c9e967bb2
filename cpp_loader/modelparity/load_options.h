// How a model is loaded and run. What each choice costs and gives is measured in docs/cpp.md.
//
//   modelparity::LoadOptions options;
//   options.caller_thread = true;
//   options.warm_up = 1;
//   auto model = modelparity::Model::load("digits.bundle", options);
//
// Plain values: copy them as you like.
#pragma once

#include <string>
#include <vector>

namespace modelparity {

// Whether TensorFlow rewrites the graph before its first run: convolutional networks get a fifth
// faster. It does so with copies of every constant, which takes a minute and more than twice the
// memory when they are large.
enum class GraphOptimizer {
  // Off for a frozen graph larger than 128 MiB, on for everything else.
  kAuto,
  kOn,
  kOff,
};

struct LoadOptions {
  // Which artifact of a bundle: "saved_model" or "frozen_graph". Empty: the first of these that it
  // has.
  std::string format;

  // The tags of the meta graph of a SavedModel folder; a bundle says its own.
  std::vector<std::string> tags = {"serve"};

  // False: the files of a bundle are not held against their checksums.
  bool verify_checksums = true;

  // Run the graph in the thread that calls run(), in place of a pool of TensorFlow's: several times
  // faster for small models, and the right choice where many threads call. A graph of wide parallel
  // branches is slower, since they run one after the other.
  bool caller_thread = false;

  // Threads that one large operation may be spread over. 0: TensorFlow's choice, one a core.
  // TensorFlow has one pool for the process, which its first model decides on; load() throws Error
  // kUnsupported when a later one asks for another number.
  int intra_op_threads = 0;

  // Where the graph runs. Empty: TensorFlow places it. "CPU": on no accelerator. "GPU:1": on that
  // one; load() throws Error kRuntimeUnavailable, with the devices that there are, when it is
  // absent.
  std::string device;

  GraphOptimizer graph_optimizer = GraphOptimizer::kAuto;

  // How often each signature is run before load() returns, since the first run of a graph pays for
  // its optimization. A bundle's golden cases are run, or else inputs of zeros with 1 in place of
  // every unknown dimension; of these a signature may refuse some, and zeros of more than 64 Mi
  // elements are left out, which is no error.
  int warm_up = 0;
};

}  // namespace modelparity
