#include "server/status.h"

#include <gtest/gtest.h>

#include <new>
#include <protozero/exception.hpp>
#include <stdexcept>

namespace modelparity::server {
namespace {

using grpc::StatusCode;

template <typename Exception>
grpc::Status status_when_thrown(const Exception& exception) {
  return status_of(std::make_exception_ptr(exception));
}

TEST(StatusOfTest, EveryKindHasItsCode) {
  const std::pair<ErrorKind, StatusCode> codes[] = {
      {ErrorKind::kInputName, StatusCode::INVALID_ARGUMENT},
      {ErrorKind::kInputDtype, StatusCode::INVALID_ARGUMENT},
      {ErrorKind::kInputShape, StatusCode::INVALID_ARGUMENT},
      {ErrorKind::kProtocol, StatusCode::INVALID_ARGUMENT},
      {ErrorKind::kSignatureNotFound, StatusCode::NOT_FOUND},
      {ErrorKind::kUnsupported, StatusCode::UNIMPLEMENTED},
      {ErrorKind::kRunFailed, StatusCode::INTERNAL},
  };
  for (const auto& [kind, code] : codes) {
    const grpc::Status status = status_when_thrown(Error(kind, "input 'x': is wrong"));
    EXPECT_EQ(status.error_code(), code);
    EXPECT_EQ(status.error_message(), "input 'x': is wrong");
  }
}

TEST(StatusOfTest, OtherExceptionsHaveOneToo) {
  EXPECT_EQ(status_when_thrown(StatusError(StatusCode::UNAVAILABLE, "m")).error_code(),
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(status_when_thrown(protozero::end_of_buffer_exception()).error_code(),
            StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_when_thrown(std::bad_alloc()).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status_when_thrown(std::logic_error("bug")).error_code(), StatusCode::INTERNAL);
}

TEST(StatusOfTest, AMessageFitsIntoAHeader) {
  const grpc::Status status =
      status_when_thrown(Error(ErrorKind::kInputName, std::string(100'000, 'x')));
  EXPECT_LT(status.error_message().size(), 2'100U);
  EXPECT_EQ(status.error_message().substr(status.error_message().size() - 4), "x...");
}

TEST(NamesTest, AreThoseOfGrpcAndOfMetrics) {
  EXPECT_STREQ(status_code_name(StatusCode::OK), "OK");
  EXPECT_STREQ(status_code_name(StatusCode::DEADLINE_EXCEEDED), "DEADLINE_EXCEEDED");
  EXPECT_STREQ(error_kind_name(ErrorKind::kChecksumMismatch), "checksum_mismatch");
}

}  // namespace
}  // namespace modelparity::server
