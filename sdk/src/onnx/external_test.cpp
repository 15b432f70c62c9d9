#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "onnx/model_builder.hpp"

namespace backplane::onnx {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A folder with w.bin, 64 bytes, and outside of it secret.bin.
class External : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "backplane-external-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    folder_ = top_ / "model";
    fs::create_directories(folder_ / "sub");
    write(folder_ / "w.bin", 64);
    write(folder_ / "sub" / "deep.bin", 64);
    write(top_ / "secret.bin", 64);
    fs::create_symlink(top_ / "secret.bin", folder_ / "escape.bin");
    fs::create_symlink("sub/deep.bin", folder_ / "inside.bin");
    fs::create_directory_symlink(top_, folder_ / "up");
  }
  void TearDown() override { fs::remove_all(top_); }

  static void write(const fs::path& path, int size) {
    std::ofstream file(path, std::ios::binary);
    for (int at = 0; at < size; ++at) file.put(static_cast<char>(at));
  }

  // y = x + w, w: float32[4] in a file.
  ModelBuilder model(const std::vector<std::pair<std::string, std::string>>& entries) const {
    ModelBuilder builder;
    builder.input("x", {4});
    builder.output("y", {4});
    builder.node("Add", {"x", "w"}, {"y"});
    auto& tensor = builder.floats("w", {4}, {});
    tensor.set_data_location(format::TensorProto::EXTERNAL);
    for (const auto& [key, value] : entries) {
      auto* entry = tensor.add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    return builder;
  }

  std::string failure(const std::vector<std::pair<std::string, std::string>>& entries) const {
    return model(entries).failure({folder_.string()});
  }

  unsigned char first_byte(const std::vector<std::pair<std::string, std::string>>& entries) const {
    const Result<graph::Graph> graph = model(entries).read({folder_.string()});
    EXPECT_TRUE(graph.ok()) << graph.status().text();
    if (!graph.ok()) return 0;
    const graph::Value& value = graph->value(graph->find("w"));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(value.constant->bytes()) % sizeof(float), 0u);
    return *static_cast<const unsigned char*>(value.constant->bytes());
  }

  fs::path top_;
  fs::path folder_;
};

TEST_F(External, BytesComeFromTheFileAtTheOffset) {
  EXPECT_EQ(first_byte({{"location", "w.bin"}}), 0);
  EXPECT_EQ(first_byte({{"location", "w.bin"}, {"offset", "48"}, {"length", "16"}}), 48);
  EXPECT_EQ(first_byte({{"location", "sub/deep.bin"}, {"offset", "4"}}), 4);
  EXPECT_EQ(first_byte({{"location", "./w.bin"}, {"offset", "8"}}), 8);
  EXPECT_EQ(first_byte({{"location", "inside.bin"}, {"checksum", "ignored"}}), 0);
}

TEST_F(External, AnUnalignedOffsetIsCopiedToAnAlignedPlace) {
  EXPECT_EQ(first_byte({{"location", "w.bin"}, {"offset", "5"}}), 5);
}

TEST_F(External, TheBytesOutliveTheGraph) {
  ops::ConstantPtr constant;
  {
    const Result<graph::Graph> graph = model({{"location", "w.bin"}}).read({folder_.string()});
    ASSERT_TRUE(graph.ok());
    constant = graph->value(graph->find("w")).constant;
  }
  EXPECT_EQ(static_cast<const unsigned char*>(constant->bytes())[15], 15);
}

TEST_F(External, ARangeOutsideTheFileIsCorrupt) {
  EXPECT_EQ(failure({{"location", "w.bin"}, {"offset", "49"}}),
            "CORRUPT: initializer \"w\": external data: \"w.bin\" has 64 bytes, and the tensor is "
            "16 bytes at 49");
  EXPECT_THAT(failure({{"location", "w.bin"}, {"offset", "18446744073709551615"}}),
              HasSubstr("CORRUPT: "));
  EXPECT_EQ(failure({{"location", "w.bin"}, {"length", "64"}}),
            "CORRUPT: initializer \"w\": external data: length is 64, and the tensor has 16 bytes");
}

TEST_F(External, ANumberThatIsNoneIsCorrupt) {
  for (const char* text : {"", "-1", "1x", " 1", "0x10", "18446744073709551616"})
    EXPECT_THAT(failure({{"location", "w.bin"}, {"offset", text}}),
                HasSubstr("CORRUPT: initializer \"w\": external data: offset "))
        << text;
  EXPECT_EQ(failure({}), "CORRUPT: initializer \"w\": external data: there is no location");
}

TEST_F(External, NoPathLeadsOutOfTheFolder) {
  const std::string absolute = (folder_ / "w.bin").string();
  EXPECT_EQ(failure({{"location", absolute}}).rfind("CORRUPT: ", 0), 0u);
  for (const char* path : {"../secret.bin", "sub/../../secret.bin", "sub/../w.bin"})
    EXPECT_THAT(failure({{"location", path}}),
                HasSubstr("CORRUPT: initializer \"w\": external data: \"" + std::string(path) +
                          "\" is not a path inside the model's folder"));
  for (const char* path : {"escape.bin", "up/secret.bin"})
    EXPECT_EQ(failure({{"location", path}}), "CORRUPT: initializer \"w\": external data: \"" +
                                                 std::string(path) +
                                                 "\" leads out of the model's folder");
  EXPECT_THAT(failure({{"location", std::string("w.bin\0x", 7)}}),
              HasSubstr("is not a path inside the model's folder"));
}

TEST_F(External, AFolderOfAnotherNameThatBeginsAlikeIsOutside) {
  fs::create_directories(top_ / "model-two");
  write(top_ / "model-two" / "w.bin", 64);
  fs::create_symlink(top_ / "model-two" / "w.bin", folder_ / "twin.bin");
  EXPECT_THAT(failure({{"location", "twin.bin"}}), HasSubstr("leads out of the model's folder"));
}

TEST_F(External, WhatIsNoFileIsRefusedWithoutWaiting) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(failure({{"location", "pipe"}}), HasSubstr("\"pipe\": is not a regular file"));
  EXPECT_THAT(failure({{"location", "sub"}}), HasSubstr("\"sub\": is not a regular file"));
  EXPECT_THAT(failure({{"location", "gone.bin"}}),
              HasSubstr("INVALID_ARGUMENT: initializer \"w\": external data: \"gone.bin\": No such "
                        "file or directory"));
}

TEST_F(External, WithoutAFolderSuchAModelIsRefused) {
  EXPECT_EQ(model({{"location", "w.bin"}}).failure(),
            "INVALID_ARGUMENT: initializer \"w\": external data: it is in \"w.bin\", and no folder "
            "to look in was given");
}

TEST_F(External, BytesInTheModelAsWellAreCorrupt) {
  ModelBuilder builder = model({{"location", "w.bin"}});
  builder.graph().mutable_initializer(0)->set_raw_data("abcd");
  EXPECT_EQ(builder.failure({folder_.string()}),
            "CORRUPT: initializer \"w\": its values are in two places");
}

TEST_F(External, AFilesOwnFolderIsWhereItsWeightsAre) {
  const ModelBuilder builder = model({{"location", "w.bin"}, {"offset", "4"}});
  std::ofstream file(folder_ / "m.onnx", std::ios::binary);
  file << builder.proto.SerializeAsString();
  file.close();
  const Result<graph::Graph> graph = read_model_file((folder_ / "m.onnx").string());
  ASSERT_TRUE(graph.ok()) << graph.status().text();
  EXPECT_EQ(*static_cast<const unsigned char*>(graph->value(graph->find("w")).constant->bytes()),
            4);
}

}  // namespace
}  // namespace backplane::onnx
