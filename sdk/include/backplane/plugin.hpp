// backplane/plugin.hpp - for authors of plugins, in C++17. Header only; links nothing.
//
//   plugin/error.hpp        Error, fail, guarded: exceptions inside, status and text at the edge
//   plugin/failure.hpp      Failure: the same for work that runs later, in a stream
//   plugin/deadline.hpp     Deadline: the ABI's timeouts
//   plugin/option.hpp       whole_number: reads a bp_option_t (not included here)
//   plugin/event.hpp        Event: an event over a plugin's own marks (not included here)
//   plugin/loss.hpp         Loss: what the opens of a device share when it is lost (not included)
//   plugin/test_hooks.hpp   TestHooks: a plugin's half of "bp.test/1" (not included here)
//   plugin/query.hpp        answer_query: bp_plugin_query, with its refusal
//   plugin/node.hpp         Node: reads a bp_node_t
//   plugin/graph.hpp        Graph, NodeDraft: the host's graph in a pass (not included here)
//   plugin/attribute_kinds.hpp  check_attribute_kinds: what supports has to refuse
//   plugin/host_memory.hpp  HostMemory: the whole memory table of a device that shares the host's
//   plugin/kernel.hpp       Kernel, Launch: an operator as a class
//   plugin/simple.hpp       query<kDefinition>: a whole plugin from a list of such operators;
//                           plugins/hello/src/hello_plugin.cpp is one
//   plugin/pass.hpp         Pass, query<kDefinition, kPasses>: the same with graph passes (not
//                           included here); plugins/hello/src/hello_pass.cpp
//
// Each part can be used without those below it.
#ifndef BACKPLANE_PLUGIN_HPP
#define BACKPLANE_PLUGIN_HPP

#include <backplane/stream.h>

#include <backplane/plugin/deadline.hpp>
#include <backplane/plugin/error.hpp>
#include <backplane/plugin/failure.hpp>
#include <backplane/plugin/host_memory.hpp>
#include <backplane/plugin/kernel.hpp>
#include <backplane/plugin/node.hpp>
#include <backplane/plugin/query.hpp>
#include <backplane/plugin/simple.hpp>

#endif  // BACKPLANE_PLUGIN_HPP
