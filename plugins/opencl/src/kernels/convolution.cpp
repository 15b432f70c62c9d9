#include "convolution.hpp"

#include <algorithm>

#include "gemm.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

constexpr cl_long kMostCells = 128;     // of a window
constexpr uint64_t kFewestOutputs = 4;  // of a group: with fewer most of a tile is for nothing
constexpr uint64_t kMostSubtiles = 4;   // across; the more, the less is staged twice
constexpr uint64_t kGoodDepth = 32;     // channels in a block, rather than more subtiles across
constexpr cl_long kMostElements = cl_long{1} << 30;  // of a plane: numbered by int

// convolution.cl's.
struct Axis {
  cl_int input, output, size, stride, dilation, pad, phases;
};
struct Staging {
  Axis rows, columns;
  cl_int pitch, places, span;
};

Axis axis_of(const Window& window) {
  const bool is_in_phase = window.size == 1 || window.dilation % window.stride == 0;
  const auto narrow = [](cl_long value) { return static_cast<cl_int>(value); };
  return {narrow(window.input),
          narrow(window.output),
          narrow(window.size),
          narrow(window.stride),
          narrow(window.dilation),
          narrow(window.pad_begin),
          narrow(is_in_phase ? 1 : window.stride)};
}

// Steps of the stride from a window's first cell to its last.
cl_int reach(const Axis& axis) { return (axis.size - 1) * axis.dilation / axis.stride; }

Staging staging_of(const Windows& windows, uint64_t tile_columns) {
  Staging staging = {axis_of(windows.axes[1]), axis_of(windows.axes[2]), 0, 0, 0};
  staging.pitch = staging.columns.output + reach(staging.columns);
  staging.places = (staging.rows.output - 1) * staging.pitch + staging.columns.output;
  staging.span = static_cast<cl_int>(tile_columns) + reach(staging.rows) * staging.pitch +
                 reach(staging.columns);
  return staging;
}

uint64_t segment_of(const Staging& staging) {
  return uint64_t(staging.span) * uint64_t(staging.rows.phases) * uint64_t(staging.columns.phases);
}

// How the work of a launch is divided.
struct Division {
  Staging staging;
  uint64_t block, down, across;  // channels; subtiles
};

// The most subtiles across that leave enough groups, and enough channels in a block.
Division divide(const Tiling& tiling, const Channels& channels, const Windows& windows,
                uint64_t wanted_groups) {
  const uint64_t most = tiling.parts == 0 ? 1 : kMostSubtiles;
  const uint64_t batch = channels.images * channels.groups;
  Division division = {};
  for (division.across = most;; --division.across) {
    const uint64_t columns = division.across * tiling.tile_columns();
    division.staging = staging_of(windows, columns);
    division.block = std::min(channels.inputs, tiling.panel / segment_of(division.staging));
    const bool is_deep = division.block >= std::min(channels.inputs, kGoodDepth);
    const bool is_wide =
        divided_up(uint64_t(division.staging.places), columns) * batch >= wanted_groups;
    if (division.across == 1 || (is_deep && is_wide)) break;
  }
  const uint64_t tiles = divided_up(channels.outputs, tiling.tile_rows());
  const uint64_t columns = division.across * tiling.tile_columns();
  const uint64_t groups = divided_up(uint64_t(division.staging.places), columns) * batch;
  const uint64_t room = tiling.parts / (tiling.tile_rows() * columns);
  division.down = divided_up(tiles, divided_up(wanted_groups, groups));
  if (tiling.parts == 0)
    division.down = 1;
  else if (division.block < channels.inputs)
    division.down = std::clamp<uint64_t>(division.down, 1, room);
  return division;
}

// No more than int counts, whatever a tile adds.
bool is_counted(const Windows& windows) {
  const Window &h = windows.axes[1], &l = windows.axes[2];
  for (const Window* axis : {&h, &l})
    for (const cl_long value : {axis->input, axis->output, axis->size, axis->stride, axis->dilation,
                                axis->pad_begin, axis->pad_end})
      if (value < 0 || value >= kMostElements / 4) return false;
  const double pitch = double(l.output) + double(l.size) * double(l.dilation);
  const double rows = double(h.output) + double(h.size) * double(h.dilation);
  return pitch * rows * double(h.stride) * double(l.stride) < double(kMostElements);
}

}  // namespace

TiledConvolution::TiledConvolution(Device& device, const Tiling& tiling, bp_dtype_t dtype,
                                   const std::string& options, const Epilogue& epilogue)
    : tiling_(tiling),
      wanted_groups_(wanted_groups(device)),
      epilogue_(epilogue),
      compute_(device, epilogue.before(kConvolutionSource).get(),
               element_option(dtype) + tiling.options() +
                   " -DMOST_CELLS=" + std::to_string(kMostCells) + options,
               "convolve_tiles") {}

bool TiledConvolution::fits(const Tiling& tiling, const Windows& windows) {
  const Window& depth = windows.axes[0];
  if (depth.input != 1 || depth.output != 1 || depth.size != 1) return false;
  if (!is_counted(windows)) return false;
  if (windows.axes[1].size * windows.axes[2].size > kMostCells) return false;
  return segment_of(staging_of(windows, tiling.tile_columns())) <= tiling.panel;
}

bool TiledConvolution::can_serve(const Tiling& tiling, const Channels& channels,
                                 const Windows& windows) {
  if (channels.outputs < kFewestOutputs || !fits(tiling, windows)) return false;
  const Window &h = windows.axes[1], &l = windows.axes[2];
  return is_tiled({channels.outputs, static_cast<cl_ulong>(h.output * l.output),
                   channels.inputs * static_cast<cl_ulong>(h.size * l.size)});
}

void TiledConvolution::launch(Stream& stream, const Convolution& convolution) {
  const Channels& channels = convolution.channels;
  const Division division = divide(tiling_, channels, convolution.windows, wanted_groups_);
  const uint64_t columns = division.across * tiling_.tile_columns();
  const uint64_t rows = division.down * tiling_.tile_rows();
  const Work work = {
      3,
      {divided_up(uint64_t(division.staging.places), columns) * tiling_.group_columns,
       divided_up(channels.outputs, rows) * tiling_.group_rows, channels.images * channels.groups},
      {tiling_.group_columns, tiling_.group_rows, 1}};
  compute_.launch(stream, work, [&](Arguments& arguments) {
    arguments.add(convolution.x);
    arguments.add(convolution.w);
    if (convolution.bias != nullptr) arguments.add(*convolution.bias);
    epilogue_.add_to(arguments, convolution.inputs, convolution.y);
    arguments.add(convolution.y);
    arguments.add(channels.groups);
    arguments.add(channels.inputs);
    arguments.add(channels.outputs);
    arguments.add(division.staging);
    arguments.add(cl_ulong{division.block});
    arguments.add(static_cast<cl_uint>(division.down));
    arguments.add(static_cast<cl_uint>(division.across));
  });
}

}  // namespace backplane::opencl
