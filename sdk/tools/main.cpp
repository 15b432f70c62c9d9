// The `backplane` command: finds its subcommand, and says how it ended.
#include <backplane/base.h>

#include <exception>
#include <iostream>

#include "commands.hpp"

namespace backplane {
namespace {

constexpr int kWrongUsage = 2;

constexpr char kFooter[] = R"(Examples:
  backplane list
  backplane list --plugin-path /opt/acme/lib --json
  backplane inspect ./libbp_acme.so
  backplane explain OUT_OF_MEMORY

Environment:
  BACKPLANE_PLUGIN_PATH   folders and files with plugins, ':' between them
  BACKPLANE_LOG           sources whose every line is wanted, eg "loader", or "all"
  BACKPLANE_CHECK         1: checks every call of a plugin against the rules of the ABI;
                          2: and says how long the calls took

Exit codes: 0 done, 1 what was asked about is bad, 2 wrong usage.)";

std::string version() {
  return "backplane " BACKPLANE_VERSION " (ABI " + std::to_string(BP_ABI_MAJOR) + "." +
         std::to_string(BP_ABI_MINOR) + ")";
}

void add_commands(CLI::App& app, int* exit_code) {
  add_list_command(app, exit_code);
  add_inspect_command(app, exit_code);
#ifdef BACKPLANE_HAS_RUN
  add_run_command(app, exit_code);
#endif
  add_explain_command(app, exit_code);
#ifdef BACKPLANE_HAS_NEW_PLUGIN
  add_new_plugin_command(app, exit_code);
#endif
}

int run(int argument_count, char** arguments) {
  CLI::App app("One C ABI between AI frameworks and AI chips: plugins, devices, models.",
               "backplane");
  int exit_code = 0;
  app.set_version_flag("--version", version());
  app.footer(kFooter);
  app.require_subcommand(1);
  add_commands(app, &exit_code);
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& end) {  // --help and --version come this way, too
    return app.exit(end) == 0 ? 0 : kWrongUsage;
  }
  return exit_code;
}

}  // namespace
}  // namespace backplane

int main(int argument_count, char** arguments) {
  try {
    return backplane::run(argument_count, arguments);
  } catch (const std::exception& error) {
    std::cerr << "backplane: " << error.what() << "\n";
    return 1;
  }
}
