// A call back to the host from a stream, on every device.
#pragma once

#include "stream/stream.hpp"

namespace backplane {

using HostFunction = void (*)(void* argument, bp_status_t status);

// As bp_stream_api_t::host_call: exactly once, with the stream's failure if it has one; later work
// waits for its return. At once on a synchronous device; the plugin's own where it has one; else
// emulated: the stream waits for a host-signalled event, while a thread of the host waits for the
// stream, calls, and signals. A failure means that no call comes.
Status host_call(Stream& stream, HostFunction function, void* argument);

}  // namespace backplane
