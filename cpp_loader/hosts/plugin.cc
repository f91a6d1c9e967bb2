// A shared library with the loader in it, which a host opens with dlopen.

#include <exception>
#include <string>

#include "modelparity/model.h"

// What the SavedModel in that folder answers to 1, or why it does not. Valid until the next call.
extern "C" const char* half_plus_two_of_one(const char* saved_model) {
  static std::string answer;
  try {
    const auto model = modelparity::Model::load(saved_model);
    modelparity::TensorMap inputs;
    inputs["x"] = modelparity::Tensor::from_values<float>({1}, {1});
    answer = std::to_string(model.signature().run(inputs).at("y").data<float>()[0]);
  } catch (const std::exception& error) {
    answer = error.what();
  }
  return answer.c_str();
}
