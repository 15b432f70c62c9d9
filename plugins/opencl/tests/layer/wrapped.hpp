// One function of OpenCL as the program sees it: counted, failed when the plan says so, and its
// objects counted.
#pragma once

#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#include "state.hpp"

namespace backplane::opencl::layer {

template <class Object>
constexpr bool kIsObject =
    std::is_same_v<Object, cl_context> || std::is_same_v<Object, cl_command_queue> ||
    std::is_same_v<Object, cl_mem> || std::is_same_v<Object, cl_program> ||
    std::is_same_v<Object, cl_kernel> || std::is_same_v<Object, cl_event>;

inline Kind kind_of(cl_context) { return Kind::kContext; }
inline Kind kind_of(cl_command_queue) { return Kind::kQueue; }
inline Kind kind_of(cl_mem) { return Kind::kMemory; }
inline Kind kind_of(cl_program) { return Kind::kProgram; }
inline Kind kind_of(cl_kernel) { return Kind::kKernel; }
inline Kind kind_of(cl_event event) {
  cl_command_type type = 0;
  state().driver.clGetEventInfo(event, CL_EVENT_COMMAND_TYPE, sizeof type, &type, nullptr);
  return type == CL_COMMAND_USER ? Kind::kUserEvent : Kind::kEvent;
}

// Work-groups that a call gives.
template <class... Arguments>
uint64_t groups_of(Arguments...) {
  return 0;
}
inline uint64_t groups_of(cl_command_queue, cl_kernel, cl_uint dimensions, const size_t*,
                          const size_t* global, const size_t* local, cl_uint, const cl_event*,
                          cl_event*) {
  uint64_t groups = 1;
  for (cl_uint i = 0; i < dimensions; ++i) groups *= local != nullptr ? global[i] / local[i] : 0;
  return groups;
}

template <auto kMember>
struct Wrapped;

template <class Result, class... Arguments,
          Result (CL_API_CALL* cl_icd_dispatch::*kMember)(Arguments...)>
struct Wrapped<kMember> {
  static inline Function* function = nullptr;

  static Result CL_API_CALL call(Arguments... arguments) {
    ++function->calls;
    const cl_int refused = state().plan.next(function->name, Effect::kCallFails);
    if (refused != CL_SUCCESS) return refuse(refused, arguments...);
    if constexpr ((std::is_same_v<Arguments, cl_event*> || ...))
      return give(arguments...);
    else if constexpr (kIsObject<Result>)
      return create(arguments...);
    else if constexpr (sizeof...(Arguments) == 1 && (kIsObject<Arguments> && ...))
      return count(arguments...);
    else
      return (state().changed.*kMember)(arguments...);
  }

  // Functions that give no status have room for one as their last argument.
  static Result refuse(cl_int error, Arguments... arguments) {
    if constexpr (std::is_same_v<Result, cl_int>) {
      return error;
    } else {
      auto* room = std::get<sizeof...(Arguments) - 1>(std::tuple<Arguments...>(arguments...));
      if (room != nullptr) *room = error;
      return nullptr;
    }
  }

  static Result create(Arguments... arguments) {
    const Result made = (state().changed.*kMember)(arguments...);
    if (made != nullptr) state().counts.add_reference(kind_of(made), 1);
    return made;
  }

  // Retains, releases, and what else takes one object.
  static Result count(Arguments... arguments) {
    const int64_t step = std::strncmp(function->name, "clRetain", 8) == 0    ? 1
                         : std::strncmp(function->name, "clRelease", 9) == 0 ? -1
                                                                             : 0;
    if (step == 0) return (state().changed.*kMember)(arguments...);
    const Kind kind = kind_of(arguments...);
    const Result result = (state().changed.*kMember)(arguments...);
    if (result == CL_SUCCESS) state().counts.add_reference(kind, step);
    return result;
  }

  // A command. The event of one that is watched is the layer's where the program wants none.
  static Result give(Arguments... arguments) {
    State& known = state();
    const cl_int failure = known.plan.next(function->name, Effect::kCommandFails);
    cl_event*& room = std::get<cl_event*&>(std::tie(arguments...));
    const bool is_wanted = room != nullptr;
    const bool is_watched = known.watch.is_on();
    cl_event own = nullptr;
    if (!is_wanted && is_watched) room = &own;
    cl_event before = nullptr;
    if (is_wanted) std::swap(*room, before);  // so that a call that fails is seen
    const Result result = (known.changed.*kMember)(arguments...);
    const cl_event event = room != nullptr ? *room : nullptr;
    if (is_wanted && event == nullptr) *room = before;
    if (event == nullptr) return result;
    known.commands.add(event, failure);
    if (is_wanted) known.counts.add_reference(Kind::kEvent, 1);
    if (is_wanted && is_watched) known.driver.clRetainEvent(event);
    if (is_watched) known.watch.add(function->name, event, groups_of(arguments...));
    return result;
  }
};

}  // namespace backplane::opencl::layer
