// Every plugin keeps to its own libraries, whatever else is in the process. Each test runs in a
// process of its own.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "loader/device.hpp"
#include "ops/node.hpp"
#include "support/tensor_type.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasSanitizer = true;  // refuses RTLD_DEEPBIND
#else
constexpr bool kHasSanitizer = false;
#endif

namespace backplane {
namespace {

constexpr int64_t kSize = 16;
constexpr int64_t kChannels = 8;

std::shared_ptr<Plugin> loaded(const char* path) {
  static const Log log;
  Result<std::shared_ptr<Plugin>> plugin = Plugin::load(path, {}, log);
  EXPECT_TRUE(plugin.ok()) << plugin.status().text();
  return plugin.ok() ? plugin.take() : nullptr;
}

std::unique_ptr<Device> opened(const std::shared_ptr<Plugin>& plugin) {
  Result<std::unique_ptr<Device>> device = Device::open(plugin, 0, {});
  EXPECT_TRUE(device.ok()) << device.status().text();
  return device.take();
}

std::vector<float> numbers(size_t count, int step) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>((static_cast<int>(i) * step) % 7 - 3);
  return values;
}

// 3x3, stride 1, no padding, in plain loops; small integers, so that every sum is exact.
std::vector<float> convolved(const std::vector<float>& x, const std::vector<float>& w) {
  constexpr int64_t kOut = kSize - 2;
  std::vector<float> y(static_cast<size_t>(kChannels * kOut * kOut));
  for (int64_t o = 0; o < kChannels; ++o)
    for (int64_t r = 0; r < kOut; ++r)
      for (int64_t c = 0; c < kOut; ++c)
        for (int64_t i = 0; i < kChannels; ++i)
          for (int64_t k = 0; k < 9; ++k)
            y[static_cast<size_t>((o * kOut + r) * kOut + c)] +=
                x[static_cast<size_t>((i * kSize + r + k / 3) * kSize + c + k % 3)] *
                w[static_cast<size_t>((o * kChannels + i) * 9 + k)];
  return y;
}

// A convolution large enough to go through oneDNN, on a synchronous device.
class Convolution {
 public:
  explicit Convolution(Device& device) : device_(device) {}
  ~Convolution() {
    device_.kernel().kernel_destroy(kernel_);
    for (bp_buffer_t* buffer : buffers_) device_.memory().buffer_destroy(buffer);
  }
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;

  std::vector<float> run(const std::vector<float>& x, const std::vector<float>& w) {
    const bp_tensor_type_t x_type = tensor_type(BP_DTYPE_FLOAT32, {1, kChannels, kSize, kSize});
    const bp_tensor_type_t w_type = tensor_type(BP_DTYPE_FLOAT32, {kChannels, kChannels, 3, 3});
    const bp_tensor_type_t y_type =
        tensor_type(BP_DTYPE_FLOAT32, {1, kChannels, kSize - 2, kSize - 2});
    create(x_type, w_type, y_type);
    const bp_tensor_t inputs[] = {placed(x_type, x.data(), x.size()),
                                  placed(w_type, w.data(), w.size())};
    std::vector<float> y(convolved(x, w).size());
    const bp_tensor_t output = placed(y_type, y.data(), y.size());
    const bp_kernel_info_t* info = device_.kernel().kernel_info(kernel_);
    bp_tensor_t scratch = {};
    if (info->scratch_size > 0) {
      const std::vector<float> none(info->scratch_size / sizeof(float) + 1);
      scratch = placed(tensor_type(BP_DTYPE_UINT8, {static_cast<int64_t>(info->scratch_size)}),
                       none.data(), none.size());
    }
    check(device_.kernel().launch(kernel_, nullptr, inputs, &output,
                                  info->scratch_size > 0 ? &scratch : nullptr));
    check(device_.memory().read(nullptr, output.buffer, 0, y.data(), y.size() * sizeof(float)));
    return y;
  }

 private:
  void create(const bp_tensor_type_t& x, const bp_tensor_type_t& w, const bp_tensor_type_t& y) {
    ops::Operator op;
    op.op = "Conv";
    op.since = 11;
    op.attributes = {ops::string_attribute("auto_pad", "NOTSET"),
                     ops::ints_attribute("dilations", {1, 1}),
                     ops::int_attribute("group", 1),
                     ops::ints_attribute("kernel_shape", {3, 3}),
                     ops::ints_attribute("pads", {0, 0, 0, 0}),
                     ops::ints_attribute("strides", {1, 1})};
    const ops::AbiNode node(op, {x, w}, {y}, {});
    check(device_.kernel().kernel_create(device_.handle(), &node.node(), &kernel_));
  }

  bp_tensor_t placed(const bp_tensor_type_t& type, const float* values, size_t count) {
    bp_tensor_t tensor = {};
    tensor.type = type;
    check(device_.memory().buffer_create(device_.handle(), BP_MEMORY_DEVICE, count * sizeof(float),
                                         &tensor.buffer));
    buffers_.push_back(tensor.buffer);
    check(device_.memory().write(nullptr, tensor.buffer, 0, values, count * sizeof(float)));
    return tensor;
  }

  void check(bp_status_t status) {
    ASSERT_EQ(status, BP_OK) << device_.status(status, "call").text();
  }

  Device& device_;
  bp_kernel_t* kernel_ = nullptr;
  std::vector<bp_buffer_t*> buffers_;
};

void expect_right_answers(Device& device) {
  const std::vector<float> x = numbers(kChannels * kSize * kSize, 3);
  const std::vector<float> w = numbers(kChannels * kChannels * 9, 5);
  EXPECT_EQ(Convolution(device).run(x, w), convolved(x, w));
}

// What `body` makes any library print.
template <class Body>
std::string printed_by(Body&& body) {
  std::fflush(stdout);
  const int paper = memfd_create("printed", MFD_CLOEXEC);
  const int saved = dup(STDOUT_FILENO);
  dup2(paper, STDOUT_FILENO);
  body();
  std::fflush(stdout);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  std::string text(static_cast<size_t>(lseek(paper, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(paper, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  close(paper);
  return text;
}

bool is_mapped(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  std::stringstream text;
  text << maps.rdbuf();
  return text.str().find(name) != std::string::npos;
}

using SetVerbose = int (*)(int);
SetVerbose verbosity_of(void* library) {
  return reinterpret_cast<SetVerbose>(dlsym(library, "dnnl_set_verbose"));
}

TEST(Symbols, RightAnswersBesideALibraryThatDefinesEveryDnnlFunctionAsAbort) {
  if (kHasSanitizer) GTEST_SKIP() << "sanitizers refuse RTLD_DEEPBIND";
  ASSERT_NE(dlopen(BACKPLANE_ABORTING, RTLD_NOW | RTLD_GLOBAL), nullptr) << dlerror();
  ASSERT_NE(dlsym(RTLD_DEFAULT, "dnnl_primitive_execute"), nullptr);
  const std::shared_ptr<Plugin> plugin = loaded(BACKPLANE_CPU);
  ASSERT_NE(plugin, nullptr);
  expect_right_answers(*opened(plugin));
}

TEST(Symbols, TwoPluginsAndASecondOneDnnEachKeepToTheirOwn) {
  if (kHasSanitizer) GTEST_SKIP() << "sanitizers refuse RTLD_DEEPBIND";
  setenv("OCL_ICD_VENDORS", "/nowhere", 1);  // oneDNN's report counts GPUs: no driver is needed
  void* other = dlopen(BACKPLANE_OTHER, RTLD_NOW | RTLD_GLOBAL);
  ASSERT_NE(other, nullptr) << dlerror();
  const std::shared_ptr<Plugin> cpu = loaded(BACKPLANE_CPU);
  const std::shared_ptr<Plugin> hello = loaded(BACKPLANE_HELLO);
  ASSERT_NE(cpu, nullptr);
  ASSERT_NE(hello, nullptr);
  EXPECT_STREQ(hello->table().id, "org.backplane.hello");
  EXPECT_TRUE(is_mapped("libdnnl_other.so.2"));
  EXPECT_TRUE(is_mapped("libdnnl.so.2"));
  const std::unique_ptr<Device> device = opened(cpu);
  const std::unique_ptr<Device> small = opened(hello);

  // oneDNN tells of each primitive that it runs: the other copy must stay silent, and would not if
  // it were asked.
  verbosity_of(other)(1);
  EXPECT_EQ(printed_by([&] { expect_right_answers(*device); }).find("onednn_verbose,exec"),
            std::string::npos);
  void* own = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_NOLOAD);
  ASSERT_NE(own, nullptr);
  ASSERT_NE(verbosity_of(own), verbosity_of(other));
  verbosity_of(own)(1);
  EXPECT_NE(printed_by([&] { expect_right_answers(*device); }).find("onednn_verbose,exec"),
            std::string::npos);
}

}  // namespace
}  // namespace backplane
