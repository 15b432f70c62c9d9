#include "support/status.hpp"

namespace backplane {
namespace {

struct Entry {
  bp_status_t value;
  const char* name;
  const char* text;
};

constexpr Entry kEntries[] = {
#define BP_STATUS_ENTRY(name, value, text) {value, #name, text},
    BP_STATUS_MAP(BP_STATUS_ENTRY)
#undef BP_STATUS_ENTRY
};

const Entry& entry_of(bp_status_t status) {
  for (const Entry& entry : kEntries)
    if (entry.value == status) return entry;
  return kEntries[BP_STATUS_INTERNAL];
}

}  // namespace

Status Status::in(const std::string& context) const {
  return ok() ? *this : Status(code_, context + ": " + text_);
}

Status invalid_argument(std::string text) { return {BP_STATUS_INVALID_ARGUMENT, std::move(text)}; }
Status unsupported(std::string text) { return {BP_STATUS_UNSUPPORTED, std::move(text)}; }
Status out_of_memory(std::string text) { return {BP_STATUS_OUT_OF_MEMORY, std::move(text)}; }
Status corrupt(std::string text) { return {BP_STATUS_CORRUPT, std::move(text)}; }
Status internal(std::string text) { return {BP_STATUS_INTERNAL, std::move(text)}; }

const char* status_name(bp_status_t status) { return entry_of(status).name; }
const char* status_text(bp_status_t status) { return entry_of(status).text; }
bool is_known_status(bp_status_t status) { return entry_of(status).value == status; }

}  // namespace backplane
