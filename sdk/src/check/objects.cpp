#include "check/objects.hpp"

#include <algorithm>

namespace backplane::check {
namespace {

// A handle: 0xb9, so that it is no address of a program; the layer's slot; the object's number,
// never used twice in a process; its kind.
constexpr uint64_t kMark = 0xb9;
constexpr int kMarkShift = 56;
constexpr int kSlotShift = 50;
constexpr int kNumberShift = 3;
constexpr uint64_t kSlotMask = 63;
constexpr uint64_t kNumberMask = (uint64_t{1} << (kSlotShift - kNumberShift)) - 1;
constexpr uint64_t kKindMask = 7;
static_assert(sizeof(void*) == sizeof(uint64_t), "a handle's parts need 64 bits");

std::atomic<uint64_t> last_number{0};

uint64_t handle_of(size_t slot, uint64_t number, Kind kind) {
  return kMark << kMarkShift | uint64_t{slot} << kSlotShift | number << kNumberShift |
         static_cast<uint64_t>(kind);
}

uint64_t bits_of(const void* handle) { return reinterpret_cast<uintptr_t>(handle); }

std::string with_article(Kind kind) {
  return std::string(kind == Kind::kEvent ? "an " : "a ") + kind_name(kind);
}

// The rule that a destroy breaks while another call has the object.
const char* rule_of_busy(Kind kind) {
  switch (kind) {
    case Kind::kBuffer:
      return "BP-HOST-2";
    case Kind::kKernel:
      return "BP-HOST-5";
    default:
      return "BP-HOST-11";
  }
}

bool is_host_space(const Object& object) {
  return object.kind == Kind::kBuffer && static_cast<const Buffer&>(object).is_host_space;
}

// "2 kernels (Add, MatMul)" from how many and which.
std::string counted(Kind kind, const std::vector<std::string>& names) {
  std::string text = std::to_string(names.size()) + " " + kind_name(kind);
  if (names.size() != 1) text += 's';
  if (kind != Kind::kKernel) return text;
  constexpr size_t kMostNamed = 8;
  for (size_t i = 0; i < std::min(names.size(), kMostNamed); ++i)
    text += (i == 0 ? " (" : ", ") + names[i];
  return text + (names.size() > kMostNamed ? ", ...)" : ")");
}

}  // namespace

const char* kind_name(Kind kind) {
  constexpr const char* kNames[kKindCount] = {"device", "buffer", "stream", "event", "kernel"};
  return kNames[static_cast<size_t>(kind)];
}

void* to_opaque(uint64_t number) {
  return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr): never followed
}

std::string Object::name() const {
  return std::string(kind_name(kind)) + " " + std::to_string(number);
}

Kernel::Kernel(bp_kernel_t* of_plugin, Device* parent, const bp_node_t& node)
    : Object(kKind, of_plugin, parent),
      op(node.op != nullptr ? node.op : ""),
      input_count(node.input_count),
      output_count(node.output_count) {}

std::string Kernel::name() const { return Object::name() + " (" + op + ")"; }

bool Objects::add(std::unique_ptr<Object> object) {
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  return add_locked(std::move(object));
}

Objects::AddedBuffer Objects::add_host_space(std::unique_ptr<Buffer> space) {
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  for (const auto& [handle, object] : live_)
    if (is_host_space(*object) && object->device == space->device && object->inner == space->inner)
      return {static_cast<const Buffer*>(object.get()), false};
  const Buffer& added = *space;
  const bool is_equal = add_locked(std::move(space));
  return {&added, is_equal};
}

bool Objects::add_locked(std::unique_ptr<Object> object) {
  object->number = ++last_number;
  const uint64_t handle = handle_of(slot_, object->number, object->kind);
  object->handle = to_opaque(handle);
  const uint32_t same = ++live_inner_[static_cast<size_t>(object->kind)][object->inner];
  live_.emplace(handle, std::move(object));
  return same > 1;
}

Object* Objects::use(const void* handle, Kind kind, const char* function) {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  const auto found = live_.find(bits_of(handle));
  if (found == live_.end() || found->second->kind != kind) return nullptr;
  ++found->second->users;
  found->second->last_user = function;
  return found->second.get();
}

void Objects::release(Object& object) { --object.users; }

Objects::Taken Objects::take(const void* handle, Kind kind) {
  {
    const std::unique_lock<std::shared_mutex> lock(mutex_);
    const auto found = live_.find(bits_of(handle));
    if (found != live_.end() && found->second->kind == kind) {
      Taken refused = refuse_busy(*found->second);
      if (refused.refusal.rule != nullptr) return refused;
      Taken taken{std::move(found->second), {}};
      live_.erase(found);
      forget_inner(*taken.object);
      if (kind == Kind::kDevice) erase_host_spaces_of(static_cast<Device&>(*taken.object));
      return taken;
    }
  }
  return {nullptr, {"BP-HOST-3", std::string(kind_name(kind)) + " " + why_not(handle, kind)}};
}

Objects::Taken Objects::refuse_busy(const Object& object) const {
  if (is_host_space(object))
    return {nullptr, {"BP-HOST-9", object.name() + " is host_space, which belongs to its device"}};
  if (object.users != 0)
    return {nullptr,
            {rule_of_busy(object.kind),
             object.name() + " is in " + object.last_user.load() + " on another thread"}};
  if (object.kind != Kind::kDevice) return {};
  const std::string alive = list_objects_of(static_cast<const Device&>(object));
  if (alive.empty()) return {};
  return {nullptr, {"BP-HOST-1", "still alive: " + alive + "; " + object.name() + " stays open"}};
}

std::string Objects::list_objects_of(const Device& device) const {
  std::array<std::vector<std::string>, kKindCount> names;
  for (const auto& [handle, object] : live_) {
    if (object->device != &device || (is_host_space(*object) && object->users == 0)) continue;
    names[static_cast<size_t>(object->kind)].push_back(
        object->kind == Kind::kKernel ? static_cast<const Kernel&>(*object).op : "");
  }
  std::string text;
  for (size_t kind = 0; kind < kKindCount; ++kind) {
    if (names[kind].empty()) continue;
    text += (text.empty() ? "" : ", ") + counted(static_cast<Kind>(kind), names[kind]);
  }
  return text;
}

void Objects::erase_host_spaces_of(const Device& device) {
  for (auto object = live_.begin(); object != live_.end();) {
    if (object->second->device == &device) {
      forget_inner(*object->second);
      object = live_.erase(object);
    } else {
      ++object;
    }
  }
}

void Objects::forget_inner(const Object& object) {
  auto& inner_of_kind = live_inner_[static_cast<size_t>(object.kind)];
  const auto found = inner_of_kind.find(object.inner);
  if (--found->second == 0) inner_of_kind.erase(found);
}

bool Objects::has_devices() const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  return std::any_of(live_.begin(), live_.end(),
                     [](const auto& entry) { return entry.second->kind == Kind::kDevice; });
}

std::string Objects::why_not(const void* handle, Kind kind) const {
  if (handle == nullptr) return "is NULL";
  const uint64_t bits = bits_of(handle);
  const uint64_t number = bits >> kNumberShift & kNumberMask;
  const uint64_t kind_bits = bits & kKindMask;
  if (bits >> kMarkShift != kMark || number > last_number || kind_bits >= kKindCount)
    return std::string("never was ") + with_article(kind);
  const Kind real = static_cast<Kind>(kind_bits);
  const std::string name = std::string(kind_name(real)) + " " + std::to_string(number);
  if ((bits >> kSlotShift & kSlotMask) != slot_) return "is " + name + " of another plugin";
  if (real != kind) return "is " + name + ", not " + with_article(kind);
  return "is " + name + ", which was " + (kind == Kind::kDevice ? "closed" : "destroyed");
}

}  // namespace backplane::check
