// A layer has one of 64 slots. Its functions exist once per slot, so that each knows its layer
// without a handle to look at: get_extension has none, and NULL may be destroyed.
#include "check/layer.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "check/call.hpp"
#include "check/hash.hpp"
#include "check/wrapped.hpp"

namespace backplane::check {
namespace {

constexpr size_t kSlotCount = 64;

std::mutex slots_mutex;  // for taking one and giving it back
std::array<std::atomic<State*>, kSlotCount> slots;

// The layer itself may run out of memory; nothing that it throws crosses the ABI.
template <auto Function, class Answer, class... Arguments>
Answer answer(State& state, Arguments... arguments) noexcept {
  try {
    return Function(state, arguments...);
  } catch (...) {
    if constexpr (std::is_same_v<Answer, bp_status_t>)
      return BP_STATUS_OUT_OF_MEMORY;
    else
      return Answer();
  }
}

template <size_t Slot, auto Function>
struct Entry;

template <size_t Slot, class Answer, class... Arguments,
          Answer (*Function)(State& state, Arguments...)>
struct Entry<Slot, Function> {
  static Answer call(Arguments... arguments) {
    return answer<Function, Answer>(*slots[Slot].load(std::memory_order_acquire), arguments...);
  }
};

// The layer's function where the plugin has one.
template <size_t Slot, auto Function, class Pointer>
void wrap(Pointer of_plugin, Pointer& of_layer) {
  of_layer = of_plugin != nullptr ? Entry<Slot, Function>::call : nullptr;
}

template <size_t Slot>
void wrap_plugin(const bp_plugin_t& from, bp_plugin_t& to) {
  namespace w = wrapped;
  wrap<Slot, w::device_info>(from.device_info, to.device_info);
  wrap<Slot, w::device_open>(from.device_open, to.device_open);
  wrap<Slot, w::device_close>(from.device_close, to.device_close);
  wrap<Slot, w::get_extension>(from.get_extension, to.get_extension);
  wrap<Slot, w::unload>(from.unload, to.unload);
}

template <size_t Slot>
void wrap_memory(const bp_memory_api_t& from, bp_memory_api_t& to) {
  namespace w = wrapped;
  wrap<Slot, w::buffer_create>(from.buffer_create, to.buffer_create);
  wrap<Slot, w::buffer_destroy>(from.buffer_destroy, to.buffer_destroy);
  wrap<Slot, w::write>(from.write, to.write);
  wrap<Slot, w::read>(from.read, to.read);
  wrap<Slot, w::copy>(from.copy, to.copy);
  wrap<Slot, w::fill>(from.fill, to.fill);
  wrap<Slot, w::map>(from.map, to.map);
  wrap<Slot, w::buffer_import>(from.buffer_import, to.buffer_import);
  wrap<Slot, w::buffer_export>(from.buffer_export, to.buffer_export);
  wrap<Slot, w::host_space>(from.host_space, to.host_space);
  wrap<Slot, w::usage>(from.usage, to.usage);
}

template <size_t Slot>
void wrap_stream(const bp_stream_api_t& from, bp_stream_api_t& to) {
  namespace w = wrapped;
  wrap<Slot, w::stream_create>(from.stream_create, to.stream_create);
  wrap<Slot, w::stream_destroy>(from.stream_destroy, to.stream_destroy);
  wrap<Slot, w::stream_synchronize>(from.stream_synchronize, to.stream_synchronize);
  wrap<Slot, w::event_create>(from.event_create, to.event_create);
  wrap<Slot, w::event_destroy>(from.event_destroy, to.event_destroy);
  wrap<Slot, w::event_record>(from.event_record, to.event_record);
  wrap<Slot, w::event_wait>(from.event_wait, to.event_wait);
  wrap<Slot, w::event_query>(from.event_query, to.event_query);
  wrap<Slot, w::event_synchronize>(from.event_synchronize, to.event_synchronize);
  wrap<Slot, w::event_elapsed>(from.event_elapsed, to.event_elapsed);
  wrap<Slot, w::event_signal>(from.event_signal, to.event_signal);
  wrap<Slot, w::host_call>(from.host_call, to.host_call);
}

template <size_t Slot>
void wrap_kernel(const bp_kernel_api_t& from, bp_kernel_api_t& to) {
  namespace w = wrapped;
  wrap<Slot, w::supports>(from.supports, to.supports);
  wrap<Slot, w::kernel_create>(from.kernel_create, to.kernel_create);
  wrap<Slot, w::kernel_destroy>(from.kernel_destroy, to.kernel_destroy);
  wrap<Slot, w::kernel_info>(from.kernel_info, to.kernel_info);
  wrap<Slot, w::scratch_size>(from.scratch_size, to.scratch_size);
  wrap<Slot, w::launch>(from.launch, to.launch);
  wrap<Slot, w::estimate_ns>(from.estimate_ns, to.estimate_ns);
}

template <size_t Slot>
void wrap_test(const bp_test_api_t& from, bp_test_api_t& to) {
  namespace w = wrapped;
  wrap<Slot, w::fail_next>(from.fail_next, to.fail_next);
  wrap<Slot, w::fail_work>(from.fail_work, to.fail_work);
  wrap<Slot, w::counters>(from.counters, to.counters);
  wrap<Slot, w::lose>(from.lose, to.lose);
}

template <size_t Slot>
void wrap_graph_pass(const bp_graph_pass_api_t& from, bp_graph_pass_api_t& to) {
  namespace w = wrapped;
  wrap<Slot, w::pass_count>(from.pass_count, to.pass_count);
  wrap<Slot, w::pass_info>(from.pass_info, to.pass_info);
  wrap<Slot, w::pass_run>(from.pass_run, to.pass_run);
}

template <size_t Slot>
void wrap_all(State& state) {
  wrap_plugin<Slot>(state.inner.plugin, state.outer.plugin);
  wrap_memory<Slot>(state.inner.memory, state.outer.memory);
  wrap_stream<Slot>(state.inner.stream, state.outer.stream);
  wrap_kernel<Slot>(state.inner.kernel, state.outer.kernel);
  wrap_test<Slot>(state.inner.test, state.outer.test);
  wrap_graph_pass<Slot>(state.inner.graph_pass, state.outer.graph_pass);
  state.call_host = Entry<Slot, wrapped::call_host>::call;
}

template <size_t... Slot>
void wrap_for(size_t slot, State& state, std::index_sequence<Slot...>) {
  constexpr std::array<void (*)(State&), sizeof...(Slot)> kWrappers = {wrap_all<Slot>...};
  kWrappers[slot](state);
}

// As far as both the plugin and this host know the table.
template <class Table>
Table table_of(const Table& plugins) {
  Table table = known_part(plugins);
  table.struct_size = std::min<uint32_t>(table.struct_size, sizeof table);
  return table;
}

template <class Table>
Table extension_of(const bp_plugin_t& plugin, const char* id) {
  const void* table = nullptr;
  if (BP_HAS(bp_plugin_t, &plugin, get_extension) && plugin.get_extension != nullptr)
    table = plugin.get_extension(id);
  return table != nullptr ? table_of(*static_cast<const Table*>(table)) : Table{};
}

}  // namespace

State::State(const bp_plugin_t& plugin, Options with, size_t slot)
    : options(std::move(with)), objects(slot), constants(plugin) {
  inner.plugin = table_of(plugin);
  inner.memory = table_of(*plugin.memory);
  inner.kernel = table_of(*plugin.kernel);
  if (plugin.stream != nullptr) inner.stream = table_of(*plugin.stream);
  inner.test = extension_of<bp_test_api_t>(plugin, BP_EXT_TEST);
  inner.graph_pass = extension_of<bp_graph_pass_api_t>(plugin, BP_EXT_GRAPH_PASS);
  outer = inner;
  outer.plugin.memory = &outer.memory;
  outer.plugin.kernel = &outer.kernel;
  outer.plugin.stream = plugin.stream != nullptr ? &outer.stream : nullptr;
  wrap_for(slot, *this, std::make_index_sequence<kSlotCount>());
}

void State::report(const char* rule, const char* function, const std::string& text) const {
  if (!is_over && options.report) options.report({rule, function, text});
}

Layer::Layer(const bp_plugin_t* plugin, Options options) {
  const std::lock_guard<std::mutex> lock(slots_mutex);
  const auto slot =
      std::find_if(slots.begin(), slots.end(), [](const auto& it) { return it == nullptr; });
  if (slot == slots.end()) return;
  state_ = std::make_unique<State>(*plugin, std::move(options), slot - slots.begin());
  *slot = state_.get();
}

Layer::~Layer() {
  if (state_ == nullptr) return;
  state_->is_over = true;
  if (state_->options.times) state_->options.times(state_->times.by_total());
  if (state_->objects.has_devices()) {  // the plugin may still call: the slot stays taken
    static_cast<void>(state_.release());
    return;
  }
  const std::lock_guard<std::mutex> lock(slots_mutex);
  for (std::atomic<State*>& slot : slots)
    if (slot == state_.get()) slot = nullptr;
}

const bp_plugin_t* Layer::table() const {
  return state_ != nullptr ? &state_->outer.plugin : nullptr;
}

}  // namespace backplane::check
