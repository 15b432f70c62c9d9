// device_open: its options, and what a failed one leaves.
#include <array>
#include <cstring>
#include <filesystem>
#include <memory>

#include "abi/cases.hpp"
#include "abi/opening.hpp"
#include "abi/process.hpp"
#include "run/guarded_bytes.hpp"

namespace backplane::conformance {
namespace {

// A folder of the case's own, gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "backplane-case-XXXXXX").string();
    require(mkdtemp(pattern.data()) != nullptr, "the suite could not make a temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Copies a text to `place`, which moves on behind it.
const char* put(char*& place, const std::string& text) {
  char* const start = place;
  std::memcpy(start, text.c_str(), text.size() + 1);
  place += text.size() + 1;
  return start;
}

void options_are_borrowed(Subject& subject) {
  const TemporaryFolder folder;
  auto page = std::make_unique<GuardedBytes>();
  char* place = page->at_start();
  const auto option = [&place](const std::string& key, const std::string& value) {
    const char* copied = put(place, key);
    return bp_option_t{copied, put(place, value)};
  };
  const std::vector<bp_option_t> options = {option("bp.cache-folder", folder.path()),
                                            option("bp.memory-limit", "1073741824"),
                                            option("bp.threads", "1")};
  Opening opening(subject, subject.plugin(), subject.host().table(), subject.device_index(),
                  options);
  page.reset();  // whoever still looks there crashes
  opening.use();
  opening.use();
}

void no_options_are_not_read(Subject& subject) {
  const GuardedBytes page;
  const auto* nowhere = reinterpret_cast<const bp_option_t*>(page.at_end(0));
  bp_device_t* device = nullptr;
  subject.check(subject.plugin().device_open(subject.host().table(), subject.device_index(),
                                             nowhere, 0, &device),
                "device_open with no option");
  subject.plugin().device_close(device);
}

// The bad one comes last, when whatever the others want may be there already.
constexpr std::array<bp_option_t, 4> kBadAtLast = {{{"bp.threads", "1"},
                                                    {"bp.memory-limit", "1073741824"},
                                                    {"bp.cache-folder", ""},
                                                    {"com.example.no-such-option", "1"}}};

void failed_opens_leave_nothing(Subject& subject) {
  const auto open_in_vain = [&subject] {
    bp_device_t* device = nullptr;
    require_status(subject.plugin().device_open(subject.host().table(), subject.device_index(),
                                                kBadAtLast.data(), kBadAtLast.size(), &device),
                   BP_STATUS_INVALID_ARGUMENT, "device_open with an unknown option");
  };
  open_in_vain();
  const ProcessUse before = ProcessUse::now();
  const uint64_t bytes = subject.host().allocated_bytes();
  for (int i = 0; i < 50; ++i) open_in_vain();
  require_no_more_than(before, 8, "after 50 opens that failed");
  require(subject.host().allocated_bytes() <= bytes, "host memory is held after opens that failed");
}

// Memory comes back however the case ends.
class WithoutMemory {
 public:
  explicit WithoutMemory(SuiteHost& host) : host_(host) { host.refuse_memory(true); }
  ~WithoutMemory() { host_.refuse_memory(false); }
  WithoutMemory(const WithoutMemory&) = delete;
  WithoutMemory& operator=(const WithoutMemory&) = delete;

 private:
  SuiteHost& host_;
};

void open_without_memory(Subject& subject) {
  const uint64_t bytes = subject.host().allocated_bytes();
  bp_device_t* device = nullptr;
  bp_status_t status = BP_OK;
  {
    const WithoutMemory none(subject.host());
    status = subject.plugin().device_open(subject.host().table(), subject.device_index(), nullptr,
                                          0, &device);
  }
  if (status == BP_OK)
    subject.plugin().device_close(device);
  else
    require_status(status, BP_STATUS_OUT_OF_MEMORY, "device_open when the host has no memory");
  require(subject.host().allocated_bytes() <= bytes, "host memory is held after that");
  Opening(subject, subject.plugin(), subject.host().table(), subject.device_index()).use();
}

const AbiCase kCases[] = {
    {"load/options-are-borrowed", "BP-BASE-8",
     "the texts of options may be gone once device_open has returned", options_are_borrowed},
    {"load/no-options-are-not-read", "BP-BASE-8",
     "where there are no options, the pointer to them is not followed", no_options_are_not_read},
    {"load/failed-opens-leave-nothing", "BP-BASE-10",
     "50 opens with an unknown option behind known ones leave no thread, file and memory behind",
     failed_opens_leave_nothing},
    {"load/opens-without-host-memory", "BP-BASE-6,BP-BASE-10",
     "device_open when the host has no memory is BP_OK or OUT_OF_MEMORY, and the next one works",
     open_without_memory},
};

}  // namespace

std::vector<AbiCase> open_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
