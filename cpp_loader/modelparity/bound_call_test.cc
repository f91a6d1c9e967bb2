#include "modelparity/bound_call.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>

#include "modelparity/internal/session.h"
#include "modelparity/model.h"
#include "testing/expect_error.h"
#include "testing/files.h"
#include "testing/graph_builder.h"

// Every allocation that comes through this program's operator new: its own, and the few of
// TensorFlow's that the C++ library makes for it. Under the sanitizers nothing is counted, since
// they have an operator new of their own.
namespace {
std::atomic<int> allocations = 0;
}
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
#endif

namespace modelparity {
namespace {

class BoundCallTest : public ::testing::Test {
 protected:
  // The graph's signature "serving_default": placeholders, and what nothing consumes.
  Model load(const std::string& graph, const LoadOptions& options = {}) {
    testing::write_file(folder_ / "graph.pb", graph);
    return Model::load(folder_ / "graph.pb", options);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(BoundCallTest, AnswersWhatItsInputHoldsAtEachRun) {
  const Model model = load(testing::half_plus_two_graph());
  BoundCall call = model.signature().bind();
  Tensor& x = call.input("x");
  const Tensor& y = call.output("y");
  EXPECT_EQ(y.get(), nullptr);
  x = Tensor::from_values<float>({2}, {0, 1});
  call.run();
  EXPECT_EQ(y.data<float>()[0], 2);
  EXPECT_EQ(y.data<float>()[1], 2.5);
  x.mutable_data<float>()[1] = -6;
  call.run();
  EXPECT_EQ(y.data<float>()[1], -1);
  x = Tensor::from_values<float>({1}, {8});
  call.run();
  EXPECT_EQ(y.shape(), Shape{1});
  EXPECT_EQ(y.data<float>()[0], 6);
}

// How many allocations `run` makes once it is warm.
template <typename Run>
int allocations_of(Run run) {
  run();
  const int before = allocations;
  run();
  return allocations - before;
}

TEST_F(BoundCallTest, AllocatesNothingBesideTensorFlow) {
  LoadOptions options;
  options.caller_thread = true;
  const Model model = load(testing::half_plus_two_graph(), options);
  BoundCall call = model.signature().bind();
  call.input("x") = Tensor::from_values<float>({2}, {0, 1});

  // The same call of the C API by itself.
  const auto session = internal::Session::from_graph_def(folder_ / "graph.pb", options);
  const std::vector<TF_Output> fed = {session.output("x")};
  const std::vector<TF_Output> fetched = {session.output("y")};
  TF_Tensor* const value = call.input("x").get();
  const std::string subject = "raw";
  const int raw = allocations_of([&] {
    TF_Tensor* result = nullptr;
    session.run(fed, &value, fetched, &result, subject);
    Tensor::adopt(result);
  });

  EXPECT_EQ(allocations_of([&] { call.run(); }), raw);
  EXPECT_EQ(call.output("y").data<float>()[1], 2.5);
}

TEST_F(BoundCallTest, OutlivesItsModelAndKeepsReferencesWhenMoved) {
  std::optional<BoundCall> call;
  {
    const Model model = load(testing::half_plus_two_graph());
    call = model.signature().bind();
  }
  Tensor& x = call->input("x");
  const Tensor& y = call->output("y");
  BoundCall moved = std::move(*call);
  call.reset();
  x = Tensor::from_values<float>({1}, {2});
  moved.run();
  EXPECT_EQ(y.data<float>()[0], 3);
}

TEST_F(BoundCallTest, ChecksInputsAtEachRun) {
  const Model model = load(testing::half_plus_two_graph());
  BoundCall call = model.signature().bind();
  EXPECT_ERROR(call.input("z"), ErrorKind::kInputName, "'x'");
  EXPECT_ERROR(call.output("z"), ErrorKind::kSignatureNotFound, "'y'");
  EXPECT_ERROR(call.run(), ErrorKind::kInputName, "'x': missing");
  call.input("x") = Tensor::from_values<float>({1}, {0});
  call.run();
  EXPECT_NE(call.output("y").get(), nullptr);
  call.input("x") = Tensor::from_values<double>({1}, {0});
  EXPECT_ERROR(call.run(), ErrorKind::kInputDtype, "float64 [1]");
  EXPECT_EQ(call.output("y").get(), nullptr);
  call.input("x") = Tensor::from_values<float>({}, {0});
  EXPECT_ERROR(call.run(), ErrorKind::kInputShape, "float32 []");
}

// A graph may hand its input on, whole or in part, without a copy; what was answered must not
// change when the input is written to.
TEST_F(BoundCallTest, OutputsNeverShareMemoryWithInputs) {
  using testing::type_attribute;
  testing::GraphBuilder graph;
  graph.placeholder("x", DType::kFloat32, {-1});
  graph.node("same", "Identity", {"x"}, {type_attribute("T", DType::kFloat32)});
  const Model model = load(graph.serialized());
  BoundCall call = model.signature().bind();
  Tensor& x = call.input("x");
  x = Tensor::from_values<float>({2}, {1, 2});
  call.run();
  x.mutable_data<float>()[1] = 3;
  EXPECT_EQ(call.output("same").data<float>()[1], 2);
}

}  // namespace
}  // namespace modelparity
