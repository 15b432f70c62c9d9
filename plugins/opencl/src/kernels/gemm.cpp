#include "gemm.hpp"

#include <algorithm>

#include "sources.hpp"

namespace backplane::opencl {

namespace {

constexpr uint64_t kSmallest = uint64_t{1} << 15;  // products of numbers, from which tiles pay
constexpr uint64_t kGroupsOfUnit = 8;  // so that units that are late or slow cost little

}  // namespace

uint64_t divided_up(uint64_t count, uint64_t by) { return (count + by - 1) / by; }

uint64_t wanted_groups(const Device& device) {
  cl_uint units = 1;
  check(cl().clGetDeviceInfo(device.facts.id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units,
                             nullptr),
        "clGetDeviceInfo");
  return kGroupsOfUnit * units;
}

bool is_tiled(bp_dtype_t dtype) { return dtype == BP_DTYPE_FLOAT32 || dtype == BP_DTYPE_FLOAT16; }

bool is_tiled(const Sizes& sizes) {
  constexpr uint64_t kNarrowest = 8;  // columns; there are vectors of them
  return sizes.columns >= kNarrowest && sizes.rows * sizes.columns * sizes.inner >= kSmallest;
}

TiledProduct::TiledProduct(Device& device, const Tiling& tiling, bp_dtype_t dtype,
                           const std::string& options, const Epilogue& epilogue)
    : tiling_(tiling),
      wanted_groups_(wanted_groups(device)),
      epilogue_(epilogue),
      compute_(device, epilogue.before(kGemmSource).get(),
               element_option(dtype) + tiling.options() + options, "multiply_tiles") {}

uint64_t TiledProduct::subtiles(const Sizes& sizes, uint64_t batch) const {
  if (tiling_.parts == 0) return 1;
  const uint64_t room = tiling_.parts / (tiling_.tile_rows() * tiling_.tile_columns());
  const uint64_t tiles = divided_up(sizes.rows, tiling_.tile_rows());
  const uint64_t across = divided_up(sizes.columns, tiling_.tile_columns()) * batch;
  const uint64_t shares = divided_up(wanted_groups_, across);
  return std::clamp<uint64_t>(divided_up(tiles, shares), 1, room);
}

void TiledProduct::launch(Stream& stream, const Product& product) {
  const Sizes& sizes = product.sizes;
  const uint64_t batch = product.batch.count();
  const uint64_t of_group = subtiles(sizes, batch);
  const uint64_t down = divided_up(sizes.rows, tiling_.tile_rows() * of_group);
  const uint64_t across = divided_up(sizes.columns, tiling_.tile_columns());
  const Work work = {3,
                     {across * tiling_.group_columns, down * tiling_.group_rows, batch},
                     {tiling_.group_columns, tiling_.group_rows, 1}};
  const uint64_t block = tiling_.panel == 0 ? sizes.inner : tiling_.depth;
  compute_.launch(stream, work, [&](Arguments& arguments) {
    arguments.add(product.a);
    arguments.add(product.b);
    if (product.c != nullptr) arguments.add(*product.c);
    epilogue_.add_to(arguments, product.inputs, product.y);
    arguments.add(product.y);
    arguments.add(sizes.rows);
    arguments.add(sizes.columns);
    arguments.add(sizes.inner);
    arguments.add(product.steps);
    arguments.add(product.batch);
    arguments.add(product.alpha);
    arguments.add(product.beta);
    arguments.add(cl_ulong{block});
    arguments.add(static_cast<cl_uint>(of_group));
  });
}

}  // namespace backplane::opencl
