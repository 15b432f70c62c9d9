#include "pass/vendor.hpp"

#include <fmt/format.h>

namespace backplane::pass {
namespace {

constexpr uint32_t kMostPasses = 1000;

const bp_graph_pass_api_t* table_of(const Device& device) {
  const bp_plugin_t& plugin = device.plugin().table();
  if (!BP_HAS(bp_plugin_t, &plugin, get_extension) || plugin.get_extension == nullptr)
    return nullptr;
  return static_cast<const bp_graph_pass_api_t*>(plugin.get_extension(BP_EXT_GRAPH_PASS));
}

Status broken(const Device& device, const std::string& text) {
  return internal(fmt::format("{}: {}: {}", device.plugin().table().id, BP_EXT_GRAPH_PASS, text));
}

Status check_table(const Device& device, const bp_graph_pass_api_t& table) {
  if (!BP_HAS(bp_graph_pass_api_t, &table, pass_run) || table.pass_count == nullptr ||
      table.pass_info == nullptr || table.pass_run == nullptr)
    return broken(device, "its table lacks a function");
  const uint32_t count = table.pass_count();
  return count <= kMostPasses
             ? Status()
             : broken(device, fmt::format("{} passes; at most {} are run", count, kMostPasses));
}

Status check_info(const Device& device, uint32_t index, const bp_pass_info_t* info) {
  if (info == nullptr || !BP_HAS(bp_pass_info_t, info, phase))
    return broken(device, fmt::format("pass_info({}) is NULL or too small", index));
  if (info->name == nullptr || info->name[0] == '\0' || info->after == nullptr)
    return broken(device, fmt::format("pass {} has no name, or NULL for `after`", index));
  if (info->phase > BP_PASS_AFTER_PARTITION)
    return broken(device,
                  fmt::format("pass \"{}\" has phase {}, which is none", info->name, info->phase));
  return {};
}

}  // namespace

Result<std::vector<Pass>> passes_of(const Device& device) {
  std::vector<Pass> passes;
  const bp_graph_pass_api_t* table = table_of(device);
  if (table == nullptr) return passes;
  Status valid = check_table(device, *table);
  if (!valid.ok()) return valid;
  for (uint32_t index = 0; index < table->pass_count(); ++index) {
    const bp_pass_info_t* info = table->pass_info(index);
    valid = check_info(device, index, info);
    if (!valid.ok()) return valid;
    passes.push_back({info->name, info->after, info->phase,
                      [&device, table, index](EditedGraph* graph, const bp_graph_view_t* view) {
                        return device.status(table->pass_run(index, device.handle(), graph, view),
                                             "pass_run");
                      }});
  }
  return passes;
}

}  // namespace backplane::pass
