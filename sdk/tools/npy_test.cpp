#include "npy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "support/tensor_type.hpp"

namespace backplane {
namespace {

using testing::HasSubstr;

// A file as NumPy lays it out, from its format's description.
std::string file_of(const std::string& header, const std::string& data, char version = 1) {
  std::string file = "\x93NUMPY";
  file += version;
  file += '\0';
  const size_t bytes = version == 1 ? 2 : 4;
  for (size_t i = 0; i < bytes; ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return file + header + data;
}

std::string header_of(const std::string& descr, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }          \n";
}

TEST(Npy, ReadsWhatNumpyWrites) {
  const float values[] = {1, -2.5f, 3};
  const std::string data(reinterpret_cast<const char*>(values), sizeof values);
  for (char version : {1, 2}) {
    const Result<NpyArray> array = parse_npy(file_of(header_of("<f4", "(3,)"), data, version));
    ASSERT_TRUE(array.ok()) << array.status().text();
    EXPECT_EQ(to_text(array->type), "float32[3]");
    EXPECT_EQ(std::string(array->bytes.begin(), array->bytes.end()), data);
  }
  const Result<NpyArray> scalar = parse_npy(file_of(header_of("<i8", "()"), std::string(8, '\1')));
  ASSERT_TRUE(scalar.ok()) << scalar.status().text();
  EXPECT_EQ(to_text(scalar->type), "int64[]");
}

TEST(Npy, KeysComeInAnyOrderWithEitherQuote) {
  const std::string header = "{ \"shape\" : (2, 1,), \"fortran_order\":False,  \"descr\":\"|b1\" }";
  const Result<NpyArray> array = parse_npy(file_of(header, "\1\1"));
  ASSERT_TRUE(array.ok()) << array.status().text();
  EXPECT_EQ(to_text(array->type), "bool[2,1]");
}

TEST(Npy, WhatIsWrittenIsReadBack) {
  for (bp_dtype_t dtype : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16})
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{3}, Shape{2, 3, 4}}) {
      const bp_tensor_type_t type = tensor_type(dtype, shape);
      std::vector<char> bytes(*byte_size(type));
      for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
      const Result<std::string> file = format_npy(type, bytes.data());
      ASSERT_TRUE(file.ok());
      EXPECT_EQ((file->size() - bytes.size()) % 64, 0u) << "NumPy aligns the data";
      const Result<NpyArray> array = parse_npy(*file);
      ASSERT_TRUE(array.ok()) << array.status().text();
      EXPECT_TRUE(same_type(array->type, type));
      EXPECT_EQ(array->bytes, bytes);
    }
}

TEST(Npy, RefusalsSayWhatWasFound) {
  const auto refusal = [](const std::string& file) { return parse_npy(file).status().text(); };
  EXPECT_THAT(refusal(""), HasSubstr("no .npy file"));
  EXPECT_THAT(refusal("PK\3\4 this is a zip file"), HasSubstr("no .npy file"));
  EXPECT_THAT(refusal(file_of(header_of("<f4", "(3,)"), "", 3)), HasSubstr("version 3.0"));
  EXPECT_THAT(refusal(file_of(header_of(">f4", "(1,)"), "1234")), HasSubstr("'>f4'"));
  EXPECT_THAT(refusal(file_of(header_of("|O", "(1,)"), "1234")), HasSubstr("'|O'"));
  EXPECT_THAT(refusal(file_of(header_of("<c8", "(1,)"), "12345678")), HasSubstr("'<c8'"));
  EXPECT_THAT(refusal(file_of(header_of("<f4", "(3,)"), "1234")),
              HasSubstr("has 4 bytes of data, and float32[3] is 12"));
  EXPECT_THAT(refusal(file_of(header_of("<f4", "(1,1,1,1,1,1,1,1,1)"), "1234")),
              HasSubstr("rank 9"));
  EXPECT_THAT(refusal(file_of(header_of("<f4", "(4611686018427387904, 4)"), "")),
              HasSubstr("more elements than can be counted"));
  EXPECT_THAT(refusal(file_of(header_of("<f4", "(99999999999999999999,)"), "")),
              HasSubstr("'shape'"));
  EXPECT_THAT(refusal(file_of(header_of("<f4", "(-1,)"), "")), HasSubstr("'shape'"));
  EXPECT_THAT(refusal(file_of("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "1234")),
              HasSubstr("Fortran order"));
  EXPECT_THAT(refusal(file_of("{'descr': '<f4', 'shape': (1,), }", "1234")), HasSubstr("lacks"));
  EXPECT_THAT(refusal(file_of("{'descr': '<f4', 'answer': 42}", "1234")), HasSubstr("'answer'"));
}

TEST(Npy, FilesCutOrChangedAnywhereAreReadOrRefusedAndNothingElse) {
  const std::string file = file_of(header_of("<f4", "(2, 3)"), std::string(24, 'x'));
  for (size_t length = 0; length < file.size(); ++length)
    EXPECT_FALSE(parse_npy(file.substr(0, length)).ok());
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string changed = file;
    for (int i = 0; i < 1 + round % 3; ++i)
      changed[random() % changed.size()] = static_cast<char>(random());
    const Result<NpyArray> array = parse_npy(changed);
    if (array.ok()) {
      EXPECT_EQ(array->bytes.size(), *byte_size(array->type));
    }
  }
}

TEST(Npy, AFileThatIsNotThereIsNamed) {
  EXPECT_THAT(read_npy_file("/nowhere/x.npy").status().text(),
              HasSubstr("/nowhere/x.npy: No such"));
}

}  // namespace
}  // namespace backplane
