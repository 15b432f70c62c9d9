// The plugin's passes over the host's graph, each in the file of its name.
#pragma once

#include <backplane/plugin/graph.hpp>

#include "../device.hpp"

namespace backplane::opencl {

void fuse_epilogue(const Device& device, plugin::Graph& graph);     // fuse_epilogue.cpp
void fuse_elementwise(const Device& device, plugin::Graph& graph);  // fuse_elementwise.cpp

}  // namespace backplane::opencl
