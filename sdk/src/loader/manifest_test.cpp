#include "loader/manifest.hpp"

#include <gtest/gtest.h>

#include "loader/test_support.hpp"

namespace backplane {
namespace {

constexpr char kGood[] =
    R"({"id": "com.acme.x100", "library": "libbp_acme.so", "abi": "0.2", "version": "2.3.1"})";

std::string refusal_of(const std::string& bytes) {
  const Result<Manifest> manifest = parse_manifest(bytes);
  if (manifest.ok()) return "none";
  EXPECT_EQ(manifest.status().code(), BP_STATUS_INVALID_ARGUMENT);
  return manifest.status().text();
}

// kGood with one value, quotes and all, in place of another.
std::string with(const std::string& key, const std::string& value) {
  std::string text = kGood;
  const size_t begin = text.find("\"" + key + "\": ") + key.size() + 4;
  const size_t end = text.find_first_of(",}", begin);
  return text.replace(begin, end - begin, value);
}

TEST(Manifest, AWholeOneIsRead) {
  const Result<Manifest> manifest = parse_manifest(kGood);
  ASSERT_TRUE(manifest.ok()) << manifest.status().text();
  EXPECT_EQ(manifest->id, "com.acme.x100");
  EXPECT_EQ(manifest->library, "libbp_acme.so");
  EXPECT_EQ(manifest->abi.major, 0u);
  EXPECT_EQ(manifest->abi.minor, 2u);
  EXPECT_EQ(manifest->version, "2.3.1");
}

TEST(Manifest, KeysThatItDoesNotKnowArePassedOver) {
  EXPECT_EQ(refusal_of(with("version", R"("2.3.1", "later": [1, {"deep": null}])")), "none");
}

TEST(Manifest, EveryKeyIsMissedByName) {
  for (const std::string key : {"id", "library", "abi", "version"}) {
    std::string text = kGood;
    text.replace(text.find("\"" + key + "\""), key.size() + 2, "\"x\"");
    EXPECT_EQ(refusal_of(text), "\"" + key + "\" is missing");
  }
}

TEST(Manifest, EveryWrongValueIsNamed) {
  EXPECT_EQ(refusal_of(with("id", "7")), "\"id\" is of type number, and must be a string");
  EXPECT_EQ(refusal_of(with("abi", "0.1")), "\"abi\" is of type number, and must be a string");
  EXPECT_EQ(refusal_of(with("version", "null")),
            "\"version\" is of type null, and must be a string");
  EXPECT_EQ(refusal_of(with("id", "\"\"")), "\"id\" is empty");
  EXPECT_EQ(refusal_of(with("id", R"("com.acme\u0000.x")")), "\"id\" has a NUL character in it");
  EXPECT_EQ(refusal_of(with("id", "\"acme\"")),
            "\"id\" is \"acme\", which is no reverse DNS name, as \"com.acme.x100\" is");
  EXPECT_EQ(refusal_of(with("abi", "\"1\"")),
            "\"abi\": ABI version \"1\" is not of the form \"0.2\"");
  EXPECT_EQ(refusal_of(with("version", "\"new\"")),
            "\"version\": version \"new\" is not semantic, as \"2.3.1\" or \"2.3.1-rc.1\" are");
}

TEST(Manifest, ItsLibraryLiesInItsOwnFolder) {
  for (const char* name : {"../libbp_acme.so", "/usr/lib/libbp_acme.so", "a/b.so", "..", "."})
    EXPECT_EQ(refusal_of(with("library", "\"" + std::string(name) + "\"")),
              "\"library\" is \"" + std::string(name) +
                  "\"; it must be a file's name, in the manifest's own folder");
}

TEST(Manifest, WhatIsNoJsonObjectIsRefused) {
  EXPECT_EQ(refusal_of(""), "it is no JSON: the error is at byte 1");
  EXPECT_EQ(refusal_of("{\"id\": }"), "it is no JSON: the error is at byte 8");
  EXPECT_EQ(refusal_of("[]"), "it is a JSON array, and must be an object");
  EXPECT_EQ(refusal_of("\"text\""), "it is a JSON string, and must be an object");
  EXPECT_NE(refusal_of("{\"id\": \"\xff\xfe\"}"), "none") << "bytes that are no UTF-8";
  EXPECT_EQ(refusal_of("{\"id\": 1e999}"),
            "it is no JSON that can be read: a number in it is too large");
}

TEST(Manifest, CutAnywhereItIsRefused) {
  const std::string whole = kGood;
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(refusal_of(whole.substr(0, size)), "none") << size;
}

TEST(Manifest, DepthAndSizeDoNoHarm) {
  EXPECT_NE(refusal_of(std::string(60'000, '[')), "none");
  EXPECT_NE(refusal_of("{\"a\":" + std::string(30'000, '[') + std::string(30'000, ']') + "}"),
            "none");
  EXPECT_EQ(refusal_of(std::string(70'000, ' ')), "it has 70000 bytes; at most 65536 are read");
}

TEST(Manifest, ItStandsBesideTheLibraryUnderItsName) {
  const TemporaryFolder folder;
  EXPECT_EQ(manifest_path("/opt/x/libbp_acme.so"), "/opt/x/libbp_acme.json");
  EXPECT_EQ(read_manifest(folder / "libbp_acme.so").status().code(), BP_STATUS_NOT_READY);
  folder.write("libbp_acme.json", kGood);
  EXPECT_EQ(read_manifest(folder / "libbp_acme.so")->id, "com.acme.x100");
  folder.write("libbp_other.json", kGood);
  EXPECT_EQ(read_manifest(folder / "libbp_other.so").status().text(),
            folder / "libbp_other.json" +
                ": \"library\" is \"libbp_acme.so\", and the file beside it is libbp_other.so");
}

}  // namespace
}  // namespace backplane
