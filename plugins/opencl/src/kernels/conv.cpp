// Conv over one to three spatial axes, in groups.
#include "convolution.hpp"
#include "gemm.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

constexpr uint64_t kChannels = 4;  // of window.cl: outputs of a work item

uint64_t places_of(const Windows& windows) {
  uint64_t places = 1;
  for (const Window& axis : windows.axes) places *= static_cast<uint64_t>(axis.output);
  return places;
}

// Any element type, any number of spatial axes.
class SimpleConvolution {
 public:
  SimpleConvolution(Device& device, bp_dtype_t dtype, const std::string& options,
                    const Epilogue& epilogue)
      : epilogue_(epilogue),
        compute_(device, epilogue.before(kWindowSource).get(),
                 element_option(dtype) + " -DIS_CONV=1 -DWIDTH=4" + options, "convolve") {}

  void launch(Stream& stream, const Convolution& convolution) {
    const Channels& channels = convolution.channels;
    const uint64_t items = places_of(convolution.windows) *
                           divided_up(channels.outputs, kChannels) * channels.groups *
                           channels.images;
    compute_.launch(stream, work_over(items), [&](Arguments& arguments) {
      arguments.add(convolution.x);
      arguments.add(convolution.w);
      if (convolution.bias != nullptr) arguments.add(*convolution.bias);
      epilogue_.add_to(arguments, convolution.inputs, convolution.y);
      arguments.add(convolution.y);
      arguments.add(channels.images);
      arguments.add(channels.groups);
      arguments.add(channels.inputs);
      arguments.add(channels.outputs);
      arguments.add(convolution.windows);
    });
  }

 private:
  const Epilogue epilogue_;
  Compute compute_;
};

// Windows of one cell that take every element once: the product of W and X.
class PointConvolution {
 public:
  PointConvolution(Device& device, bp_dtype_t dtype, bool has_bias, const Epilogue& epilogue)
      : product_(device, device.tuning.any(device), dtype, has_bias ? " -DHAS_C=1" : "", epilogue) {
  }

  static bool can_serve(const Channels& channels, const Windows& windows) {
    for (const Window& axis : windows.axes)
      if (axis.size != 1 || axis.stride != 1 || axis.input != axis.output || axis.pad_begin != 0)
        return false;
    return channels.groups == 1 && is_tiled(sizes_of(channels, windows));
  }

  void launch(Stream& stream, const Convolution& convolution) {
    const Sizes sizes = sizes_of(convolution.channels, convolution.windows);
    Steps steps;
    steps.a_row = sizes.inner;
    steps.b_inner = sizes.columns;
    steps.c_row = 1;
    Walk images;
    images.rank = 1;
    images.sizes[0] = convolution.channels.images;
    images.strides[1][0] = sizes.inner * sizes.columns;
    product_.launch(stream, {convolution.w, convolution.x, convolution.bias, convolution.y, sizes,
                             steps, images, 1, 1, convolution.inputs});
  }

 private:
  static Sizes sizes_of(const Channels& channels, const Windows& windows) {
    return {channels.outputs, places_of(windows), channels.inputs};
  }

  TiledProduct product_;
};

class Conv : public Kernel {
 public:
  Conv(const Node& node, Device& device, const Epilogue& epilogue)
      : attributes_(node),
        groups_(static_cast<cl_ulong>(node.int_attribute("group", 1))),
        has_bias_(node.has_input(2)),
        tiling_(is_tiled(node.input(0).dtype) ? device.tuning.with_panel(device) : std::nullopt),
        is_point_served_(is_tiled(node.input(0).dtype)) {
    const bool is_known = !has_unknown_size(node.input(0)) && !has_unknown_size(node.input(1)) &&
                          !has_unknown_size(node.output(0));
    const bp_dtype_t dtype = node.input(0).dtype;
    const char* options = has_bias_ ? " -DHAS_BIAS=1" : "";
    const auto may_be = [&, only = is_known ? way_of(node) : Way::kSimple](Way way) {
      return !is_known || way == only;
    };
    if (is_point_served_ && may_be(Way::kPoint)) point_.emplace(device, dtype, has_bias_, epilogue);
    if (tiling_ && may_be(Way::kTiles)) tiled_.emplace(device, *tiling_, dtype, options, epilogue);
    if (may_be(Way::kSimple)) simple_.emplace(device, dtype, options, epilogue);
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const bp_tensor_type_t &x = inputs[0].type, &w = inputs[1].type, &y = outputs[0].type;
    const Convolution convolution = {with_buffer(inputs[0], outputs[0]),
                                     with_buffer(inputs[1], outputs[0]),
                                     has_bias_ ? &inputs[2] : nullptr,
                                     outputs[0],
                                     channels_of(w, y),
                                     attributes_.windows(x, y, w.shape + 2),
                                     inputs};
    switch (way_of(convolution.channels, convolution.windows)) {
      case Way::kPoint:
        return point_->launch(stream, convolution);
      case Way::kTiles:
        return tiled_->launch(stream, convolution);
      case Way::kSimple:
        return simple_->launch(stream, convolution);
    }
  }

 private:
  enum class Way { kPoint, kTiles, kSimple };

  Channels channels_of(const bp_tensor_type_t& w, const bp_tensor_type_t& y) const {
    return {static_cast<cl_ulong>(y.shape[0]), groups_, static_cast<cl_ulong>(w.shape[1]),
            static_cast<cl_ulong>(w.shape[0]) / groups_};
  }

  Way way_of(const Node& node) const {
    const bp_tensor_type_t& w = node.input(1);
    return way_of(channels_of(w, node.output(0)),
                  attributes_.windows(node.input(0), node.output(0), w.shape + 2));
  }

  Way way_of(const Channels& channels, const Windows& windows) const {
    if (is_point_served_ && PointConvolution::can_serve(channels, windows)) return Way::kPoint;
    if (tiling_ && TiledConvolution::can_serve(*tiling_, channels, windows)) return Way::kTiles;
    return Way::kSimple;
  }

  const WindowAttributes attributes_;
  const cl_ulong groups_;
  const bool has_bias_;
  const std::optional<Tiling> tiling_;
  const bool is_point_served_;
  // Those that a launch may want; of known sizes that is one.
  std::optional<PointConvolution> point_;
  std::optional<TiledConvolution> tiled_;
  std::optional<SimpleConvolution> simple_;
};

void check_conv(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  check_floating(node, facts, node.input(0).dtype);
  check_windows(node);
  for (uint32_t i : {1u, 2u})
    if (node.has_input(i) && node.input(i).dtype != node.input(0).dtype)
      refuse(node, "all inputs have one element type");
  if (node.int_attribute("group", 1) < 1) refuse(node, "group is below 1");
}

void check_folded(const Node& node, const DeviceFacts& facts) {
  check_conv(node, facts);
  check_epilogue(node);
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Conv>(node, device, Epilogue());
}

std::unique_ptr<Kernel> create_folded(const Node& node, Device& device) {
  return std::make_unique<Conv>(node, device, Epilogue(node));
}

}  // namespace

void add_conv(OperatorTable& table) {
  table.push_back({"Conv", {1, 11}, check_conv, create});
  table.push_back({"Conv", {1}, check_folded, create_folded, kPluginId});
}

}  // namespace backplane::opencl
