// A shared library that was opened. The only part of the host that opens one.
#pragma once

#include <memory>
#include <string>

#include "support/status.hpp"

namespace backplane {

class Library {
 public:
  // Opens it with every symbol bound now and none of its own offered to others. `deep_bind`: its
  // libraries come before those in global scope; never under sanitizers, which refuse it.
  // UNSUPPORTED, with the dynamic linker's own words, when it cannot be opened.
  static Result<std::unique_ptr<Library>> open(const std::string& path, bool deep_bind);

  ~Library();  // leaves it mapped: code of it may still be needed, by a thread or at exit
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // The address of a symbol, or nullptr. Libraries that this one needs are searched, too.
  void* symbol(const char* name) const;

  // Unmaps it; nothing that came from it may be used again.
  void close();

 private:
  struct Handle;
  explicit Library(std::unique_ptr<Handle> handle);

  std::unique_ptr<Handle> handle_;
};

}  // namespace backplane
