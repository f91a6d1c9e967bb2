#include "modelparity/model.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <filesystem>
#include <limits>
#include <thread>

#include "testing/expect_error.h"
#include "testing/files.h"
#include "testing/graph_builder.h"
#include "testing/test_bundle.h"

namespace modelparity {
namespace {

constexpr const char* kSavedModel = "cpp_loader/testing/half_plus_two";

TensorMap x_of(std::initializer_list<float> values) {
  TensorMap inputs;
  inputs["x"] = Tensor::from_values<float>({static_cast<std::int64_t>(values.size())}, values);
  return inputs;
}

void expect_half_plus_two(const Signature& signature) {
  const TensorMap outputs = signature.run(x_of({0, 1, -6}));
  ASSERT_EQ(outputs.size(), 1U);
  const Tensor& y = outputs.at("y");
  ASSERT_EQ(y.shape(), Shape{3});
  EXPECT_EQ(y.data<float>()[0], 2);
  EXPECT_EQ(y.data<float>()[1], 2.5);
  EXPECT_EQ(y.data<float>()[2], -1);
}

std::vector<std::string> names_of(const Model& model) {
  std::vector<std::string> names;
  for (const Signature& signature : model.signatures()) names.push_back(signature.name());
  return names;
}

TEST(ModelTest, RunsASavedModel) {
  const Model model = Model::load(kSavedModel);
  EXPECT_EQ(names_of(model), (std::vector<std::string>{"count", "exclaim", "serving_default"}));
  const Signature& signature = model.signature();
  EXPECT_EQ(to_text(signature.inputs().at(0)), "float32 [?]");
  EXPECT_EQ(signature.outputs().at(0).name, "y");
  expect_half_plus_two(signature);
  EXPECT_EQ(signature.run(x_of({})).at("y").shape(), Shape{0});
}

TEST(ModelTest, RunsSignaturesOfStringsAndWithoutInputs) {
  const Model model = Model::load(kSavedModel);
  TensorMap words;
  words["word"] = Tensor::from_strings({2}, {"a", std::string(50, 'b')});
  const TensorMap outputs = model.signature("exclaim").run(words);
  EXPECT_EQ(outputs.at("loud").string_at(0), "a" + std::string(40, '!'));
  EXPECT_EQ(outputs.at("louder").string_at(1), std::string(50, 'b') + std::string(40, '!'));
  EXPECT_EQ(outputs.at("same").string_at(1), std::string(50, 'b'));
  EXPECT_EQ(model.signature("count").run({}).at("variables").data<std::int64_t>()[0], 2);
}

TEST(ModelTest, OutputsOutliveTheirModel) {
  TensorMap outputs;
  {
    const Model model = Model::load(kSavedModel);
    outputs = model.signature().run(x_of({4}));
  }
  EXPECT_EQ(outputs.at("y").data<float>()[0], 4);
}

TEST(ModelTest, RunsABundlesFrozenGraph) {
  const testing::TemporaryFolder folder;
  testing::write_half_plus_two_bundle(folder.path());
  expect_half_plus_two(Model::load(folder.path()).signature());
  LoadOptions options;
  options.format = "saved_model";
  EXPECT_ERROR(Model::load(folder.path(), options), ErrorKind::kUnsupported, "saved_model");
}

TEST(ModelTest, RunsAFrozenGraphWithoutAManifest) {
  const testing::TemporaryFolder folder;
  testing::write_file(folder / "graph.pb", testing::half_plus_two_graph());
  const Model model = Model::load(folder / "graph.pb");
  expect_half_plus_two(model.signature("serving_default"));
}

TEST(ModelTest, RunsInitializersOnce) {
  const testing::TemporaryFolder folder;
  testing::write_file(folder / "graph.pb", testing::lookup_graph());
  const SignatureSpec spec = {"translate",
                              {{"word", DType::kString, {-1}, false}},
                              {{"found", DType::kString, {-1}, false}}};
  Artifact artifact;
  artifact.format = "frozen_graph";
  artifact.path = "graph.pb";
  artifact.bindings = {{"translate", {{"word", "word:0"}}, {{"found", "found:0"}}}};
  TensorMap words;
  words["word"] = Tensor::from_strings({3}, {"no", "yes", "perhaps"});

  const Model uninitialized = Model::load_artifact(folder.path(), artifact, {spec});
  EXPECT_ERROR(uninitialized.signature("translate").run(words), ErrorKind::kRunFailed, "translate");

  artifact.initializers = {"init"};
  const Model model = Model::load_artifact(folder.path(), artifact, {spec});
  const TensorMap outputs = model.signature("translate").run(words);
  EXPECT_EQ(outputs.at("found").string_at(0), "non");
  EXPECT_EQ(outputs.at("found").string_at(1), "oui");
  EXPECT_EQ(outputs.at("found").string_at(2), "?");
}

// TensorFlow itself refuses to feed and fetch one tensor, and two keys may stand for the same one.
TEST(ModelTest, AnOutputMayBeAnInputOrAnotherOutput) {
  const testing::TemporaryFolder folder;
  testing::write_file(folder / "graph.pb", testing::half_plus_two_graph());
  const TensorSpec x = {"x", DType::kFloat32, {-1}, false};
  const SignatureSpec spec = {"s",
                              {x},
                              {{"same", x.dtype, x.shape, false},
                               {"y1", x.dtype, x.shape, false},
                               {"y2", x.dtype, x.shape, false}}};
  Artifact artifact;
  artifact.format = "frozen_graph";
  artifact.path = "graph.pb";
  artifact.bindings = {{"s", {{"x", "x:0"}}, {{"same", "x:0"}, {"y1", "y:0"}, {"y2", "y"}}}};
  const Model model = Model::load_artifact(folder.path(), artifact, {spec});
  const TensorMap outputs = model.signature("s").run(x_of({8}));
  EXPECT_EQ(outputs.at("same").data<float>()[0], 8);
  EXPECT_EQ(outputs.at("y1").data<float>()[0], 6);
  EXPECT_EQ(outputs.at("y2").data<float>()[0], 6);
}

TEST(ModelTest, EveryDtypeOfTheProtocolPassesThrough) {
  const testing::TemporaryFolder folder;
  for (int number = 1; dtype_from_number(number); ++number) {
    const DType dtype = *dtype_from_number(number);
    if (dtype_protocol_word(dtype).empty()) continue;
    testing::GraphBuilder graph;
    graph.placeholder("x", dtype, {-1});
    graph.node("y", "Identity", {"x"}, {testing::type_attribute("T", dtype)});
    testing::write_file(folder / "graph.pb", graph.serialized());
    const Model model = Model::load(folder / "graph.pb");
    EXPECT_EQ(model.signature().inputs().at(0).dtype, dtype);
    TensorMap inputs;
    inputs["x"] = Tensor::zeros(dtype, {3});
    const TensorMap outputs = model.signature().run(inputs);
    EXPECT_EQ(outputs.at("y").dtype(), dtype);
    EXPECT_EQ(outputs.at("y").shape(), Shape{3});
  }
}

// Runs a model's signatures of numbers and strings, and a bound call of its own, with inputs that
// no other thread has. Returns how many answers were right.
int right_answers(const Model& model, int thread) {
  int right = 0;
  BoundCall call = model.signature().bind();
  Tensor& bound_x = call.input("x");
  bound_x = Tensor::zeros(DType::kFloat32, {1});
  for (int i = 0; i < 100; ++i) {
    const auto x = static_cast<float>(1000 * thread + i);
    right += model.signature().run(x_of({x})).at("y").data<float>()[0] == x / 2 + 2;
    bound_x.mutable_data<float>()[0] = -x;
    call.run();
    right += call.output("y").data<float>()[0] == -x / 2 + 2;
    // Longer than what fits into a string's handle.
    const std::string word = std::to_string(x) + std::string(30, 'x');
    TensorMap words;
    words["word"] = Tensor::from_strings({1}, {word});
    right += model.signature("exclaim").run(words).at("loud").string_at(0) ==
             word + std::string(40, '!');
  }
  return right;
}

TEST(ModelTest, ManyThreadsRunOneModel) {
  for (const bool caller_thread : {false, true}) {
    LoadOptions options;
    options.caller_thread = caller_thread;
    const Model model = Model::load(kSavedModel, options);
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&model, &right, t] { right += right_answers(model, t); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right, 8 * 300);
  }
}

TEST(ModelTest, RefusesWrongCalls) {
  const Model model = Model::load(kSavedModel);
  EXPECT_ERROR(model.signature("predict"), ErrorKind::kSignatureNotFound,
               "signature 'predict': the model has none of that name; it has 'count', 'exclaim', "
               "'serving_default'");
  EXPECT_ERROR(model.signature().run({}), ErrorKind::kInputName, "input 'x': missing");
  TensorMap inputs;
  inputs["x"] = Tensor::zeros(DType::kFloat64, {3});
  EXPECT_ERROR(model.signature().run(inputs), ErrorKind::kInputDtype,
               "input 'x': got float64 [3], signature 'serving_default' wants float32 [?]");
  inputs["x"] = Tensor::zeros(DType::kFloat32, {3, 3});
  EXPECT_ERROR(model.signature().run(inputs), ErrorKind::kInputShape,
               "input 'x': got float32 [3,3], signature 'serving_default' wants float32 [?]");
}

// Seconds of processor time: RUSAGE_THREAD or RUSAGE_SELF.
double processor_seconds(int who) {
  rusage usage = {};
  getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
}

// The share of a run's work that is done by the thread that called it. The work is a chain of
// operations that TensorFlow spreads over no threads.
double share_of_this_thread(const LoadOptions& options) {
  testing::GraphBuilder graph;
  graph.placeholder("0", DType::kString, {-1});
  for (int i = 0; i < 10; ++i) {
    graph.node(std::to_string(i + 1), "StringUpper", {std::to_string(i)}, {});
  }
  const testing::TemporaryFolder folder;
  testing::write_file(folder / "graph.pb", graph.serialized());
  const Model model = Model::load(folder / "graph.pb", options);
  TensorMap inputs;
  inputs["0"] = Tensor::from_strings({300'000}, std::vector<std::string_view>(300'000, "word"));
  model.signature().run(inputs);
  const double thread = processor_seconds(RUSAGE_THREAD);
  const double process = processor_seconds(RUSAGE_SELF);
  model.signature().run(inputs);
  return (processor_seconds(RUSAGE_THREAD) - thread) / (processor_seconds(RUSAGE_SELF) - process);
}

TEST(LoadOptionsTest, TheCallersThreadDoesTheWorkWhenAsked) {
  EXPECT_LT(share_of_this_thread({}), 0.3);
  LoadOptions options;
  options.caller_thread = true;
  EXPECT_GT(share_of_this_thread(options), 0.6);
}

TEST(LoadOptionsTest, TheProcessHasOnePoolOfThreads) {
  Model::load(kSavedModel);
  LoadOptions options;
  options.intra_op_threads = 2;
  EXPECT_ERROR(Model::load(kSavedModel, options), ErrorKind::kUnsupported, "got 2, but the first");
}

TEST(LoadOptionsTest, TheDeviceHasToBeThere) {
  LoadOptions options;
  options.device = "CPU";
  expect_half_plus_two(Model::load(kSavedModel, options).signature());
  options.device = "GPU:99";
  EXPECT_ERROR(Model::load(kSavedModel, options), ErrorKind::kRuntimeUnavailable, "CPU:0");
}

TEST(LoadOptionsTest, GraphsRunWithTheOptimizerOff) {
  LoadOptions options;
  options.graph_optimizer = GraphOptimizer::kOff;
  expect_half_plus_two(Model::load(kSavedModel, options).signature());
}

TEST(LoadOptionsTest, WarmUpRunsTheGoldenCases) {
  const testing::TemporaryFolder folder;
  testing::write_half_plus_two_bundle(folder.path());
  LoadOptions options;
  options.verify_checksums = false;
  options.warm_up = 2;
  expect_half_plus_two(Model::load(folder.path(), options).signature());
  const std::string path = folder / Bundle::open(folder.path(), false).manifest().cases.at(0).path;
  std::string golden = testing::read_file(path);
  golden.replace(golden.find("FP32"), 4, "FP31");
  testing::write_file(path, golden);
  EXPECT_ERROR(Model::load(folder.path(), options), ErrorKind::kBundleInvalid, "FP31");
  options.warm_up = 0;
  expect_half_plus_two(Model::load(folder.path(), options).signature());
}

TEST(LoadOptionsTest, WarmUpLeavesOutInputsThatAreTooLarge) {
  testing::GraphBuilder graph;
  graph.placeholder("x", DType::kFloat32, {std::int64_t{1} << 45});
  graph.node("y", "Shape", {"x"}, {testing::type_attribute("T", DType::kFloat32)});
  const testing::TemporaryFolder folder;
  testing::write_file(folder / "graph.pb", graph.serialized());
  LoadOptions options;
  options.warm_up = 1;
  EXPECT_EQ(Model::load(folder / "graph.pb", options).signatures().size(), 1U);
}

TEST(LoadOptionsTest, AModelMayRefuseTheZerosOfTheWarmUp) {
  testing::GraphBuilder graph;
  graph.placeholder("x", DType::kFloat32, {-1, 2});
  graph.node("inverse", "Reciprocal", {"x"}, {testing::type_attribute("T", DType::kFloat32)});
  graph.node("y", "CheckNumerics", {"inverse"},
             {testing::type_attribute("T", DType::kFloat32),
              testing::text_attribute("message", "not finite")});
  const testing::TemporaryFolder folder;
  testing::write_file(folder / "graph.pb", graph.serialized());
  LoadOptions options;
  options.warm_up = 1;
  const Model model = Model::load(folder / "graph.pb", options);
  TensorMap inputs;
  inputs["x"] = Tensor::from_values<float>({1, 2}, {1, 2});
  EXPECT_EQ(model.signature().run(inputs).at("y").data<float>()[1], 0.5);
}

class BrokenModelTest : public ::testing::Test {
 protected:
  BrokenModelTest() { testing::copy_folder(kSavedModel, folder_.path()); }

  testing::TemporaryFolder folder_;
};

TEST_F(BrokenModelTest, NowhereOrEmpty) {
  EXPECT_ERROR(Model::load(folder_ / "nowhere"), ErrorKind::kFileMissing, "nowhere");
  std::filesystem::remove(folder_ / "saved_model.pb");
  EXPECT_ERROR(Model::load(folder_.path()), ErrorKind::kFileMissing, "saved_model.pb");
}

TEST_F(BrokenModelTest, TruncatedSavedModel) {
  const std::string content = testing::read_file(folder_ / "saved_model.pb");
  testing::write_file(folder_ / "saved_model.pb", content.substr(0, content.size() / 2));
  EXPECT_ERROR(Model::load(folder_.path()), ErrorKind::kArtifactInvalid, folder_.path());
}

TEST_F(BrokenModelTest, MissingVariables) {
  std::filesystem::remove_all(folder_ / "variables");
  EXPECT_ERROR(Model::load(folder_.path()), ErrorKind::kFileMissing, "variables.index");
}

TEST_F(BrokenModelTest, MissingShardOfVariables) {
  std::filesystem::remove(folder_ / "variables/variables.data-00000-of-00001");
  EXPECT_ERROR(Model::load(folder_.path()), ErrorKind::kFileMissing, "variables.data");
}

TEST_F(BrokenModelTest, OtherTags) {
  LoadOptions options;
  options.tags = {"train"};
  EXPECT_ERROR(Model::load(folder_.path(), options), ErrorKind::kArtifactInvalid, "train");
}

TEST_F(BrokenModelTest, GraphsThatAreTooLarge) {
  constexpr std::uintmax_t kSize = std::uintmax_t{1} << 31;
  testing::make_sparse_file(folder_ / "saved_model.pb", kSize);
  EXPECT_ERROR(Model::load(folder_.path()), ErrorKind::kArtifactTooLarge, "2147483648 bytes");
  testing::make_sparse_file(folder_ / "graph.pb", kSize);
  EXPECT_ERROR(Model::load(folder_ / "graph.pb"), ErrorKind::kArtifactTooLarge, "2147483648 bytes");
}

TEST_F(BrokenModelTest, GraphsThatAreNone) {
  testing::write_file(folder_ / "graph.pb", "this is no GraphDef");
  EXPECT_ERROR(Model::load(folder_ / "graph.pb"), ErrorKind::kArtifactInvalid, "graph.pb");
}

TEST_F(BrokenModelTest, UnknownOperator) {
  testing::GraphBuilder graph;
  graph.placeholder("x", DType::kFloat32, {});
  graph.node("y", "OperatorOfTomorrow", {"x"}, {});
  testing::write_file(folder_ / "graph.pb", graph.serialized());
  EXPECT_ERROR(Model::load(folder_ / "graph.pb"), ErrorKind::kUnsupported, "OperatorOfTomorrow");
}

TEST_F(BrokenModelTest, OperatorWithoutAKernel) {
  testing::GraphBuilder graph;
  graph.placeholder("x", DType::kString, {});
  graph.node("y", "Sqrt", {"x"}, {testing::type_attribute("T", DType::kComplex64)});
  testing::write_file(folder_ / "graph.pb", graph.serialized());
  EXPECT_ERROR(Model::load(folder_ / "graph.pb"), ErrorKind::kArtifactInvalid, "graph.pb");
}

TEST_F(BrokenModelTest, BindingsThatTheGraphDoesNotHave) {
  testing::write_file(folder_ / "graph.pb", testing::half_plus_two_graph());
  const SignatureSpec spec = {"s", {{"x", DType::kFloat32, {-1}, false}}, {}};
  Artifact artifact;
  artifact.format = "frozen_graph";
  artifact.path = "graph.pb";
  for (const char* tensor : {"z:0", "x:1", "x:-1", "x:", "x:0x"}) {
    artifact.bindings = {{"s", {{"x", tensor}}, {}}};
    EXPECT_ERROR(Model::load_artifact(folder_.path(), artifact, {spec}),
                 ErrorKind::kArtifactInvalid, "the graph has");
  }
  artifact.bindings = {{"s", {}, {}}};
  EXPECT_ERROR(Model::load_artifact(folder_.path(), artifact, {spec}), ErrorKind::kBundleInvalid,
               "key 'x'");
  artifact.bindings = {{"t", {}, {}}};
  EXPECT_ERROR(Model::load_artifact(folder_.path(), artifact, {spec}), ErrorKind::kBundleInvalid,
               "signature 't'");
  artifact.path = "../graph.pb";
  EXPECT_ERROR(Model::load_artifact(folder_.path(), artifact, {spec}), ErrorKind::kBundleInvalid,
               "inside of the bundle");
  artifact = {};
  artifact.format = "onnx";
  artifact.path = "m.onnx";
  EXPECT_ERROR(Model::load_artifact(folder_.path(), artifact, {spec}), ErrorKind::kUnsupported,
               "format 'onnx'");
}

TEST_F(BrokenModelTest, FailingRun) {
  testing::GraphBuilder graph;
  graph.placeholder("x", DType::kFloat32, {});
  graph.node("y", "CheckNumerics", {"x"},
             {testing::type_attribute("T", DType::kFloat32),
              testing::text_attribute("message", "not a number")});
  testing::write_file(folder_ / "graph.pb", graph.serialized());
  const Model model = Model::load(folder_ / "graph.pb");
  TensorMap inputs;
  inputs["x"] = Tensor::from_values<float>({}, {std::numeric_limits<float>::quiet_NaN()});
  EXPECT_ERROR(model.signature().run(inputs), ErrorKind::kRunFailed, "not a number");
}

}  // namespace
}  // namespace modelparity
