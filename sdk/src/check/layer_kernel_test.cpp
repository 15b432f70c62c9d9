// The plugin's faults of kernels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

bp_kernel_info_t info;  // what give_info says
int calls = 0;          // of a function that answers otherwise the second time

const bp_kernel_info_t* give_info(const bp_kernel_t*) { return &info; }

bp_status_t refuse_node(bp_device_t* device, const bp_node_t*) {
  return fake::explained(device, BP_STATUS_UNSUPPORTED, "not today");
}

class KernelFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    calls = 0;
    info = {};
    info.struct_size = sizeof info;
  }
  bp_kernel_api_t& plugins() { return checked_.plugin().kernel; }
  bp_status_t supports() { return checked_.kernel().supports(checked_.device(), node_.get()); }
  bp_status_t create() {
    return checked_.kernel().kernel_create(checked_.device(), node_.get(), &kernel_);
  }
  void create_with_info() {
    plugins().kernel_info = give_info;
    checked_.start();
    EXPECT_EQ(create(), BP_OK);
  }
  void TearDown() override {
    if (kernel_ != nullptr) checked_.kernel().kernel_destroy(kernel_);
  }

  Checked checked_;
  fake::Node node_{"Add", 8};
  bp_kernel_t* kernel_ = nullptr;
};

TEST_F(KernelFaults, ANodeIsSupportedAndThenNot) {
  plugins().kernel_create = [](bp_device_t* device, const bp_node_t*, bp_kernel_t**) {
    return fake::explained(device, BP_STATUS_UNSUPPORTED, "after all not");
  };
  checked_.start();
  EXPECT_EQ(supports(), BP_OK);
  node_.get()->name = "the same by another name";
  EXPECT_EQ(create(), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-KERNEL-1 kernel_create: returned UNSUPPORTED for this Add, for which "
                          "supports had returned OK"));
  node_.get()->since = 7;  // nobody was asked about this one
  EXPECT_EQ(create(), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

// Weights above 4096 bytes need not be loaded when supports is asked.
TEST_F(KernelFaults, APromiseWithoutTheWeightsHoldsForAnyWeights) {
  plugins().kernel_create = [](bp_device_t* device, const bp_node_t*, bp_kernel_t**) {
    return fake::explained(device, BP_STATUS_INVALID_ARGUMENT, "not these");
  };
  checked_.start();
  const std::vector<float> weights(2000, 1.0f);
  bp_constant_t weight = {fake::vector_type(2000), nullptr, 0};
  const bp_constant_t* constants[] = {nullptr, &weight};
  node_.get()->constants = constants;
  EXPECT_EQ(supports(), BP_OK);
  weight.data = weights.data();
  EXPECT_EQ(create(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(checked_.take_violations().size(), 1u);
  weight.type = fake::vector_type(1999);
  EXPECT_EQ(create(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(KernelFaults, SupportsAnswersOtherwiseTheSecondTime) {
  plugins().supports = [](bp_device_t* device, const bp_node_t* node) {
    return calls++ == 0 ? BP_OK : refuse_node(device, node);
  };
  checked_.start();
  EXPECT_EQ(supports(), BP_OK);
  EXPECT_EQ(supports(), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(
      checked_.take_violations(),
      ElementsAre("BP-KERNEL-8 supports: answered UNSUPPORTED for this Add, and OK before"));
}

TEST_F(KernelFaults, SupportsMayRunOutOfMemoryForOnce) {
  plugins().supports = [](bp_device_t* device, const bp_node_t*) {
    return calls++ == 0 ? fake::explained(device, BP_STATUS_OUT_OF_MEMORY, "for now") : BP_OK;
  };
  checked_.start();
  EXPECT_EQ(supports(), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(supports(), BP_OK);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(KernelFaults, AnotherAttributeIsAnotherQuestion) {
  plugins().supports = [](bp_device_t* device, const bp_node_t* node) {
    const auto axis = *static_cast<const int64_t*>(node->attributes[0].data);
    return axis == 0 ? BP_OK : refuse_node(device, node);
  };
  checked_.start();
  int64_t axis = 0;
  const bp_attribute_t attribute = {"axis", BP_ATTRIBUTE_INT, 1, &axis};
  node_.get()->attributes = &attribute;
  node_.get()->attribute_count = 1;
  EXPECT_EQ(supports(), BP_OK);
  axis = 1;
  EXPECT_EQ(supports(), BP_STATUS_UNSUPPORTED);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

TEST_F(KernelFaults, TheHostsNodeIsChanged) {
  plugins().supports = [](bp_device_t*, const bp_node_t* node) {
    const_cast<bp_tensor_type_t*>(node->inputs)[1].shape[0] = 4;
    return BP_OK;
  };
  plugins().kernel_create = [](bp_device_t* device, const bp_node_t* node, bp_kernel_t** out) {
    const_cast<bp_node_t*>(node)->name = "mine";
    return fake::honest_kernel().kernel_create(device, node, out);
  };
  checked_.start();
  EXPECT_EQ(supports(), BP_OK);
  EXPECT_EQ(create(), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-KERNEL-8 supports: changed the host's node",
                          "BP-BASE-8 kernel_create: changed the host's node"));
}

TEST_F(KernelFaults, TheHostsTensorsAreChanged) {
  plugins().launch = [](bp_kernel_t*, bp_stream_t*, const bp_tensor_t*, const bp_tensor_t* outputs,
                        const bp_tensor_t*) {
    const_cast<bp_tensor_t*>(outputs)->offset += 16;
    return BP_OK;
  };
  checked_.start();
  EXPECT_EQ(create(), BP_OK);
  bp_buffer_t* buffer = checked_.make_buffer(checked_.device(), 1024);
  const bp_tensor_t inputs[] = {fake::tensor(buffer, 0, 8), fake::tensor(buffer, 64, 8)};
  const bp_tensor_t output = fake::tensor(buffer, 128, 8);
  EXPECT_EQ(checked_.kernel().launch(kernel_, nullptr, inputs, &output, nullptr), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-KERNEL-10 launch: changed the host's tensors"));
  checked_.memory().buffer_destroy(buffer);
}

TEST_F(KernelFaults, TheHostsBytesOfAnInputAreChanged) {
  plugins().launch = [](bp_kernel_t*, bp_stream_t*, const bp_tensor_t* inputs, const bp_tensor_t*,
                        const bp_tensor_t*) {
    *static_cast<float*>(const_cast<void*>(inputs[1].host)) = 5;
    return BP_OK;
  };
  checked_.start();
  kernel_ = checked_.make_kernel(checked_.device(), "Scale", 8);
  bp_buffer_t* buffer = checked_.make_buffer(checked_.device(), 1024);
  float factor = 3;
  const bp_tensor_t inputs[] = {fake::tensor(buffer, 0, 8),
                                {{BP_DTYPE_FLOAT32, 0, 0, {}}, nullptr, 0, nullptr, &factor}};
  const bp_tensor_t output = fake::tensor(buffer, 128, 8);
  EXPECT_EQ(checked_.kernel().launch(kernel_, nullptr, inputs, &output, nullptr), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-KERNEL-10 launch: changed the host's tensors"));
  checked_.memory().buffer_destroy(buffer);
}

TEST_F(KernelFaults, AKernelIsDescribedOtherwiseThanBefore) {
  create_with_info();
  EXPECT_EQ(checked_.kernel().kernel_info(kernel_), &info);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
  info.numerics = BP_NUMERICS_FLAG_NONDETERMINISTIC;
  EXPECT_EQ(checked_.kernel().kernel_info(kernel_), &info);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre(MatchesRegex("BP-KERNEL-6 kernel_info: describes kernel [0-9]+ "
                                       "\\(Add\\) otherwise than before")));
}

TEST_F(KernelFaults, AnInPlacePairNamesWhatTheNodeDoesNotHave) {
  const bp_alias_t pairs[] = {{0, 0}, {2, 0}};
  info.in_place = pairs;
  info.in_place_count = 2;
  create_with_info();
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-KERNEL-3 kernel_info: in_place of Add names input 2 and output 0; "
                          "there are 2 and 1"));
}

TEST_F(KernelFaults, AnInPlaceListCannotBe) {
  info.in_place_count = 1;
  create_with_info();
  checked_.kernel().kernel_destroy(kernel_);
  const bp_alias_t pair = {0, 0};
  info.in_place = &pair;
  info.in_place_count = 1'000'000'000;
  EXPECT_EQ(create(), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-KERNEL-3 kernel_info: in_place_count of Add is 1, and in_place NULL",
                          "BP-KERNEL-3 kernel_info: in_place_count of Add is 1000000000, more than "
                          "there are pairs"));
}

TEST_F(KernelFaults, AnArithmeticIsNoneOfTheList) {
  info.products = BP_DTYPE_BOOL;
  info.accumulates = BP_DTYPE_INT8;
  create_with_info();
  EXPECT_THAT(
      checked_.take_violations(),
      ElementsAre("BP-KERNEL-6 kernel_info: products is 9, which is no bp_arithmetic_t",
                  "BP-KERNEL-6 kernel_info: accumulates is 3, which is no bp_arithmetic_t"));
}

TEST_F(KernelFaults, AnOutputHasAFlagOfInputs) {
  const bp_argument_flags_t bounded[] = {BP_ARGUMENT_FLAG_BOUNDED};
  info.outputs = bounded;
  create_with_info();
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
  checked_.kernel().kernel_destroy(kernel_);
  const bp_argument_flags_t baked[] = {BP_ARGUMENT_FLAG_BAKED};
  info.outputs = baked;
  EXPECT_EQ(create(), BP_OK);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-KERNEL-12 kernel_info: gives output 0 the flags 1; an output has "
                          "BOUNDED or none"));
}

TEST_F(KernelFaults, AStructIsSmallerThanThatOfTheFirstVersion) {
  info.struct_size = 8;
  create_with_info();
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre(MatchesRegex("BP-BASE-1 kernel_info: gave a struct_size of 8, less than "
                                       "the [0-9]+ of ABI 0.2")));
}

TEST_F(KernelFaults, AKernelHasNumericsThatTheNodeRefuses) {
  node_.get()->refused = BP_NUMERICS_FLAG_FAST_ALGORITHM | BP_NUMERICS_FLAG_TRUNCATES;
  info.numerics = BP_NUMERICS_FLAG_FAST_ALGORITHM | BP_NUMERICS_FLAG_NONDETERMINISTIC;
  create_with_info();
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-KERNEL-11 kernel_info: made this Add with FAST_ALGORITHM, which the "
                          "node refuses"));
}

TEST_F(KernelFaults, AKernelIsLessExactThanTheNodeWants) {
  node_.get()->refused = BP_NUMERICS_FLAG_TRUNCATES;
  info.products = BP_ARITHMETIC_TF32;
  create_with_info();
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre("BP-KERNEL-11 kernel_info: made this Add with products in TF32, which "
                          "the node refuses"));
}

}  // namespace
}  // namespace backplane::check
