// A plugin's manifest: the JSON file beside it, by which it can be listed without being opened.
//   {"id": "com.acme.x100", "library": "libbp_acme.so", "abi": "0.2", "version": "2.3.1"}
#pragma once

#include <backplane/base.h>

#include <string>
#include <string_view>

#include "support/status.hpp"

namespace backplane {

struct Manifest {
  std::string id;
  std::string library;  // the file's name, in the manifest's own folder
  bp_version_t abi = {};
  std::string version;
};

// INVALID_ARGUMENT, naming the key and what is wrong with it. Unknown keys are passed over: the
// format may grow. Any bytes are survived.
Result<Manifest> parse_manifest(std::string_view bytes);

// "…/libbp_acme.json" for "…/libbp_acme.so"
std::string manifest_path(const std::string& library_path);

// The manifest beside a library. NOT_READY when there is none; else as parse_manifest, and it has
// to name that library.
Result<Manifest> read_manifest(const std::string& library_path);

}  // namespace backplane
