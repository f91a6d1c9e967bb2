// EXPECT_ERROR(statement, kind, part): the statement throws modelparity::Error of that kind, with
// `part` in a message of one line.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "modelparity/error.h"

#define EXPECT_ERROR(statement, kind, part)                                             \
  try {                                                                                 \
    statement;                                                                          \
    ADD_FAILURE() << "no error; expected: " << (part);                                  \
  } catch (const modelparity::Error& error) {                                           \
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(kind)) << error.what();  \
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what(); \
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what(); \
  }
