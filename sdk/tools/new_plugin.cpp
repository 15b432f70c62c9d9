// `backplane new-plugin acme`: a copy of the hello template under a vendor's own name.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "commands.hpp"

namespace backplane {
namespace {

namespace fs = std::filesystem;

struct NewPlugin {
  std::string name;    // eg "acme"
  std::string folder;  // to be made; "" for ./<name>
  bool in_cpp = false;
};

// What went wrong, for the user; the program's exit code with it.
struct Refusal {
  int exit_code;
  std::string text;
};

using Replacements = std::map<std::string, std::string>;

std::string check_name(const std::string& name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name.empty() || name.size() > 40) return "has to have 1 to 40 characters";
  if (!is_letter(name.front())) return "has to begin with a letter from a to z";
  for (char c : name)
    if (!is_letter(c) && !is_digit(c) && c != '_')
      return "may have small letters, digits and _ only";
  return "";
}

// share/backplane/template beside the program's bin, in an installed tree as in a build tree.
fs::path template_folder() {
  std::error_code ignored;
  const fs::path program = fs::canonical("/proc/self/exe", ignored);
  return program.parent_path().parent_path() / "share" / "backplane" / "template";
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file)
    throw Refusal{1, "cannot read the template " + path.string() +
                         "; is Backplane "
                         "installed whole, share/backplane included?"};
  return text.str();
}

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw Refusal{1, "cannot write " + path.string()};
}

std::string replace_all(std::string text, const Replacements& replacements) {
  for (const auto& [from, to] : replacements)
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  return text;
}

std::string id_of(const std::string& name) {
  std::string id = "com.example." + name;
  for (char& c : id)
    if (c == '_') c = '-';
  return id;
}

// The template's own name, wherever it stands in its source, by the new one.
std::string rename_source(const std::string& text, const NewPlugin& wanted) {
  const std::string sentence = wanted.in_cpp
                                   ? "`backplane new-plugin acme --cpp` makes a copy of it."
                                   : "`backplane new-plugin acme` makes a copy of it.";
  const std::string own = wanted.in_cpp ? "hello-cpp" : "hello";
  return replace_all(text, {{"org.backplane." + own, id_of(wanted.name)},
                            {"\"" + own + "\"", "\"" + wanted.name + "\""},
                            {"\"Backplane\"", "\"Example\""},
                            {sentence, "Make it yours step by step: README.md."}});
}

void make_plugin(const NewPlugin& wanted, const fs::path& folder) {
  const fs::path source = template_folder();
  const std::string file = wanted.in_cpp ? "hello_plugin.cpp" : "hello_plugin.c";
  const std::string new_file = wanted.name + (wanted.in_cpp ? "_plugin.cpp" : "_plugin.c");
  const Replacements words = {{"@name@", wanted.name},
                              {"@id@", id_of(wanted.name)},
                              {"@file@", new_file},
                              {"@private_dir@", "lib/backplane"}};
  const std::string code = rename_source(read_file(source / file), wanted);
  const std::string cmake = replace_all(read_file(source / "CMakeLists.txt.in"), words);
  const std::string readme = replace_all(read_file(source / "README.md.in"), words);
  write_file(folder / "src" / new_file, code);
  write_file(folder / "CMakeLists.txt", cmake);
  write_file(folder / "README.md", readme);
}

int run(const NewPlugin& wanted) {
  try {
    const std::string mistake = check_name(wanted.name);
    if (!mistake.empty()) throw Refusal{2, "the name \"" + wanted.name + "\" " + mistake};
    const fs::path folder = wanted.folder.empty() ? fs::path(wanted.name) : fs::path(wanted.folder);
    if (fs::exists(folder))
      throw Refusal{1, folder.string() + " is there already; choose another place with --dir"};
    make_plugin(wanted, folder);
    std::printf("%s: libbp_%s.so, id %s. Next: %s\n", folder.c_str(), wanted.name.c_str(),
                id_of(wanted.name).c_str(), (folder / "README.md").c_str());
    return 0;
  } catch (const Refusal& refusal) {
    std::fprintf(stderr, "backplane new-plugin: %s\n", refusal.text.c_str());
    return refusal.exit_code;
  } catch (const fs::filesystem_error& error) {
    std::fprintf(stderr, "backplane new-plugin: %s\n", error.what());
    return 1;
  }
}

}  // namespace

void add_new_plugin_command(CLI::App& app, int* exit_code) {
  auto wanted = std::make_shared<NewPlugin>();
  CLI::App* command =
      app.add_subcommand("new-plugin", "Start a plugin of your own from the hello template");
  command->add_option("name", wanted->name, "Short name, eg acme: makes libbp_acme.so")->required();
  command->add_flag("--cpp", wanted->in_cpp, "In C++17 on backplane/plugin.hpp, not in C11");
  command->add_option("--dir", wanted->folder, "Folder to make (default: ./<name>)");
  command->callback([wanted, exit_code] { *exit_code = run(*wanted); });
}

}  // namespace backplane
