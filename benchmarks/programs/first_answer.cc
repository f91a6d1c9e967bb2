// Loads a model in a fresh process, runs it, and says in JSON what that took.
//
//   first_answer model.pb --graph-optimizer off --calls 100
//
// Seconds count from the beginning of main(), so they include the opening of libtensorflow; memory
// is in bytes, and "before" is the process with libtensorflow open and no model.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "modelparity/error.h"
#include "modelparity/model.h"
#include "modelparity/tensorflow_library.h"
#include "plain_graph.h"
#include "sample_input.h"

namespace modelparity::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

// Runs a model once and returns the first value of its output.
using Run = std::function<double()>;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Bytes of a line of /proc/self/status: VmRSS, what is resident; VmHWM, the most that ever was.
std::uint64_t memory(const std::string& line) {
  std::ifstream status("/proc/self/status");
  std::string name;
  while (status >> name && name != line + ":") {
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  std::uint64_t kilobytes = 0;
  status >> kilobytes;
  return kilobytes * 1024;
}

Run load(const std::string& path, const LoadOptions& options) {
  const auto model = std::make_shared<const Model>(Model::load(path, options));
  const Signature& signature = model->signature();
  const auto call = std::make_shared<BoundCall>(signature.bind());
  call->input(signature.inputs().at(0).name) = sample_input(signature.inputs().at(0).shape);
  const Tensor& output = call->output(signature.outputs().at(0).name);
  return [model, call, &output] {
    call->run();
    return output.data<float>()[0];
  };
}

Run load_plainly(const std::string& path) {
  const auto graph = std::make_shared<PlainGraph>(path);
  const auto input = std::make_shared<const Tensor>(sample_input(graph->input_shape()));
  return [graph, input] { return graph->run(*input).data<float>()[0]; };
}

double median_seconds(const Run& run, int calls) {
  std::vector<double> times(static_cast<std::size_t>(calls));
  for (double& time : times) {
    const auto start = Clock::now();
    run();
    time = seconds_since(start);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

nlohmann::json measure(const std::function<Run()>& loaded, int calls, Clock::time_point start) {
  nlohmann::json result;
  open_tensorflow();
  result["open_seconds"] = seconds_since(start);
  result["memory_before"] = memory("VmRSS");
  const Run run = loaded();
  result["load_seconds"] = seconds_since(start);
  const auto loaded_at = Clock::now();
  result["answer"] = run();
  result["first_run_seconds"] = seconds_since(loaded_at);
  result["first_answer_seconds"] = seconds_since(start);
  if (calls > 0) result["call_seconds"] = median_seconds(run, calls);
  result["memory_after"] = memory("VmRSS");
  result["memory_peak"] = memory("VmHWM");
  return result;
}

}  // namespace
}  // namespace modelparity::benchmarks

int main(int argc, char** argv) try {
  namespace benchmarks = modelparity::benchmarks;
  using modelparity::GraphOptimizer;
  const auto start = benchmarks::Clock::now();

  CLI::App app("Loads a model, runs it, and says in JSON what that took.", "first_answer");
  std::string path;
  modelparity::LoadOptions options;
  bool plain = false;
  int calls = 0;
  app.add_option("model", path, "as Model::load() takes it")->required();
  app.add_flag("--plain", plain, "a frozen graph in the plain way, without the loader");
  app.add_flag("--caller-thread", options.caller_thread);
  app.add_option("--intra-op-threads", options.intra_op_threads);
  app.add_option("--warm-up", options.warm_up);
  app.add_option("--graph-optimizer", options.graph_optimizer)
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, GraphOptimizer>{{"auto", GraphOptimizer::kAuto},
                                                {"on", GraphOptimizer::kOn},
                                                {"off", GraphOptimizer::kOff}}));
  app.add_flag("--verify-checksums,!--no-verify-checksums", options.verify_checksums);
  app.add_option("--calls", calls, "after the first one, of which the median is told");
  CLI11_PARSE(app, argc, argv);

  const auto loaded = [&] {
    return plain ? benchmarks::load_plainly(path) : benchmarks::load(path, options);
  };
  std::cout << benchmarks::measure(loaded, calls, start) << "\n";
  return 0;
} catch (const modelparity::Error& error) {
  std::cerr << "first_answer: " << error.what() << "\n";
  return 1;
}
