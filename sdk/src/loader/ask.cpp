#include "loader/ask.hpp"

#include <exception>

#include "loader/host_services.hpp"
#include "loader/negotiate.hpp"
#include "loader/text.hpp"
#include "loader/version.hpp"

namespace backplane {
namespace {

using Query = const bp_plugin_t*(const bp_host_t*);

Status refusal_of(const bp_host_t* host) {
  const std::string refused = "it refuses this host, which speaks ABI " + to_text(host->abi);
  if (explanation().empty()) return unsupported(refused + ", and gives no reason [BP-PLUGIN-5]");
  return unsupported(refused + ": " + printable(explanation(), 500));
}

}  // namespace

Result<const bp_plugin_t*> query_plugin(const Library& library, const bp_host_t* host) {
  auto* const query = reinterpret_cast<Query*>(library.symbol("bp_plugin_query"));
  if (query == nullptr) return invalid_argument("it does not export bp_plugin_query");
  clear_explanation();
  const bp_plugin_t* table = nullptr;
  try {
    table = query(host);
  } catch (const std::exception& error) {
    return internal("it threw an exception out of bp_plugin_query (" + printable(error.what()) +
                    ") [BP-BASE-4]");
  } catch (...) {
    return internal("it threw an exception out of bp_plugin_query [BP-BASE-4]");
  }
  return table != nullptr ? Result<const bp_plugin_t*>(table) : refusal_of(host);
}

Result<AskedPlugin> ask_plugin(const std::string& path, bool deep_bind, const bp_host_t* host,
                               const std::function<void(Stage)>& at) {
  at(Stage::kOpen);
  Result<std::unique_ptr<Library>> library = Library::open(path, deep_bind);
  if (!library.ok()) return library.status();
  at(Stage::kQuery);
  const Result<const bp_plugin_t*> table = query_plugin(**library, host);
  if (!table.ok()) return table.status();
  at(Stage::kTable);
  Status status = negotiate(**table);
  if (!status.ok()) return status;
  return AskedPlugin{library.take(), *table};
}

}  // namespace backplane
