// What a call costs: the loader's calls against TensorFlow's own, on one model.
//
//   calls SAVED_MODEL --benchmark_format=json
//
// Two ways of calling are measured in turns, a few calls each, so that whatever else the machine
// does falls on both. `ours_us` and `raw_us` are the medians of a repetition in microseconds, and
// `ratio` is ours to raw.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "modelparity/error.h"
#include "modelparity/model.h"
#include "raw_call.h"
#include "sample_input.h"

namespace modelparity::benchmarks {
namespace {

BoundCall bound_call(const Model& model) {
  const Signature& signature = model.signature();
  BoundCall call = signature.bind();
  call.input(signature.inputs().at(0).name) = sample_input(signature.inputs().at(0).shape);
  return call;
}

// Calls of one kind before it is the other's turn: so many that TensorFlow's threads are awake for
// nearly all of them, as they are in a hot loop.
constexpr int kTurn = 1000;

// Appends the microseconds of each call.
template <typename Call>
void time_calls(Call& call, std::vector<double>& times) {
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < kTurn; ++i) {
    const auto start = Clock::now();
    call.run();
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void compare(benchmark::State& state, BoundCall& ours, RawCall& raw) {
  std::vector<double> our_times;
  std::vector<double> raw_times;
  for (auto _ : state) {
    time_calls(ours, our_times);
    time_calls(raw, raw_times);
  }
  state.counters["ours_us"] = median(our_times);
  state.counters["raw_us"] = median(raw_times);
  state.counters["ratio"] = median(our_times) / median(raw_times);
}

void measure_throughput(benchmark::State& state, const Model& model) {
  BoundCall call = bound_call(model);
  for (auto _ : state) call.run();
  state.SetItemsProcessed(state.iterations());
}

void run_benchmarks(const std::string& folder) {
  const auto pool_model = Model::load(folder);
  BoundCall pool_call = bound_call(pool_model);
  RawCall raw_pool_call(pool_call);
  benchmark::RegisterBenchmark("default/raw_default", [&](benchmark::State& state) {
    compare(state, pool_call, raw_pool_call);
  });

  LoadOptions options;
  options.caller_thread = true;
  const auto model = Model::load(folder, options);
  BoundCall call = bound_call(model);
  RawCall raw_call(call);
  benchmark::RegisterBenchmark("caller_thread/raw_caller_thread",
                               [&](benchmark::State& state) { compare(state, call, raw_call); });
  RawCall raw_default_call(call);
  raw_default_call.use_default_options();
  benchmark::RegisterBenchmark("caller_thread/raw_default", [&](benchmark::State& state) {
    compare(state, call, raw_default_call);
  });

  benchmark::RegisterBenchmark("throughput",
                               [&](benchmark::State& state) { measure_throughput(state, model); })
      ->UseRealTime()
      ->Threads(1)
      ->Threads(2);
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace
}  // namespace modelparity::benchmarks

int main(int argc, char** argv) try {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: calls SAVED_MODEL [--benchmark_...]\n";
    return 2;
  }
  modelparity::benchmarks::run_benchmarks(argv[1]);
  return 0;
} catch (const modelparity::Error& error) {
  std::cerr << "calls: " << error.what() << "\n";
  return 1;
}
