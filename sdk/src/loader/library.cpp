#include "loader/library.hpp"

#include <backplane/plugin.h>

#include <boost/dll/shared_library.hpp>

namespace backplane {

// Boost's destructor unmaps; as a member of a union it only runs when it is called.
union OpenLibrary {
  boost::dll::shared_library library;
  OpenLibrary() : library() {}
  ~OpenLibrary() {}  // NOLINT(modernize-use-equals-default): "= default" would be deleted
};

struct Library::Handle {
  OpenLibrary open;
};

namespace {

boost::dll::load_mode::type load_mode(bool deep_bind) {
  using namespace boost::dll::load_mode;
  const type mode = rtld_now | rtld_local;
  return deep_bind && BP_SANITIZERS == 0 ? mode | rtld_deepbind : mode;
}

// "... (dlerror system message: WORDS): Bad file descriptor" -> "WORDS", without the path in front.
std::string linker_words(const std::string& message, const std::string& path) {
  const std::string before = "dlerror system message: ";
  const size_t begin = message.find(before);
  const size_t end = message.rfind("):");
  if (begin == std::string::npos || end == std::string::npos) return message;
  const std::string words = message.substr(begin + before.size(), end - begin - before.size());
  const bool has_path = words.compare(0, path.size() + 2, path + ": ") == 0;
  return has_path ? words.substr(path.size() + 2) : words;
}

}  // namespace

Library::Library(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Library::~Library() = default;

Result<std::unique_ptr<Library>> Library::open(const std::string& path, bool deep_bind) {
  auto handle = std::make_unique<Handle>();
  try {
    handle->open.library.load(path, load_mode(deep_bind));
  } catch (const std::exception& error) {
    return unsupported("it cannot be opened: " + linker_words(error.what(), path));
  }
  return std::unique_ptr<Library>(new Library(std::move(handle)));
}

void* Library::symbol(const char* name) const {
  const boost::dll::shared_library& library = handle_->open.library;
  return library.has(name) ? &library.get<char>(name) : nullptr;
}

void Library::close() { handle_->open.library.unload(); }

}  // namespace backplane
