#include "modelparity/internal/session_config.h"

#include <algorithm>
#include <cctype>
#include <protozero/pbf_writer.hpp>

#include "modelparity/error.h"
#include "proto/tensorflow_config.tags.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::tensorflow::tags;
using protozero::pbf_writer;

// ResNet-50 (98 MiB) pays 0.6 s for calls that are 17% shorter; two dense layers of 64 MiB each pay
// 3.8 s and gain nothing. Beyond, the costs grow faster than the graph (docs/cpp.md).
constexpr std::uintmax_t kLargestOptimizedGraph = std::uintmax_t{128} << 20;

constexpr std::string_view kGpu = "GPU:";

void write_device(pbf_writer& config, const std::string& device) {
  if (device.empty()) return;
  if (device == "CPU") {
    pbf_writer entry(config, tags::ConfigProto::kDeviceCount);
    entry.add_string(tags::ConfigProto::DeviceCountEntry::kKey, "GPU");
    entry.add_int32(tags::ConfigProto::DeviceCountEntry::kValue, 0);
    return;
  }
  const std::string number = device.substr(std::min(device.size(), kGpu.size()));
  if (device.compare(0, kGpu.size(), kGpu) != 0 || number.empty() ||
      !std::all_of(number.begin(), number.end(), [](unsigned char c) { return std::isdigit(c); })) {
    throw Error(ErrorKind::kUnsupported,
                "device " + in_quotes(device) +
                    ": is neither \"CPU\" nor \"GPU:\" and a number; pass one of them, or none");
  }
  pbf_writer gpu(config, tags::ConfigProto::kGpuOptions);
  gpu.add_string(tags::GPUOptions::kVisibleDeviceList, number);
}

bool optimizes_graph(GraphOptimizer optimizer, std::uintmax_t graph_size) {
  if (optimizer == GraphOptimizer::kAuto) return graph_size <= kLargestOptimizedGraph;
  return optimizer == GraphOptimizer::kOn;
}

}  // namespace

std::string session_config(const LoadOptions& options, std::uintmax_t graph_size) {
  if (options.intra_op_threads < 0) {
    throw Error(ErrorKind::kUnsupported,
                "intra_op_threads: got " + std::to_string(options.intra_op_threads) +
                    ", expected 0 (TensorFlow's choice) or more; correct the option");
  }
  std::string bytes;
  pbf_writer config(bytes);
  config.add_int32(tags::ConfigProto::kIntraOpParallelismThreads, options.intra_op_threads);
  write_device(config, options.device);
  if (!optimizes_graph(options.graph_optimizer, graph_size)) {
    pbf_writer graph(config, tags::ConfigProto::kGraphOptions);
    pbf_writer rewrite(graph, tags::GraphOptions::kRewriteOptions);
    rewrite.add_bool(tags::RewriterConfig::kDisableMetaOptimizer, true);
  }
  return bytes;
}

std::string run_options(const LoadOptions& options) {
  std::string bytes;
  if (options.caller_thread) {
    pbf_writer(bytes).add_int32(tags::RunOptions::kInterOpThreadPool, -1);
  }
  return bytes;
}

}  // namespace modelparity::internal
