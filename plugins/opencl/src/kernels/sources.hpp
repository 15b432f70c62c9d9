// The .cl files of this folder, each with types.cl before it, some with window.cl or tile.cl too;
// written by the build.
#pragma once

#include "../program.hpp"

namespace backplane::opencl {

extern const Source kClipSource;
extern const Source kConvolutionSource;
extern const Source kCopySource;
extern const Source kElementwiseSource;
extern const Source kGemmSource;
extern const Source kMatmulSource;
extern const Source kNormalizationSource;
extern const Source kPoolSource;
extern const Source kPowSource;
extern const Source kReduceSource;
extern const Source kSoftmaxSource;
extern const Source kWindowSource;

}  // namespace backplane::opencl
