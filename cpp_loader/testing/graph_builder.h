// Writes small GraphDefs by hand, so that tests know every node of them.
//
//   GraphBuilder graph;
//   graph.placeholder("x", DType::kFloat32, {-1});
//   graph.constant("two", 2.0f);
//   graph.node("y", "AddV2", {"x", "two"}, {type_attribute("T", DType::kFloat32)});
//   write_file("graph.pb", graph.serialized());
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modelparity/signature.h"

namespace modelparity::testing {

struct Attribute {
  std::string name;
  // A serialized AttrValue.
  std::string value;
};

Attribute type_attribute(const std::string& name, DType dtype);
Attribute text_attribute(const std::string& name, const std::string& text);

class GraphBuilder {
 public:
  void node(const std::string& name, const std::string& op, const std::vector<std::string>& inputs,
            const std::vector<Attribute>& attributes);

  void placeholder(const std::string& name, DType dtype, const Shape& shape);

  // A float32 scalar.
  void constant(const std::string& name, float value);

  void constant(const std::string& name, const Shape& shape,
                const std::vector<std::string>& strings);

  // The serialized GraphDef.
  const std::string& serialized() const { return graph_; }

 private:
  std::string graph_;
};

// y = x / 2 + 2, float32 [?]: placeholder "x", result "y".
std::string half_plus_two_graph();

// A v1 graph with a lookup table: string "word" [?] to string "found"; "init" fills the table with
// "yes" to "oui" and "no" to "non", and has to be run first.
std::string lookup_graph();

}  // namespace modelparity::testing
