// Products of matrices in tiles, by gemm.cl. What it cannot do, or not well, matmul.cl does.
#pragma once

#include "../kernel.hpp"
#include "epilogue.hpp"
#include "tuning.hpp"
#include "walk.hpp"

namespace backplane::opencl {

// As in matmul.cl and gemm.cl: from one element to the next along each axis.
struct Steps {
  cl_ulong a_row = 0, a_inner = 1, b_inner = 0, b_column = 1, c_row = 0, c_column = 0;
};

struct Sizes {
  cl_ulong rows = 0, columns = 0, inner = 0;
};

// One product of matrices, or a batch of them; alpha, beta and `c` only for what is built with
// IS_GEMM and HAS_C.
struct Product {
  const bp_tensor_t& a;
  const bp_tensor_t& b;
  const bp_tensor_t* c;
  const bp_tensor_t& y;
  Sizes sizes;
  Steps steps;
  Walk batch;
  cl_float alpha, beta;
  const bp_tensor_t* inputs = nullptr;  // of the node, for an epilogue
};

uint64_t divided_up(uint64_t count, uint64_t by);
// As many work groups keep a device busy to the end.
uint64_t wanted_groups(const Device& device);

// Float32, and float16 that is summed in float32.
bool is_tiled(bp_dtype_t dtype);
// Is there enough to do that tiles pay?
bool is_tiled(const Sizes& sizes);

class TiledProduct {
 public:
  // `options` as of matmul.cl.
  TiledProduct(Device& device, const Tiling& tiling, bp_dtype_t dtype, const std::string& options,
               const Epilogue& epilogue = {});

  void launch(Stream& stream, const Product& product);

 private:
  // Tiles of rows that a group goes through with one block of B.
  uint64_t subtiles(const Sizes& sizes, uint64_t batch) const;

  const Tiling tiling_;
  const uint64_t wanted_groups_;
  const Epilogue epilogue_;
  Compute compute_;
};

}  // namespace backplane::opencl
