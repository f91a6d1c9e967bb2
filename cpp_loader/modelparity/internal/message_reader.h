// Reads a serialized protobuf message, field by field, from anybody.
//
// protozero takes the wire type of a field for granted, and ends the process where it is wrong.
// Here a field of another wire type is what a truncated one is: protozero::exception.
//
// Ownership: reads the caller's bytes in place; views into them are handed out.
//
//   MessageReader reader(bytes);
//   while (reader.next()) {
//     switch (reader.field()) {
//       case tags::Case::kName: name = reader.text(); break;
//       default: reader.skip();
//     }
//   }
#pragma once

#include <cstdint>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace modelparity::internal {

class MessageReader {
 public:
  MessageReader() = default;
  explicit MessageReader(std::string_view message) : reader_(message.data(), message.size()) {}

  // Goes to the next field; false at the end.
  bool next() { return reader_.next(); }

  // Goes to the next field of that number, past any others.
  bool next(std::uint32_t field) { return reader_.next(field); }

  // The current field's number. Exactly one of the functions below has to follow.
  std::uint32_t field() const { return reader_.tag(); }

  void skip() { reader_.skip(); }

  std::string_view bytes() {
    expect(protozero::pbf_wire_type::length_delimited);
    const auto view = reader_.get_view();
    return {view.data(), view.size()};
  }

  std::string text() { return std::string(bytes()); }

  MessageReader message() { return MessageReader(bytes()); }

  // Any integer type but the sint and fixed ones, enums and bools.
  std::int64_t integer() {
    expect(protozero::pbf_wire_type::varint);
    return reader_.get_int64();
  }

  // Calls `take` with each value of a repeated field, packed or not: as uint64 whatever the integer
  // type, or as float or double.
  template <typename Take>
  void integers(Take take) {
    if (is_packed()) {
      for (const auto value : reader_.get_packed_uint64()) take(value);
    } else {
      take(static_cast<std::uint64_t>(integer()));
    }
  }
  template <typename Take>
  void floats(Take take) {
    if (is_packed()) {
      for (const float value : reader_.get_packed_float()) take(value);
    } else {
      expect(protozero::pbf_wire_type::fixed32);
      take(reader_.get_float());
    }
  }
  template <typename Take>
  void doubles(Take take) {
    if (is_packed()) {
      for (const double value : reader_.get_packed_double()) take(value);
    } else {
      expect(protozero::pbf_wire_type::fixed64);
      take(reader_.get_double());
    }
  }

  // The current field as an entry of a map: its key, a string, and its value, a message.
  std::pair<std::string, MessageReader> map_entry() {
    std::pair<std::string, MessageReader> result;
    MessageReader entry = message();
    while (entry.next()) {
      if (entry.field() == 1) {
        result.first = entry.text();
      } else if (entry.field() == 2) {
        result.second = entry.message();
      } else {
        entry.skip();
      }
    }
    return result;
  }

 private:
  bool is_packed() const {
    return reader_.has_wire_type(protozero::pbf_wire_type::length_delimited);
  }

  void expect(protozero::pbf_wire_type type) const {
    if (!reader_.has_wire_type(type)) throw protozero::unknown_pbf_wire_type_exception();
  }

  protozero::pbf_reader reader_;
};

}  // namespace modelparity::internal
