#include "loader/tables.hpp"

#include <backplane/kernel.h>
#include <backplane/memory.h>
#include <backplane/stream.h>
#include <gtest/gtest.h>

#include <set>

namespace backplane {
namespace {

// Nothing but functions stands in these tables, so their sizes tell how many there are.
TEST(Tables, EveryFunctionOfEveryTableIsListedOnce) {
  std::set<std::pair<Table, size_t>> places;
  size_t of_plugin = 0;
  for (const TableFunction& function : table_functions()) {
    EXPECT_TRUE(places.insert({function.table, function.offset}).second) << function.name;
    if (function.table == Table::kPlugin) ++of_plugin;
  }
  const auto functions_in = [](size_t struct_size) { return struct_size / sizeof(void*) - 1; };
  EXPECT_EQ(of_plugin, (sizeof(bp_plugin_t) - offsetof(bp_plugin_t, device_info)) / sizeof(void*));
  EXPECT_EQ(places.size() - of_plugin, functions_in(sizeof(bp_memory_api_t)) +
                                           functions_in(sizeof(bp_kernel_api_t)) +
                                           functions_in(sizeof(bp_stream_api_t)));
}

// plugin.h names the functions of a first plugin, bp_plugin_query among them.
TEST(Tables, AFirstPluginNeedsTwelveFunctions) {
  std::set<std::string> needed;
  for (const TableFunction& function : table_functions())
    if (function.need == Need::kAlways || function.need == Need::kUnlessItCompiles)
      needed.insert(function.name);
  EXPECT_EQ(needed,
            (std::set<std::string>{"device_info", "device_open", "device_close", "buffer_create",
                                   "buffer_destroy", "write", "read", "supports", "kernel_create",
                                   "kernel_destroy", "launch"}));
}

TEST(Tables, TheSizesOfZeroPointOneAreThoseOfTheHeadersNow) {
  EXPECT_EQ(least_size(Table::kPlugin), sizeof(bp_plugin_t));
  EXPECT_EQ(least_size(Table::kMemory), sizeof(bp_memory_api_t));
  EXPECT_EQ(least_size(Table::kKernel), sizeof(bp_kernel_api_t));
  EXPECT_EQ(least_size(Table::kStream), sizeof(bp_stream_api_t));
}

}  // namespace
}  // namespace backplane
