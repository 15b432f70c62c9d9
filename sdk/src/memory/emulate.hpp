// What the host does where a plugin has no copy or no fill. Same answers, same refusals, and a
// refused call has changed nothing. The caller has the stream's turn.
#pragma once

#include "memory/transfer.hpp"

namespace backplane {

// Reads and writes in pieces. Only on synchronous devices, where a read is done when it returns.
Status emulated_copy(const Device& device, bp_stream_t* stream, const BufferRange& target,
                     const BufferRange& source);

// A first piece written, then copied over and over, twice as much each time; written throughout
// where there is no copy.
Status emulated_fill(const Device& device, bp_stream_t* stream, const BufferRange& target,
                     const void* pattern, uint32_t pattern_size);

}  // namespace backplane
