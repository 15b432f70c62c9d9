// MatMul and Conv in float32: against oneDNN on as many threads as the device has compute units, in
// the fastest of its ways, and against CLBlast. The second operand is a constant, which all may
// prepare. Who computes something wrong is not compared.
#include <algorithm>
#include <cmath>

#include "benchmarks.hpp"
#include "clblast.hpp"
#include "onednn.hpp"
#include "operation.hpp"

namespace backplane::opencl::benchmark {

namespace {

constexpr int kRounds = 15;
constexpr float kTolerance = 1e-2F;  // sums of some 1,000 products of numbers below 1

void require_close(const std::vector<float>& result, const std::vector<float>& wanted,
                   const std::string& who) {
  float worst = result.size() == wanted.size() ? 0 : 1;
  for (size_t i = 0; i < std::min(result.size(), wanted.size()); ++i)
    worst = std::max(worst, std::isnan(result[i]) ? 1 : std::fabs(result[i] - wanted[i]));
  if (worst > kTolerance)
    plugin::fail(BP_STATUS_INTERNAL, who + " is wrong by " + std::to_string(worst));
}

// Runs all once; the first of `ways` says what is right.
void require_same_results(const Operation& ours, const std::vector<Way>& ways) {
  ways.front().run(1);
  const std::vector<float> wanted = ways.front().result();
  for (const Way& way : ways) {
    way.run(1);
    require_close(way.result(), wanted, "oneDNN, " + way.name + ",");
  }
  ours.run(1);
  require_close(ours.result(), wanted, "the plugin");
}

// The times of the way that is fastest, and its name.
std::pair<Times, std::string> fastest(const std::vector<Times>& times, size_t first,
                                      const std::vector<Way>& ways) {
  size_t best = 0;
  for (size_t i = 1; i < ways.size(); ++i)
    if (median(times[first + i]) < median(times[first + best])) best = i;
  return {times[first + best], "oneDNN " + ways[best].name};
}

std::vector<Contender> contenders_of(const Operation& ours, const std::vector<Way>& ways) {
  std::vector<Contender> contenders = {{"opencl", [&](int times) { ours.run(times); }}};
  for (const Way& way : ways) contenders.push_back({way.name, way.run});
  return contenders;
}

void compare_product(BenchDevice& device, int64_t n, const std::string& goal) {
  const Shape shape = {n, n};
  const Operand a = {shape, numbers(shape, 1)}, b = {shape, numbers(shape, 2), true};
  const Operation ours(device, "MatMul", 13, {a, b}, shape);
  const std::vector<Way> ways = product_ways(n, a.values, b.values);
  require_same_results(ours, ways);
  std::vector<Contender> contenders = contenders_of(ours, ways);
  const bool has_clblast = *why_no_clblast() == '\0';
  if (has_clblast) {
    bp_buffer_t* y = device.buffer(a.values.size() * sizeof(float));
    contenders.push_back(
        clblast_product(device, n, device.buffer(a.values), device.buffer(b.values), y));
    contenders.back().run(1);
    require_close(device.read(y, a.values.size()), ours.result(), "CLBlast");
  }
  const std::vector<Times> times = measure(contenders, kRounds);
  const double work = 2e-9 * std::pow(static_cast<double>(n), 3);
  const std::string what = "MatMul " + std::to_string(n);
  const auto [direct, name] = fastest(times, 1, ways);
  print({what, name, times[0], direct, work, false, goal});
  if (has_clblast)
    print({what, "CLBlast", times[0], times.back(), work, false, ""});
  else
    print_skipped(what + " and CLBlast", why_no_clblast());
}

void compare_convolution(BenchDevice& device, const Convolution& c) {
  const Shape images = {1, c.channels, c.size, c.size}, filters = {c.channels, c.channels, 3, 3};
  const Operand x = {images, numbers(images, 1)}, weights = {filters, numbers(filters, 2), true};
  const Operation ours(device, "Conv", 11, {x, weights}, images,
                       {{"group", BP_ATTRIBUTE_INT, {1}},
                        {"kernel_shape", BP_ATTRIBUTE_INTS, {3, 3}},
                        {"strides", BP_ATTRIBUTE_INTS, {1, 1}},
                        {"dilations", BP_ATTRIBUTE_INTS, {1, 1}},
                        {"pads", BP_ATTRIBUTE_INTS, {1, 1, 1, 1}}});
  const std::vector<Way> ways = convolution_ways(c, x.values, weights.values);
  require_same_results(ours, ways);
  const std::vector<Times> times = measure(contenders_of(ours, ways), kRounds);
  const double work = 2e-9 * 9 * static_cast<double>(c.channels * element_count(images));
  const auto [direct, name] = fastest(times, 1, ways);
  print({"Conv 3x3 " + std::to_string(c.channels) + "x" + std::to_string(c.size) + "x" +
             std::to_string(c.size),
         name, times[0], direct, work, false, ">= 0.75"});
}

}  // namespace

void compare_products(BenchDevice& device) {
  const bool is_equal = set_onednn_threads(device.compute_units());
  print_head("Products, float32; oneDNN on " +
                 (is_equal ? std::to_string(device.compute_units()) : "its own number of") +
                 " threads",
             "GFLOP/s");
  compare_product(device, 256, "");
  compare_product(device, 512, ">= 0.75");
  compare_product(device, 1024, ">= 0.75");
  compare_convolution(device, {64, 56});
}

}  // namespace backplane::opencl::benchmark
