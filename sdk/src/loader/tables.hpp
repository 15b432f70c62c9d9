// The functions of the plugin's tables as data: which there are, and which a plugin must have.
#pragma once

#include <backplane/plugin.h>

#include <cstddef>
#include <vector>

namespace backplane {

enum class Table { kPlugin, kMemory, kKernel, kStream };

enum class Need {
  kAlways,
  kWithStreams,       // when the plugin has a stream table
  kUnlessItCompiles,  // when it does not offer "bp.compile/1"
  kOptional,
};

struct TableFunction {
  Table table;
  const char* name;  // "buffer_create"
  size_t offset;     // of the pointer in its table
  Need need;
};

const std::vector<TableFunction>& table_functions();
const char* table_name(Table table);  // "memory"

// The table's address, or nullptr when the plugin has none. `plugin` has at least the fields of
// 0.2.
const void* table_of(const bp_plugin_t& plugin, Table table);
// What the table says of its size, and what it must be at least: the fields of 0.2.
uint32_t table_size(const bp_plugin_t& plugin, Table table);
uint32_t least_size(Table table);

// Whether the plugin has it: its table is there, reaches that far, and the pointer is not NULL.
bool has_function(const bp_plugin_t& plugin, const TableFunction& function);

}  // namespace backplane
