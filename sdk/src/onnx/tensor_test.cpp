#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "onnx/model_builder.hpp"
#include "onnx/reader.hpp"

namespace backplane::onnx {
namespace {

using format::TensorProto;
using testing::HasSubstr;

TensorProto tensor_of(int dtype, const std::vector<int64_t>& dims) {
  TensorProto tensor;
  tensor.set_name("t");
  tensor.set_data_type(dtype);
  for (const int64_t size : dims) tensor.add_dims(size);
  return tensor;
}

Result<NamedTensor> read(const TensorProto& tensor) {
  const std::string bytes = tensor.SerializeAsString();
  return read_tensor(bytes.data(), bytes.size());
}

std::string failure(const TensorProto& tensor) {
  const Result<NamedTensor> result = read(tensor);
  if (result.ok()) return "OK";
  return std::string(status_name(result.status().code())) + ": " + result.status().text();
}

template <class T>
std::vector<T> values_of(const Result<NamedTensor>& tensor) {
  if (!tensor.ok()) {
    ADD_FAILURE() << tensor.status().text();
    return {};
  }
  std::vector<T> values(*byte_size(tensor->value->type) / sizeof(T));
  if (!values.empty())
    std::memcpy(values.data(), tensor->value->bytes(), values.size() * sizeof(T));
  return values;
}

// int32_data holds every small type; what it must become is written out here by hand.
template <class T>
std::vector<T> from_int32_data(bp_dtype_t dtype, const std::vector<int32_t>& values) {
  TensorProto tensor = tensor_of(static_cast<int>(dtype), {static_cast<int64_t>(values.size())});
  for (const int32_t value : values) tensor.add_int32_data(value);
  return values_of<T>(read(tensor));
}

TEST(Tensor, Int32DataHoldsEverySmallType) {
  EXPECT_EQ(from_int32_data<int32_t>(BP_DTYPE_INT32, {INT32_MIN, -1, INT32_MAX}),
            (std::vector<int32_t>{INT32_MIN, -1, INT32_MAX}));
  EXPECT_EQ(from_int32_data<int16_t>(BP_DTYPE_INT16, {-32768, 32767}),
            (std::vector<int16_t>{-32768, 32767}));
  EXPECT_EQ(from_int32_data<int8_t>(BP_DTYPE_INT8, {-128, 127}), (std::vector<int8_t>{-128, 127}));
  EXPECT_EQ(from_int32_data<uint16_t>(BP_DTYPE_UINT16, {0, 65535}),
            (std::vector<uint16_t>{0, 65535}));
  EXPECT_EQ(from_int32_data<uint8_t>(BP_DTYPE_UINT8, {0, 255}), (std::vector<uint8_t>{0, 255}));
  EXPECT_EQ(from_int32_data<uint8_t>(BP_DTYPE_BOOL, {0, 1, 1}), (std::vector<uint8_t>{0, 1, 1}));
  EXPECT_EQ(from_int32_data<uint16_t>(BP_DTYPE_FLOAT16, {0x3c00, 0xfc00}),
            (std::vector<uint16_t>{0x3c00, 0xfc00}));
  EXPECT_EQ(from_int32_data<uint16_t>(BP_DTYPE_BFLOAT16, {0x3f80}),
            (std::vector<uint16_t>{0x3f80}));
  EXPECT_EQ(from_int32_data<uint8_t>(BP_DTYPE_FLOAT8E4M3FN, {0x7e}), (std::vector<uint8_t>{0x7e}));
  EXPECT_EQ(from_int32_data<uint8_t>(BP_DTYPE_FLOAT8E5M2, {0xfc}), (std::vector<uint8_t>{0xfc}));
}

TEST(Tensor, FourBitTypesHaveTwoElementsInAByte) {
  TensorProto tensor = tensor_of(BP_DTYPE_INT4, {3});
  tensor.add_int32_data(0x21);
  tensor.add_int32_data(0x03);
  EXPECT_EQ(values_of<uint8_t>(read(tensor)), (std::vector<uint8_t>{0x21, 0x03}));
  tensor.set_int32_data(1, 0x43);
  EXPECT_EQ(failure(tensor),
            "CORRUPT: tensor \"t\": the half byte after the last element is not 0");
  tensor.add_int32_data(0);
  EXPECT_EQ(failure(tensor), "CORRUPT: tensor \"t\": int4[3] has 2 values, and int32_data has 3");
}

TEST(Tensor, EveryWideTypeHasItsField) {
  TensorProto floats = tensor_of(BP_DTYPE_FLOAT32, {2});
  floats.add_float_data(1.5f);
  floats.add_float_data(-0.0f);
  EXPECT_EQ(values_of<uint32_t>(read(floats)), (std::vector<uint32_t>{0x3fc00000, 0x80000000}));
  TensorProto doubles = tensor_of(BP_DTYPE_FLOAT64, {1});
  doubles.add_double_data(1e300);
  EXPECT_EQ(values_of<double>(read(doubles)), (std::vector<double>{1e300}));
  TensorProto longs = tensor_of(BP_DTYPE_INT64, {2});
  longs.add_int64_data(INT64_MIN);
  longs.add_int64_data(INT64_MAX);
  EXPECT_EQ(values_of<int64_t>(read(longs)), (std::vector<int64_t>{INT64_MIN, INT64_MAX}));
  TensorProto unsigned_longs = tensor_of(BP_DTYPE_UINT64, {1});
  unsigned_longs.add_uint64_data(UINT64_MAX);
  EXPECT_EQ(values_of<uint64_t>(read(unsigned_longs)), (std::vector<uint64_t>{UINT64_MAX}));
  TensorProto unsigned_ints = tensor_of(BP_DTYPE_UINT32, {1});
  unsigned_ints.add_uint64_data(UINT32_MAX);
  EXPECT_EQ(values_of<uint32_t>(read(unsigned_ints)), (std::vector<uint32_t>{UINT32_MAX}));
}

TEST(Tensor, AValueOutsideItsTypeIsCorrupt) {
  const auto one = [](int dtype, int32_t value) {
    TensorProto tensor = tensor_of(dtype, {1});
    tensor.add_int32_data(value);
    return failure(tensor);
  };
  EXPECT_EQ(one(BP_DTYPE_UINT8, 256), "CORRUPT: tensor \"t\": value 0 is 256, no uint8");
  EXPECT_EQ(one(BP_DTYPE_UINT8, -1), "CORRUPT: tensor \"t\": value 0 is -1, no uint8");
  EXPECT_EQ(one(BP_DTYPE_INT8, 128), "CORRUPT: tensor \"t\": value 0 is 128, no int8");
  EXPECT_EQ(one(BP_DTYPE_BOOL, 2), "CORRUPT: tensor \"t\": value 0 is 2, no bool");
  EXPECT_EQ(one(BP_DTYPE_FLOAT16, 65536), "CORRUPT: tensor \"t\": value 0 is 65536, no float16");
  TensorProto wide = tensor_of(BP_DTYPE_UINT32, {1});
  wide.add_uint64_data(1ULL << 32);
  EXPECT_EQ(failure(wide), "CORRUPT: tensor \"t\": value 0 is 4294967296, no uint32");
}

TEST(Tensor, RawBytesAreTakenAsTheyAre) {
  for (const size_t count : {1u, 3u, 4u, 1000u}) {  // short strings lie elsewhere than long ones
    TensorProto tensor = tensor_of(BP_DTYPE_FLOAT64, {static_cast<int64_t>(count)});
    std::vector<double> values(count);
    for (size_t at = 0; at < count; ++at) values[at] = static_cast<double>(at) + 0.25;
    tensor.set_raw_data(values.data(), values.size() * sizeof(double));
    const Result<NamedTensor> result = read(tensor);
    EXPECT_EQ(values_of<double>(result), values);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(result->value->bytes()) % sizeof(double), 0u);
    EXPECT_EQ(result->name, "t");
    EXPECT_NE(result->value->id, 0u);
  }
}

TEST(Tensor, ARawBoolIsZeroOrOne) {
  TensorProto tensor = tensor_of(BP_DTYPE_BOOL, {3});
  tensor.set_raw_data(std::string("\1\0\1", 3));
  EXPECT_EQ(values_of<uint8_t>(read(tensor)), (std::vector<uint8_t>{1, 0, 1}));
  tensor.set_raw_data(std::string("\1\0\xff", 3));
  EXPECT_EQ(failure(tensor), "CORRUPT: tensor \"t\": bool 2 is 255");
}

TEST(Tensor, AScalarAndAnEmptyTensorAreTensors) {
  TensorProto scalar = tensor_of(BP_DTYPE_FLOAT32, {});
  scalar.add_float_data(7);
  EXPECT_EQ(values_of<float>(read(scalar)), (std::vector<float>{7}));
  EXPECT_EQ(read(scalar)->value->type.rank, 0);
  EXPECT_EQ(failure(tensor_of(BP_DTYPE_FLOAT32, {3, 0, 5})), "OK");
  EXPECT_EQ(failure(tensor_of(BP_DTYPE_FLOAT32, {INT64_MAX, 0, INT64_MAX})), "OK");
}

TEST(Tensor, TooFewOrTooManyBytesAreCorrupt) {
  TensorProto raw = tensor_of(BP_DTYPE_FLOAT32, {2, 3});
  raw.set_raw_data(std::string(20, 'x'));
  EXPECT_EQ(failure(raw), "CORRUPT: tensor \"t\": float32[2,3] is 24 bytes, and raw_data has 20");
  TensorProto typed = tensor_of(BP_DTYPE_FLOAT32, {2, 3});
  typed.add_float_data(1);
  EXPECT_EQ(failure(typed),
            "CORRUPT: tensor \"t\": float32[2,3] has 6 values, and float_data has 1");
  EXPECT_EQ(failure(tensor_of(BP_DTYPE_FLOAT32, {})),
            "CORRUPT: tensor \"t\": float32[] has 1 values, and float_data has 0");
}

TEST(Tensor, AClaimOfMoreThanMemoryIsCorruptAndAllocatesNothing) {
  EXPECT_THAT(failure(tensor_of(BP_DTYPE_FLOAT32, {1LL << 62})),
              HasSubstr("CORRUPT: tensor \"t\": float32[4611686018427387904] is larger"));
  EXPECT_THAT(failure(tensor_of(BP_DTYPE_FLOAT32, {1LL << 40, 1LL << 40})), HasSubstr("CORRUPT: "));
  EXPECT_EQ(failure(tensor_of(BP_DTYPE_FLOAT32, {1LL << 40})),
            "CORRUPT: tensor \"t\": float32[1099511627776] has 1099511627776 values, and "
            "float_data has 0");
}

TEST(Tensor, ANegativeSizeIsCorrupt) {
  EXPECT_EQ(failure(tensor_of(BP_DTYPE_FLOAT32, {2, -3})),
            "CORRUPT: tensor \"t\": axis 1 has size -3");
}

TEST(Tensor, ValuesInTwoPlacesOrTheWrongOneAreCorrupt) {
  TensorProto both = tensor_of(BP_DTYPE_FLOAT32, {1});
  both.add_float_data(1);
  both.set_raw_data("abcd");
  EXPECT_EQ(failure(both), "CORRUPT: tensor \"t\": its values are in two places");
  TensorProto wrong = tensor_of(BP_DTYPE_FLOAT32, {1});
  wrong.add_int64_data(1);
  EXPECT_EQ(failure(wrong),
            "CORRUPT: tensor \"t\": it has values in other fields than float_data, where float32 "
            "belongs");
}

TEST(Tensor, WhatTheHostDoesNotReadIsRefusedInWords) {
  EXPECT_EQ(failure(tensor_of(TensorProto::STRING, {1})),
            "UNSUPPORTED: string: a tensor of strings (tensor \"t\")");
  EXPECT_EQ(failure(tensor_of(TensorProto::COMPLEX64, {1})),
            "UNSUPPORTED: no schema yet: element type 14 of the format (tensor \"t\")");
  EXPECT_EQ(failure(tensor_of(BP_DTYPE_FLOAT32, {1, 1, 1, 1, 1, 1, 1, 1, 1})),
            "UNSUPPORTED: no schema yet: rank 9, at most 8 is possible (tensor \"t\")");
  TensorProto segmented = tensor_of(BP_DTYPE_FLOAT32, {1});
  segmented.mutable_segment()->set_begin(0);
  EXPECT_EQ(failure(segmented), "UNSUPPORTED: no schema yet: a tensor in segments (tensor \"t\")");
  EXPECT_EQ(failure(tensor_of(0, {1})), "CORRUPT: tensor \"t\": it has no element type");
  EXPECT_THAT(failure(tensor_of(-5, {1})), HasSubstr("element type -5"));
}

TEST(Tensor, ATensorFileAloneHasNoExternalBytes) {
  TensorProto tensor = tensor_of(BP_DTYPE_FLOAT32, {1});
  tensor.set_data_location(TensorProto::EXTERNAL);
  auto* entry = tensor.add_external_data();
  entry->set_key("location");
  entry->set_value("w.bin");
  EXPECT_EQ(failure(tensor),
            "INVALID_ARGUMENT: tensor \"t\": external data: it is in \"w.bin\", and no folder to "
            "look in was given");
}

TEST(Tensor, BytesThatAreNoTensorAreCorrupt) {
  EXPECT_EQ(read_tensor("", 0).status().text(), "no ONNX tensor: it is empty");
  EXPECT_EQ(read_tensor("\xff\xff\xff", 3).status().text(),
            "no ONNX tensor: the 3 bytes are cut short, damaged or of another format");
  EXPECT_EQ(read_tensor_file("/nowhere/x.pb").status().text(),
            "\"/nowhere/x.pb\": cannot be opened: No such file or directory");
  EXPECT_EQ(read_tensor_file("/dev/zero").status().text(), "\"/dev/zero\": is not a regular file");
  EXPECT_EQ(read_tensor_file("/").status().text(), "\"/\": is not a regular file");
}

}  // namespace
}  // namespace backplane::onnx
