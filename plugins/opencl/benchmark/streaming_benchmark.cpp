// Operators that only stream, and copies, against the device's triad: a bare kernel a = b + s c in
// the form that this device likes best. Counted are the bytes that each has to read and write.
#include <algorithm>

#include "benchmarks.hpp"
#include "operation.hpp"
#include "rounds.hpp"

namespace backplane::opencl::benchmark {

namespace {

constexpr int kRounds = 15;
constexpr int64_t kCount = int64_t{16} << 20;
constexpr double kArray = 1e-9 * sizeof(float) * kCount;  // GB

// Each work item has PIECES vectors, a line of the group's apart. Stores go past the caches where
// the form wants it and the driver's compiler can.
const char* const kTriad = R"(
#ifndef __has_builtin
#define __has_builtin(name) 0
#endif
#if PAST_CACHES && __has_builtin(__builtin_nontemporal_store)
#define STORE(pointer, value) __builtin_nontemporal_store(value, pointer)
#else
#define STORE(pointer, value) *(pointer) = (value)
#endif
kernel void f(global VECTOR* a, global const VECTOR* b, global const VECTOR* c, float s) {
  const size_t lanes = get_local_size(0);
  const size_t first = get_group_id(0) * lanes * PIECES + get_local_id(0);
  for (size_t i = 0; i < PIECES; ++i) {
    const size_t at = first + i * lanes;
    STORE(a + at, b[at] + s * c[at]);
  }
}
)";

struct Form {
  const char* vector;
  int64_t width;
  int64_t pieces;
  size_t local;
  bool is_past_caches;
};
constexpr Form kForms[] = {
    {"float", 1, 1, 64, false},     {"float", 1, 16, 64, false},   {"float4", 4, 1, 64, false},
    {"float8", 8, 16, 64, false},   {"float16", 16, 1, 64, false}, {"float16", 16, 16, 64, false},
    {"float16", 16, 256, 1, false}, {"float8", 8, 16, 64, true},   {"float16", 16, 16, 64, true},
    {"float16", 16, 256, 1, true},
};

class Triad {
 public:
  explicit Triad(BenchDevice& device) : queue_(device.make_queue()) {
    for (bp_buffer_t*& array : arrays_) array = device.buffer(numbers({kCount}, 1));
    for (const Form& form : kForms) add(device, form);
    choose();
  }

  void run(size_t form, int times) const {
    const size_t local = kForms[form].local;
    const auto global = static_cast<size_t>(kCount / kForms[form].width / kForms[form].pieces);
    for (int i = 0; i < times; ++i)
      check(cl().clEnqueueNDRangeKernel(queue_.get(), kernels_[form].get(), 1, nullptr, &global,
                                        &local, 0, nullptr, nullptr),
            "clEnqueueNDRangeKernel");
    check(cl().clFinish(queue_.get()), "clFinish");
  }
  Contender best() const {
    return {"triad", [this](int times) { run(best_, times); }};
  }
  // GB/s of the best form whose stores do not go past the caches.
  double plain_speed() const { return plain_speed_; }
  std::string name_of_best() const {
    const Form& form = kForms[best_];
    return std::to_string(form.pieces) + " x " + form.vector + " a work item, " +
           std::to_string(form.local) + " a group" +
           (form.is_past_caches ? ", past the caches" : "");
  }

 private:
  void add(BenchDevice& device, const Form& form) {
    kernels_.push_back(
        device.make_kernel(kTriad, std::string("-DVECTOR=") + form.vector +
                                       " -DPIECES=" + std::to_string(form.pieces) +
                                       " -DPAST_CACHES=" + (form.is_past_caches ? "1" : "0")));
    cl_uint next = 0;
    for (bp_buffer_t* array : arrays_) {
      const cl_mem memory = BenchDevice::memory(array);
      check(cl().clSetKernelArg(kernels_.back().get(), next++, sizeof memory, &memory),
            "clSetKernelArg");
    }
    const float scale = 3;
    check(cl().clSetKernelArg(kernels_.back().get(), next, sizeof scale, &scale), "clSetKernelArg");
  }
  void choose() {
    std::vector<Contender> contenders;
    for (size_t form = 0; form < kernels_.size(); ++form)
      contenders.push_back({"", [this, form](int times) { run(form, times); }});
    const std::vector<Times> times = measure(contenders, 5);
    const auto speed = [&](size_t form) { return 3 * kArray / median(times[form]); };
    for (size_t form = 1; form < times.size(); ++form)
      if (speed(form) > speed(best_)) best_ = form;
    for (size_t form = 0; form < times.size(); ++form)
      if (!kForms[form].is_past_caches) plain_speed_ = std::max(plain_speed_, speed(form));
  }

  const Queue queue_;
  bp_buffer_t* arrays_[3] = {};
  std::vector<KernelHandle> kernels_;
  size_t best_ = 0;
  double plain_speed_ = 0;
};

Contender copy_between(BenchDevice& device) {
  bp_buffer_t* from = device.buffer(numbers({kCount}, 1));
  bp_buffer_t* to = device.buffer(sizeof(float) * kCount);
  return {"copy", [&device, from, to](int times) {
            for (int i = 0; i < times; ++i)
              device.require(device.plugin().memory->copy(device.stream(), to, 0, from, 0,
                                                          sizeof(float) * kCount));
            device.synchronize();
          }};
}

}  // namespace

void compare_streaming(BenchDevice& device) {
  const Triad triad(device);
  const Operand x = {{kCount}, numbers({kCount}, 1)};
  const Operation add(device, "Add", 14, {x, x}, {kCount});
  const Operation multiply(device, "Mul", 14, {x, x}, {kCount});
  const Operation relu(device, "Relu", 14, {x}, {kCount});
  const std::vector<Times> times = measure({triad.best(),
                                            {"Add", [&](int n) { add.run(n); }},
                                            {"Mul", [&](int n) { multiply.run(n); }},
                                            {"Relu", [&](int n) { relu.run(n); }},
                                            copy_between(device)},
                                           kRounds);
  print_head("Streaming, 16 Mi floats; the triad: " + triad.name_of_best() +
                 "; with plain stores at best " +
                 std::to_string(static_cast<int>(triad.plain_speed())) + " GB/s",
             "GB/s");
  constexpr const char* kNames[] = {"Add", "Mul", "Relu", "copy on the device"};
  constexpr double kArrays[] = {3, 3, 2, 2};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    // The triad's time for as many bytes, so that the ratio is that of the speeds.
    Times theirs = times[0];
    for (double& time : theirs) time *= kArrays[i] / 3;
    print({kNames[i], "triad", times[i + 1], theirs, kArrays[i] * kArray, false, ">= 0.85"});
  }
}

}  // namespace backplane::opencl::benchmark
