// A slot in host memory, imported, whose end touches a page that nobody may read or write.
#pragma once

#include <memory>

#include "problems/slot.hpp"

namespace backplane::conformance {

// Thrown by put: the device takes no such memory.
struct NoImport {};

// The tensor ends where its memory does, or as near to that as its alignment lets it. protect()
// makes the pages read-only on a device whose kernels the host's own processors run: elsewhere page
// protection binds nobody, and a driver may have pinned the pages to write to them.
std::unique_ptr<Slot> protected_slot(Subject& subject);

}  // namespace backplane::conformance
