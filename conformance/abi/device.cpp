// The plugin's record and its devices: described, opened, closed.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "abi/cases.hpp"
#include "abi/process.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

bool is_power_of_two(uint64_t number) { return number != 0 && (number & (number - 1)) == 0; }

const bp_device_info_t* info_of(Subject& subject, uint32_t index) {
  return subject.plugin().device_info(subject.host().table(), index);
}

// A second opening of the device at hand.
Owned<bp_device_t> opened(Subject& subject) {
  bp_device_t* device = nullptr;
  subject.check(subject.plugin().device_open(subject.host().table(), subject.device_index(),
                                             nullptr, 0, &device),
                "device_open");
  return {device, [&subject](bp_device_t* ended) { subject.plugin().device_close(ended); }};
}

void record_makes_sense(Subject& subject) {
  const bp_plugin_t& plugin = subject.plugin();
  for (const char* text : {plugin.id, plugin.version, plugin.vendor, plugin.build_id})
    require(text != nullptr, "one of id, version, vendor and build_id is NULL");
  const std::string id = plugin.id;
  require(id.find('.') != std::string::npos && id.find(' ') == std::string::npos,
          "the id \"" + id + "\" is no reverse domain name, as in \"com.acme.x100\"");
  int numbers[3] = {};
  require(std::sscanf(plugin.version, "%d.%d.%d", &numbers[0], &numbers[1], &numbers[2]) == 3,
          "the version \"" + std::string(plugin.version) + "\" is not of the form \"2.3.1\"");
}

void record_stays_as_it_was(Subject& subject) {
  const bp_plugin_t& plugin = subject.plugin();
  const auto copy_of = [&plugin] {
    std::string all(reinterpret_cast<const char*>(&plugin),
                    std::min<size_t>(plugin.struct_size, sizeof plugin));
    for (const char* text : {plugin.id, plugin.version, plugin.vendor, plugin.build_id})
      all += text;
    return all;
  };
  const std::string before = copy_of();
  opened(subject);
  subject.buffer(64);
  require_equal(copy_of(), before, "the plugin's record after a device was used");
}

void info_is_stable(Subject& subject) {
  const bp_device_info_t first = *info_of(subject, subject.device_index());
  const std::string name = first.name;
  opened(subject);
  const bp_device_info_t* again = info_of(subject, subject.device_index());
  require(again != nullptr, "device_info gave NULL for a device that it had described");
  require(std::memcmp(&first, again, std::min<size_t>(sizeof first, again->struct_size)) == 0 ||
              (first.kind == again->kind && first.flags == again->flags &&
               first.memory_size == again->memory_size &&
               first.max_buffer_size == again->max_buffer_size &&
               first.stream_depth == again->stream_depth),
          "device_info describes the device in another way than before");
  require(name == again->name,
          "the device was \"" + name + "\" and now is \"" + again->name + "\"");
}

void info_ends(Subject& subject) {
  uint32_t count = 0;
  while (info_of(subject, count) != nullptr) ++count;
  for (uint32_t past : {count, count + 1, uint32_t{1000000}, UINT32_MAX})
    require(
        info_of(subject, past) == nullptr,
        "device_info describes device " + std::to_string(past) + ", of " + std::to_string(count));
  bp_device_t* device = nullptr;
  const bp_status_t status =
      subject.plugin().device_open(subject.host().table(), count, nullptr, 0, &device);
  require_status(status, BP_STATUS_INVALID_ARGUMENT, "device_open of a device that does not exist");
}

void info_makes_sense(Subject& subject) {
  const bp_device_info_t& info = subject.info();
  for (const char* text :
       {info.name, info.architecture, info.driver_version, info.uuid, info.bus_address})
    require(text != nullptr, "a text of device_info is NULL; \"\" is for what is not known");
  require(info.name[0] != '\0', "the device has no name");
  require(is_power_of_two(info.buffer_alignment), "buffer_alignment is no power of two");
  require(is_power_of_two(info.offset_alignment), "offset_alignment is no power of two");
  require(is_power_of_two(info.preferred_alignment), "preferred_alignment is no power of two");
  require(info.offset_alignment <= info.preferred_alignment,
          "offset_alignment is above preferred_alignment");
  require(info.max_buffer_size > 0, "max_buffer_size is 0");
  require(info.kind <= BP_DEVICE_NPU, "the kind of device is none that is known");
  require(info.reserved == 0, "reserved is not 0");
  require((info.flags & BP_DEVICE_FLAG_HOST_ADDRESSABLE) == 0 || subject.memory().map != nullptr,
          "the device is HOST_ADDRESSABLE and there is no map");
  require(subject.is_synchronous() || subject.plugin().stream != nullptr,
          "the device is not SYNCHRONOUS and the plugin has no streams");
}

void opens_ten_times(Subject& subject) {
  for (int round = 0; round < 10; ++round) opened(subject);
}

void opens_are_independent(Subject& subject) {
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_buffer_t> here = subject.buffer(4096);
  const std::string bytes = subject.pattern(4096, 1);
  subject.write(stream.get(), here.get(), 0, bytes);
  Owned<bp_device_t> second = opened(subject);
  require(second.get() != subject.device(), "two opens of a device have one handle");
  bp_buffer_t* there = nullptr;
  subject.check(subject.memory().buffer_create(second.get(), BP_MEMORY_DEVICE, 4096, &there),
                "buffer_create on a second opening");
  require(there != here.get(), "buffers of two opens have one handle");
  subject.memory().buffer_destroy(there);
  second.reset();
  require_equal(subject.read(stream.get(), here.get(), 0, 4096), bytes,
                "a buffer after another opening of its device was closed");
}

bp_status_t open_with(Subject& subject, const char* key, const char* value) {
  const bp_option_t option = {key, value};
  bp_device_t* device = nullptr;
  const bp_status_t status = subject.plugin().device_open(
      subject.host().table(), subject.device_index(), &option, 1, &device);
  if (status == BP_OK) subject.plugin().device_close(device);
  return status;
}

void unknown_options(Subject& subject) {
  for (const char* key : {"no-such-option", "bp", "com.example.no-such-option", ""})
    require_status(open_with(subject, key, "1"), BP_STATUS_INVALID_ARGUMENT,
                   std::string("device_open with option \"") + key + "\"");
}

void known_options(Subject& subject) {
  const std::pair<const char*, const char*> options[] = {
      {"bp.memory-limit", "1073741824"}, {"bp.threads", "1"}, {"bp.cache-folder", ""}};
  for (const auto& [key, value] : options)
    require_status(open_with(subject, key, value), BP_OK,
                   std::string("device_open with option \"") + key + "\"" + subject.words());
}

void cache_folder_of_no_use(Subject& subject) {
  for (const char* folder : {"/proc/no-such-folder", "/dev/null", "/dev/null/no-folder"})
    require_status(
        open_with(subject, "bp.cache-folder", folder), BP_OK,
        std::string("device_open with bp.cache-folder \"") + folder + "\"" + subject.words());
}

// What a later host brings.
void options_to_come(Subject& subject) {
  require_status(open_with(subject, "bp.no-such-option", "1"), BP_OK,
                 "device_open with option \"bp.no-such-option\"" + subject.words());
}

void close_null(Subject& subject) { subject.plugin().device_close(nullptr); }

void unknown_extensions(Subject& subject) {
  const bp_plugin_t& plugin = subject.plugin();
  if (!BP_HAS(bp_plugin_t, &plugin, get_extension) || plugin.get_extension == nullptr)
    unsupported("the plugin does without get_extension");
  for (const char* id : {"com.example.none/1", "", "bp.graph-pass/4000000000"})
    require(plugin.get_extension(id) == nullptr,
            std::string("get_extension(\"") + id + "\") gives a table");
}

void process_is_left_alone(Subject& subject) {
  const ProcessSettings before = ProcessSettings::now();
  {
    const Owned<bp_device_t> device = opened(subject);
    const Owned<bp_stream_t> stream = subject.stream();
    const Owned<bp_buffer_t> buffer = subject.buffer(64);
    subject.read(stream.get(), buffer.get(), 0, 64);
  }
  require_as_before(before, "the use of a device");
}

const AbiCase kCases[] = {
    {"load/record-makes-sense", "", "id, version, vendor and build id are there and well formed",
     record_makes_sense},
    {"load/record-stays-as-it-was", "BP-PLUGIN-1",
     "the plugin's record is the same after a device was used", record_stays_as_it_was},
    {"load/device-info-is-stable", "BP-PLUGIN-2",
     "a device is described in the same way before and after it was opened", info_is_stable},
    {"load/device-info-ends-with-null", "BP-PLUGIN-2",
     "past the last device there is NULL, and nothing to open", info_ends},
    {"load/device-info-makes-sense", "",
     "texts are there, alignments are powers of two, flags fit the tables", info_makes_sense},
    {"load/device-opens-ten-times", "BP-PLUGIN-10", "a device is opened and closed ten times",
     opens_ten_times},
    {"load/opens-are-independent", "BP-PLUGIN-10,BP-BASE-7",
     "closing one opening of a device leaves the other as it was", opens_are_independent},
    {"load/unknown-option-is-invalid", "BP-PLUGIN-11",
     "device_open with an option that the plugin does not know is INVALID_ARGUMENT",
     unknown_options},
    {"load/known-options-are-taken", "BP-PLUGIN-12",
     "device_open takes bp.memory-limit, bp.threads and bp.cache-folder", known_options},
    {"load/cache-folder-of-no-use-is-no-failure", "BP-PLUGIN-13",
     "device_open takes a bp.cache-folder that cannot be made or is no folder",
     cache_folder_of_no_use},
    {"load/options-to-come-are-ignored", "BP-PLUGIN-12",
     "device_open takes an option of Backplane's that came after the plugin", options_to_come},
    {"load/close-null-does-nothing", "BP-BASE-3", "device_close(NULL) does nothing", close_null},
    {"load/unknown-extension-is-null", "BP-PLUGIN-7", "an extension that does not exist is NULL",
     unknown_extensions},
    {"load/process-is-left-alone", "BP-BASE-9",
     "signals, locale, rounding, folder and file mode are as before after a device was used",
     process_is_left_alone},
};

}  // namespace

std::vector<AbiCase> device_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
