#include "modelparity/internal/message_reader.h"

#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>
#include <vector>

namespace modelparity::internal {
namespace {

using protozero::pbf_writer;

TEST(MessageReaderTest, ReadsFieldsOfEachKind) {
  std::string message;
  pbf_writer writer(message);
  writer.add_string(1, "text");
  writer.add_int64(2, -5);
  writer.add_bool(3, true);
  writer.add_message(4, std::string());
  writer.add_uint64(9, 1);

  MessageReader reader(message);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.field(), 1U);
  EXPECT_EQ(reader.bytes(), "text");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.integer(), -5);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.integer(), 1);
  ASSERT_TRUE(reader.next());
  EXPECT_FALSE(reader.message().next());
  EXPECT_FALSE(reader.next(8));
}

TEST(MessageReaderTest, ReadsRepeatedNumbersPackedOrNot) {
  const std::vector<std::int64_t> integers = {1, -2};
  const std::vector<float> floats = {1.5F, 2.5F};
  const std::vector<double> doubles = {3.5, 4.5};
  std::string packed;
  pbf_writer packed_writer(packed);
  packed_writer.add_packed_int64(1, integers.begin(), integers.end());
  packed_writer.add_packed_float(2, floats.begin(), floats.end());
  packed_writer.add_packed_double(3, doubles.begin(), doubles.end());
  std::string single;
  pbf_writer single_writer(single);
  for (const std::int64_t value : integers) single_writer.add_int64(1, value);
  for (const float value : floats) single_writer.add_float(2, value);
  for (const double value : doubles) single_writer.add_double(3, value);

  for (const std::string& message : {packed, single}) {
    std::vector<std::int64_t> read_integers;
    std::vector<double> read_floats;
    MessageReader reader(message);
    while (reader.next()) {
      if (reader.field() == 1) {
        reader.integers([&](std::uint64_t value) {
          read_integers.push_back(static_cast<std::int64_t>(value));
        });
      } else if (reader.field() == 2) {
        reader.floats([&](float value) { read_floats.push_back(value); });
      } else {
        reader.doubles([&](double value) { read_floats.push_back(value); });
      }
    }
    EXPECT_EQ(read_integers, integers);
    EXPECT_EQ(read_floats, (std::vector<double>{1.5, 2.5, 3.5, 4.5}));
  }
}

TEST(MessageReaderTest, AnotherWireTypeIsCorrupt) {
  std::string message;
  pbf_writer(message).add_uint64(1, 1);
  MessageReader integer(message);
  ASSERT_TRUE(integer.next());
  EXPECT_THROW(integer.bytes(), protozero::exception);
  EXPECT_THROW(integer.floats([](float) {}), protozero::exception);
  EXPECT_THROW(integer.doubles([](double) {}), protozero::exception);

  message.clear();
  pbf_writer(message).add_fixed32(1, 1);
  MessageReader fixed(message);
  ASSERT_TRUE(fixed.next());
  EXPECT_THROW(fixed.integer(), protozero::exception);
  EXPECT_THROW(fixed.integers([](std::uint64_t) {}), protozero::exception);
}

TEST(MessageReaderTest, EveryTruncationAndEveryChangedByteIsSurvived) {
  std::string message;
  {
    pbf_writer writer(message);
    pbf_writer entry(writer, 1);
    entry.add_string(1, "key");
    pbf_writer value(entry, 2);
    value.add_int64(1, 300);
  }
  const auto read = [](const std::string& bytes) {
    try {
      MessageReader reader(bytes);
      while (reader.next()) {
        if (reader.field() != 1) {
          reader.skip();
          continue;
        }
        auto [key, value] = reader.map_entry();
        while (value.next()) value.integers([](std::uint64_t) {});
      }
    } catch (const protozero::exception&) {
      // Corrupt, and said so.
    }
  };
  for (std::size_t i = 0; i < message.size(); ++i) {
    read(message.substr(0, i));
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = message;
      changed[i] = static_cast<char>(byte);
      read(changed);
    }
  }
}

}  // namespace
}  // namespace modelparity::internal
