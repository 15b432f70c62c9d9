// The options of conformance-run, and what its --help says.
#pragma once

#include <CLI/CLI.hpp>

#include "command/command_line.hpp"

namespace backplane::conformance {

// Gives `app` all options and the subcommand "compare"; parsing fills `line`, as far as it goes.
void add_options(CLI::App& app, CommandLine* line);

}  // namespace backplane::conformance
