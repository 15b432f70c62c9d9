// Environment variables, and where this module's own files are.
#pragma once

#include <string>

namespace backplane {

// The variable's value, or nullptr when it is not set, or when this program runs with the rights of
// another user (set-user-id): what such a program loads must not hang on the caller's environment.
const char* environment(const char* name);

// Where what is dear to compile may be kept for the next start: BACKPLANE_CACHE_FOLDER, else
// "backplane" in XDG_CACHE_HOME, else in ~/.cache. "": nowhere.
std::string cache_folder();

// The folder with the shipped plugins, their manifests and the probe: "<libdir>/backplane" beside
// libbackplane.so, or seen from the program's own "bin". "" when there is none.
std::string private_folder();

}  // namespace backplane
