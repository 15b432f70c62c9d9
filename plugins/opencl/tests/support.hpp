// What the tests of the opencl plugin share: the layer between plugin and driver, put there for the
// whole program, and a folder of its own for what PoCL compiles.
#pragma once

#include <string>

#include "layer/control.hpp"

namespace backplane::opencl::tests {

// The layer that main.cpp has named to the loader.
const layer::Control& the_layer();

// References that the program holds on OpenCL's objects, eg "context 1, event 2"; "" for none.
std::string live_objects();

// Undoes at its end whatever a test has told the layer.
struct Healed {
  ~Healed() { the_layer().heal(); }
};

}  // namespace backplane::opencl::tests
