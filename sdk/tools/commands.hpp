// The subcommands of `backplane`, a file each. `*exit_code` becomes 0 (done), 1 (what was asked
// about is bad) or 2 (wrong usage).
#pragma once

#include <CLI/CLI.hpp>

namespace backplane {

void add_list_command(CLI::App& app, int* exit_code);
void add_inspect_command(CLI::App& app, int* exit_code);
void add_run_command(CLI::App& app, int* exit_code);
void add_explain_command(CLI::App& app, int* exit_code);
void add_new_plugin_command(CLI::App& app, int* exit_code);

}  // namespace backplane
