#include "onnx/external.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "onnx/text.hpp"

namespace backplane::onnx {
namespace {

namespace fs = std::filesystem;

struct Place {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

Result<uint64_t> number(const std::string& key, const std::string& text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || last != end)
    return corrupt(fmt::format("external data: {} {} is no number", key, quoted(text)));
  return value;
}

Result<Place> place_of(const format::TensorProto& tensor) {
  Place place;
  for (const format::StringStringEntryProto& entry : tensor.external_data()) {
    if (entry.key() == "location") place.location = entry.value();
    if (entry.key() != "offset" && entry.key() != "length") continue;
    const Result<uint64_t> value = number(entry.key(), entry.value());
    if (!value.ok()) return value.status();
    if (entry.key() == "offset")
      place.offset = *value;
    else
      place.length = *value;
  }
  if (place.location.empty()) return corrupt("external data: there is no location");
  return place;
}

bool is_inside(const fs::path& folder, const fs::path& file) {
  return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first ==
         folder.end();
}

}  // namespace

Result<std::shared_ptr<const void>> ExternalFiles::bytes_of(const format::TensorProto& tensor,
                                                            uint64_t size) {
  const Result<Place> place = place_of(tensor);
  if (!place.ok()) return place.status();
  if (place->length && *place->length != size)
    return corrupt(fmt::format("external data: length is {}, and the tensor has {} bytes",
                               *place->length, size));
  const Result<std::string> path = path_of(place->location);
  if (!path.ok()) return path.status();
  const Result<std::shared_ptr<const MappedFile>> file = file_at(*path);
  if (!file.ok()) return file.status().in("external data: " + quoted(place->location));
  const uint64_t there = (*file)->size();
  if (place->offset > there || size > there - place->offset)
    return corrupt(fmt::format("external data: {} has {} bytes, and the tensor is {} bytes at {}",
                               quoted(place->location), there, size, place->offset));
  return std::shared_ptr<const void>(*file, (*file)->bytes() + place->offset);
}

// The canonical path has no link left in it, so one that leads out of the folder is seen.
Result<std::string> ExternalFiles::path_of(const std::string& location) const {
  if (folder_.empty())
    return invalid_argument(fmt::format(
        "external data: it is in {}, and no folder to look in was given", quoted(location)));
  const fs::path relative(location);
  if (location.find('\0') != std::string::npos || relative.is_absolute() ||
      std::find(relative.begin(), relative.end(), "..") != relative.end())
    return corrupt(
        fmt::format("external data: {} is not a path inside the model's folder", quoted(location)));
  std::error_code error;
  const fs::path folder = fs::canonical(folder_, error);
  const fs::path file = error ? fs::path() : fs::canonical(folder / relative, error);
  if (error)
    return invalid_argument(
        fmt::format("external data: {}: {}", quoted(location), error.message()));
  if (!is_inside(folder, file))
    return corrupt(
        fmt::format("external data: {} leads out of the model's folder", quoted(location)));
  return file.string();
}

Result<std::shared_ptr<const MappedFile>> ExternalFiles::file_at(const std::string& path) {
  const auto known = files_.find(path);
  if (known != files_.end()) return known->second;
  Result<std::shared_ptr<const MappedFile>> file = MappedFile::open(path);
  if (file.ok()) files_.emplace(path, *file);
  return file;
}

}  // namespace backplane::onnx
