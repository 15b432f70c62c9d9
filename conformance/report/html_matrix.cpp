#include "report/html_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "report/markup.hpp"

namespace backplane::conformance {
namespace {

constexpr const char* kPublished = "published";

// Columns in this order, others behind them.
constexpr const char* kTypes[] = {"float32", "float16", "bfloat16", "float64", "int8",
                                  "uint8",   "int16",   "uint16",   "int32",   "uint32",
                                  "int64",   "uint64",  "bool"};

size_t rank_of(const std::string& type) {
  const auto* known = std::find(std::begin(kTypes), std::end(kTypes), type);
  return static_cast<size_t>(known - std::begin(kTypes)) + (type == kPublished ? 1 : 0);
}

// "float32" of "operators/add/float32/3x5_3x5".
std::string type_in(const std::string& id) {
  const size_t begin = id.find('/', id.find('/') + 1) + 1;
  return id.substr(begin, id.find('/', begin) - begin);
}

void add(const Record& record, MatrixCell* cell) {
  const Verdict verdict = record.outcome.verdict;
  const bool is_open = verdict == Verdict::kExpectedFail || verdict == Verdict::kNonDiscriminating;
  cell->passed += verdict == Verdict::kPass ? 1 : 0;
  cell->failed += is_failure(verdict) ? 1 : 0;
  cell->unsupported += verdict == Verdict::kUnsupported ? 1 : 0;
  cell->skipped += verdict == Verdict::kSkipped ? 1 : 0;
  cell->open += is_open ? 1 : 0;
  if (verdict == Verdict::kPass && record.one->kind == CaseKind::kProblem)
    cell->worst_class = std::max(cell->worst_class, precision_class(record.outcome.declared));
}

// How a cell looks: colour by its class, and a mark for who sees no colours.
struct Look {
  const char* css;
  const char* mark;
};

Look look_of(const MatrixCell& cell) {
  if (cell.failed > 0) return {"f", "✗"};
  if (cell.open > 0) return {"o", "!"};
  if (cell.passed > 0 && cell.unsupported > 0) return {"q", "◐"};
  if (cell.passed > 0) return {"p", "✓"};
  return {"u", cell.unsupported > 0 ? "–" : "○"};
}

std::string cell_html(const MatrixCell& cell, const std::string& group) {
  const Look look = look_of(cell);
  std::string text =
      fmt::format("{} {}/{}/{}", look.mark, cell.passed, cell.failed, cell.unsupported);
  if (cell.worst_class != 0) text += fmt::format(" <b>{}</b>", cell.worst_class);
  if (cell.failed > 0) text = fmt::format("<a href=\"#{}\">{}</a>", group, text);
  return fmt::format(
      "<td class=\"{}\" title=\"{} passed, {} failed, {} unsupported, {} skipped, {} open\">"
      "{}</td>",
      look.css, cell.passed, cell.failed, cell.unsupported, cell.skipped, cell.open, text);
}

}  // namespace

MatrixPlace place_of(const Case& one) {
  if (one.operators.size() != 1) return {};
  if (one.kind == CaseKind::kProblem) return {one.operators[0], type_in(one.id)};
  if (one.kind == CaseKind::kPublished) return {one.operators[0], kPublished};
  return {};
}

Matrix matrix_of(const std::vector<Record>& records, uint32_t device) {
  Matrix matrix;
  for (const Record& record : records) {
    const MatrixPlace place = place_of(*record.one);
    if (record.device != device || place.op.empty()) continue;
    add(record, &matrix.rows[place.op][place.type]);
    if (std::find(matrix.types.begin(), matrix.types.end(), place.type) == matrix.types.end())
      matrix.types.push_back(place.type);
  }
  std::sort(matrix.types.begin(), matrix.types.end(),
            [](const std::string& a, const std::string& b) {
              return std::make_pair(rank_of(a), a) < std::make_pair(rank_of(b), b);
            });
  return matrix;
}

std::string group_id(uint32_t device, const MatrixPlace& place) {
  std::string id = fmt::format("d{}-{}-{}", device, place.op, place.type);
  for (char& c : id)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-') c = '_';
  return id;
}

std::string matrix_html(const Matrix& matrix, uint32_t device) {
  std::string text = "<div class=\"wide\"><table class=\"matrix\">\n<tr><th></th>";
  for (const std::string& type : matrix.types)
    text += "<th scope=\"col\">" + escaped(type) + "</th>";
  text += "</tr>\n";
  for (const auto& [op, cells] : matrix.rows) {
    text += "<tr><th scope=\"row\">" + escaped(op) + "</th>";
    for (const std::string& type : matrix.types) {
      const auto cell = cells.find(type);
      text +=
          cell != cells.end() ? cell_html(cell->second, group_id(device, {op, type})) : "<td></td>";
    }
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

}  // namespace backplane::conformance
