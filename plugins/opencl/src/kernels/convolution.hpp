// Convolutions over one or two spatial axes in tiles, by convolution.cl. What it cannot do, or not
// well, window.cl does.
#pragma once

#include <optional>

#include "../kernel.hpp"
#include "epilogue.hpp"
#include "tuning.hpp"
#include "window.hpp"

namespace backplane::opencl {

// The channels of a convolution, of one group each.
struct Channels {
  cl_ulong images = 1, groups = 1, inputs = 0, outputs = 0;
};

struct Convolution {
  const bp_tensor_t& x;
  const bp_tensor_t& w;
  const bp_tensor_t* bias;  // nullptr unless built with HAS_BIAS
  const bp_tensor_t& y;
  Channels channels;
  Windows windows;
  const bp_tensor_t* inputs = nullptr;  // of the node, for an epilogue
};

class TiledConvolution {
 public:
  // `tiling` has a panel; `options`: " -DHAS_BIAS=1" or none.
  TiledConvolution(Device& device, const Tiling& tiling, bp_dtype_t dtype,
                   const std::string& options, const Epilogue& epilogue = {});

  // Is the panel large enough, and is there enough to do that tiles pay?
  static bool can_serve(const Tiling& tiling, const Channels& channels, const Windows& windows);
  // The same without the question whether it pays.
  static bool fits(const Tiling& tiling, const Windows& windows);

  void launch(Stream& stream, const Convolution& convolution);

 private:
  const Tiling tiling_;
  const uint64_t wanted_groups_;
  const Epilogue epilogue_;
  Compute compute_;
};

}  // namespace backplane::opencl
