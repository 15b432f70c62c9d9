#include "loader/manifest.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "loader/negotiate.hpp"
#include "loader/text.hpp"
#include "loader/version.hpp"

namespace backplane {
namespace {

using nlohmann::json;

constexpr size_t kMostBytes = 65536;

Status wrong(const std::string& key, const std::string& what) {
  return invalid_argument("\"" + key + "\" " + what);
}

Status read_text(const json& object, const char* key, std::string& text) {
  const auto found = object.find(key);
  if (found == object.end()) return wrong(key, "is missing");
  if (!found->is_string())
    return wrong(key, std::string("is of type ") + found->type_name() + ", and must be a string");
  text = found->get<std::string>();
  if (text.empty()) return wrong(key, "is empty");
  if (text.find('\0') != std::string::npos) return wrong(key, "has a NUL character in it");
  return {};
}

Status check_library(const std::string& name) {
  if (name.find('/') == std::string::npos && name != "." && name != "..") return {};
  return wrong("library", "is \"" + printable(name) +
                              "\"; it must be a file's name, in the manifest's own folder");
}

Status read_fields(const json& object, Manifest& manifest) {
  std::string abi;
  for (const auto& [key, text] :
       {std::pair{"id", &manifest.id}, std::pair{"library", &manifest.library},
        std::pair{"abi", &abi}, std::pair{"version", &manifest.version}})
    if (Status status = read_text(object, key, *text); !status.ok()) return status;
  if (!is_reverse_dns(manifest.id.c_str()))
    return wrong("id", "is \"" + printable(manifest.id, 100) +
                           "\", which is no reverse DNS name, as \"com.acme.x100\" is");
  if (Status status = check_library(manifest.library); !status.ok()) return status;
  const Result<bp_version_t> abi_version = parse_abi_version(abi);
  if (!abi_version.ok()) return abi_version.status().in("\"abi\"");
  manifest.abi = *abi_version;
  const Result<Version> version = parse_version(manifest.version);
  return version.ok() ? Status() : version.status().in("\"version\"");
}

std::string syntax_error(const json::parse_error& error) {
  return "it is no JSON: the error is at byte " + std::to_string(error.byte);
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view bytes) {
  if (bytes.size() > kMostBytes)
    return invalid_argument("it has " + std::to_string(bytes.size()) + " bytes; at most " +
                            std::to_string(kMostBytes) + " are read");
  json object;
  try {
    object = json::parse(bytes);
  } catch (const json::parse_error& error) {
    return invalid_argument(syntax_error(error));
  } catch (const json::exception&) {  // numbers beyond a double are an error of another kind
    return invalid_argument("it is no JSON that can be read: a number in it is too large");
  }
  if (!object.is_object())
    return invalid_argument(std::string("it is a JSON ") + object.type_name() +
                            ", and must be an object");
  Manifest manifest;
  const Status status = read_fields(object, manifest);
  return status.ok() ? Result<Manifest>(std::move(manifest)) : status;
}

std::string manifest_path(const std::string& library_path) {
  return std::filesystem::path(library_path).replace_extension(".json").string();
}

Result<Manifest> read_manifest(const std::string& library_path) {
  const std::string path = manifest_path(library_path);
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    return Status(BP_STATUS_NOT_READY, path + ": there is none");
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kMostBytes + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad() || (file.fail() && !file.eof())) return invalid_argument(path + ": unreadable");
  bytes.resize(static_cast<size_t>(file.gcount()));
  Result<Manifest> manifest = parse_manifest(bytes);
  if (!manifest.ok()) return manifest.status().in(path);
  const std::string name = std::filesystem::path(library_path).filename().string();
  if (manifest->library != name)
    return wrong("library",
                 "is \"" + printable(manifest->library) + "\", and the file beside it is " + name)
        .in(path);
  return manifest;
}

}  // namespace backplane
