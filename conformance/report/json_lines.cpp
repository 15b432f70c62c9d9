#include "report/json_lines.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "report/summary.hpp"
#include "support/file.hpp"

namespace backplane::conformance {
namespace {

using Json = nlohmann::json;

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

const char* refused_by_text(RefusedBy by) {
  switch (by) {
    case RefusedBy::kPlugin:
      return "plugin";
    case RefusedBy::kHost:
      return "host";
    default:
      return "";
  }
}

Json run_json(const RunFacts& facts) {
  Json devices = Json::array();
  for (uint32_t index : facts.devices) {
    if (index >= facts.plugin.devices.size()) continue;  // the plugin could not be opened
    const DeviceFacts& device = facts.plugin.devices[index];
    devices.push_back({{"device", index},
                       {"name", device.name},
                       {"architecture", device.architecture},
                       {"driver_version", device.driver_version},
                       {"uuid", device.uuid},
                       {"synchronous", device.is_synchronous}});
  }
  return {{"is", "run"},
          {"format", 1},
          {"plugin", facts.options.plugin},
          {"refusal", facts.plugin.refusal},
          {"id", facts.plugin.id},
          {"version", facts.plugin.version},
          {"build_id", facts.plugin.build_id},
          {"abi", facts.plugin.abi},
          {"seed", facts.options.seed},
          {"one_thread", facts.options.is_one_thread},
          {"onnx_data", facts.options.onnx_data},
          {"published", facts.published_count},
          {"published_plain", facts.plain_count},
          {"devices", devices}};
}

Json case_json(const RunFacts& facts, const Record& record) {
  Json json = {{"is", "case"},
               {"case", record.one->id},
               {"device", record.device},
               {"level", level_name(record.one->level)},
               {"verdict", verdict_name(record.outcome.verdict)},
               {"rules", record.one->rules},
               {"sentence", record.one->sentence},
               {"seconds", record.outcome.seconds}};
  if (record.one->kind == CaseKind::kProblem)
    json["class"] = std::string(1, precision_class(record.outcome.declared));
  if (!record.one->operators.empty()) json["operators"] = record.one->operators;
  if (!record.outcome.text.empty()) json["text"] = record.outcome.text;
  if (!record.outcome.rule.empty()) json["broken"] = record.outcome.rule;
  if (!record.outcome.function.empty()) json["function"] = record.outcome.function;
  if (record.outcome.refused_by != RefusedBy::kNobody)
    json["refused_by"] = refused_by_text(record.outcome.refused_by);
  if (is_failure(record.outcome.verdict)) json["repro"] = repro_line(facts, record);
  return json;
}

Json sums_json(const RunFacts& facts, const std::vector<Record>& records) {
  Json devices = Json::array();
  for (const DeviceSummary& device : summarise(records)) {
    Json levels = Json::object();
    for (size_t i = 0; i < kLevelCount; ++i)
      levels[level_name(static_cast<Level>(i))] =
          device.state(static_cast<Level>(i)) == LevelState::kReached;
    Json profiles = Json::object();
    for (const ProfileFacts& profile : facts.profiles)
      profiles[profile.name] = device.has_reached(profile);
    devices.push_back({{"device", device.device}, {"reached", levels}, {"profiles", profiles}});
  }
  const Counts counts = count_all(records);
  return {{"is", "sums"},
          {"verdicts", counts.verdicts_line()},
          {"closing", counts.closing_line()},
          {"devices", devices}};
}

// One line as an object, or null when it is none.
Json object_of(const std::string& line) {
  Json json = Json::parse(line, nullptr, false);
  return json.is_object() ? json : Json();
}

OldRecord record_of(const Json& json) {
  OldRecord record;
  record.id = json.at("case");
  record.device = json.at("device");
  record.verdict = verdict_of(json.at("verdict"));
  record.text = json.value("text", "");
  record.operators = json.value("operators", std::vector<std::string>{});
  return record;
}

}  // namespace

JsonLinesFile::JsonLinesFile(const RunFacts& facts, const std::string& path)
    : facts_(facts), path_(path), out_(path, std::ios::binary | std::ios::trunc) {
  out_ << line_of(run_json(facts_)) << std::flush;
}

void JsonLinesFile::add(const Record& record) {
  out_ << line_of(case_json(facts_, record)) << std::flush;
}

void JsonLinesFile::close(const std::vector<Record>& records) {
  out_ << line_of(sums_json(facts_, records)) << std::flush;
}

void JsonLinesFile::close(const CutShort& cut) {
  const Json json = {
      {"is", "interrupted"}, {"by", cut.by}, {"done", cut.done}, {"planned", cut.planned}};
  out_ << line_of(json) << std::flush;
}

Status JsonLinesFile::status() const {
  return out_.good() ? Status() : invalid_argument(path_ + ": cannot be written");
}

Result<std::vector<OldRecord>> read_json_lines(const std::string& path) {
  const Result<std::string> bytes = read_file(path);
  if (!bytes.ok()) return bytes.status();
  std::vector<OldRecord> records;
  std::istringstream lines(*bytes);
  std::string line;
  bool is_whole = false;
  for (size_t number = 1; std::getline(lines, line); ++number) {
    const Json json = object_of(line);
    const std::string where = path + ", line " + std::to_string(number) + ": ";
    try {
      const std::string is = json.is_null() ? "" : json.value("is", "");
      if (is.empty()) return corrupt(where + "this is no line of a conformance-run report");
      if (is == "case") records.push_back(record_of(json));
      if (is == "sums") is_whole = true;
      if (is == "interrupted")
        return corrupt(where + "the run was interrupted by " + std::string(json.at("by")));
    } catch (const Json::exception& error) {
      return corrupt(where + error.what());
    }
  }
  if (!is_whole) return corrupt(path + ": the report was cut short: its last line is missing");
  return records;
}

}  // namespace backplane::conformance
