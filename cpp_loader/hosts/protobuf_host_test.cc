// A program that links the system's protobuf, with messages named as TensorFlow's own, uses the
// loader. libtensorflow holds another protobuf, whose symbols have the same names.

#include <dlfcn.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "cpp_loader/hosts/tensorflow_names.pb.h"
#include "hosts/half_plus_two.h"

namespace modelparity {
namespace {

// Serializes, parses, and looks up the program's own messages.
void expect_own_messages() {
  tensorflow::MetaGraphDef written;
  written.set_author("host");
  written.add_graphs()->set_title("parabola");
  written.mutable_graphs(0)->add_points(0.25);
  (*written.mutable_pages())["contents"] = 7;
  tensorflow::MetaGraphDef read;
  ASSERT_TRUE(read.ParseFromString(written.SerializeAsString()));
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(read, &json).ok());
  EXPECT_EQ(
      json,
      R"({"author":"host","graphs":[{"title":"parabola","points":[0.25]}],"pages":{"contents":7}})");
  EXPECT_FALSE(read.ParseFromString("no message"));

  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const auto* found = pool->FindMessageTypeByName("tensorflow.ConfigProto");
  EXPECT_EQ(found, tensorflow::ConfigProto::descriptor());
  EXPECT_EQ(pool->FindMessageTypeByName("tensorflow.NodeDef"), nullptr) << "that is TensorFlow's";
}

TEST(ProtobufHostTest, KeepsItsMessagesBesideTensorFlows) {
  expect_own_messages();
  {
    const HalfPlusTwo model;
    model.expect_answers();
    expect_own_messages();
    model.expect_answers();
  }
  expect_own_messages();
}

// Opens libtensorflow as the loader does, but lets it see the program's symbols first.
void open_without_deep_binding() {
  const char* const folder = std::getenv("MODELPARITY_LIBTENSORFLOW");
  if (folder == nullptr) std::exit(0);
  for (const char* library : {"/libtensorflow_framework.so.2", "/libtensorflow_cc.so.2"}) {
    const std::string path = std::string(folder) + library;
    if (::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) std::exit(0);
  }
  expect_own_messages();
  std::exit(0);
}

// Why the loader binds deeply. Should this program live one day, that reason is gone.
TEST(ProtobufHostTest, DiesWithoutDeepBinding) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(open_without_deep_binding(), "conflicts with the existing symbol");
}

}  // namespace
}  // namespace modelparity
