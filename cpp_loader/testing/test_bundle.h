// A complete bundle written by hand: y = x / 2 + 2 as a frozen graph, with one golden case.
#pragma once

#include <string>
#include <vector>

namespace modelparity::testing {

// Writes it into `folder`. The signature is "serving_default", from "x" to "y"; the case is "ramp",
// with x = [0, 1, 2] and y = [2, 2.5, 3].
void write_half_plus_two_bundle(const std::string& folder);

// The case as a message, with `expected` for y.
std::string ramp_case(const std::vector<float>& expected = {2, 2.5, 3});

// Writes another message in the place of the case's; the manifest has its checksum.
void replace_case(const std::string& folder, const std::string& message);

// The manifest.json that write_half_plus_two_bundle() writes into `folder`, for tests that break
// it.
std::string half_plus_two_manifest(const std::string& folder);

}  // namespace modelparity::testing
