// Where plugins are looked for, and which files may be loaded at all.
#pragma once

#include <string>
#include <vector>

#include "support/log.hpp"
#include "support/status.hpp"

namespace backplane {

// The files to try, in order: of `plugin_path` or, when that is empty, of BACKPLANE_PLUGIN_PATH,
// then of private_folder(). Both paths name folders and files, ':' between them; a folder stands
// for its libbp_*.so, by name. Every file once, whatever it is called. Each step is in the log at
// debug.
std::vector<std::string> find_plugin_files(const std::string& plugin_path, const Log& log);

// Where the file really is, symbolic links followed; itself, made absolute, when there is none.
std::string real_path(const std::string& path);

// UNSUPPORTED when the file is, links followed, in none of the folders or their subfolders. No
// folders: anywhere is right.
Status check_allowed(const std::string& path, const std::vector<std::string>& folders);

// Whether both paths lead to one file.
bool is_same_file(const std::string& a, const std::string& b);

}  // namespace backplane
