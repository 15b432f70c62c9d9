// Inputs that never change: borrowed, perhaps not loaded yet, and perhaps shared by kernels.
#include <cstring>
#include <memory>

#include "abi/cases.hpp"
#include "abi/kernel_tools.hpp"
#include "abi/one_launch.hpp"
#include "run/guarded_bytes.hpp"

namespace backplane::conformance {
namespace {

// MatMul of a row with a square matrix that is a constant. A constant of 40 x 40 floats is above
// the 4096 bytes below which it is always loaded.
class ConstantProduct {
 public:
  ConstantProduct(Subject& subject, int64_t size, int salt)
      : subject_(subject),
        row_(type_of(BP_DTYPE_FLOAT32, {1, size})),
        square_(type_of(BP_DTYPE_FLOAT32, {size, size})),
        weights_(small_numbers(size * size, salt)),
        inputs_(small_numbers(size, salt + 5)),
        draft_("MatMul", 13, {row_, square_}, {row_}) {
    constant_.type = square_;
    constant_.data = weights_.data();
    draft_.set_constants({nullptr, &constant_});
  }
  ConstantProduct(const ConstantProduct&) = delete;
  ConstantProduct& operator=(const ConstantProduct&) = delete;

  bp_constant_t& constant() { return constant_; }
  const bp_node_t& node() { return draft_.node(); }
  const std::vector<float>& weights() const { return weights_; }
  // From now on the weights at hand are wrong.
  void spoil() { std::fill(weights_.begin(), weights_.end(), 1e30f); }

  // What comes is compared with what the weights gave before they were spoilt.
  void require_right(bp_kernel_t* kernel, const std::string& what) const {
    const std::vector<float> came =
        run_once(subject_, kernel, {row_, square_}, {inputs_, original_}, row_);
    require_equal(bytes_of(came), bytes_of(wanted_), what);
  }

 private:
  static std::vector<float> small_numbers(int64_t count, int salt) {
    std::vector<float> values = ramp(count, salt);
    for (float& value : values) value = static_cast<float>(static_cast<int>(value) % 7 - 3);
    return values;
  }
  std::vector<float> product() const {
    std::vector<float> sums(inputs_.size());
    for (size_t k = 0; k < inputs_.size(); ++k)
      for (size_t n = 0; n < sums.size(); ++n)
        sums[n] += inputs_[k] * weights_[k * sums.size() + n];
    return sums;
  }

  Subject& subject_;
  bp_tensor_type_t row_;
  bp_tensor_type_t square_;
  std::vector<float> weights_;
  std::vector<float> inputs_;
  const std::vector<float> original_ = weights_;
  const std::vector<float> wanted_ = product();
  bp_constant_t constant_ = {};
  NodeDraft draft_;
};

void constants_are_borrowed(Subject& subject) {
  ConstantProduct product(subject, 8, 1);
  need_support(subject, product.node());
  auto page = std::make_unique<GuardedBytes>();
  const size_t size = product.weights().size() * sizeof(float);
  product.constant().data = std::memcpy(page->at_end(size), product.weights().data(), size);
  const Owned<bp_kernel_t> kernel = kernel_of(subject, product.node());
  page.reset();  // whoever still looks there crashes
  product.constant() = {};
  product.require_right(kernel.get(), "a kernel whose constant was freed after kernel_create");
}

void constant_not_loaded(Subject& subject) {
  ConstantProduct product(subject, 40, 2);
  need_support(subject, product.node());
  product.constant().data = nullptr;
  const bp_status_t unloaded = subject.kernels().supports(subject.device(), &product.node());
  if (unloaded == BP_STATUS_UNSUPPORTED)
    unsupported("it wants the constant's bytes to say" + subject.words());
  subject.check(unloaded, "supports of a node whose constant is not loaded");
  product.constant().data = product.weights().data();
  const Owned<bp_kernel_t> kernel = kernel_of(subject, product.node());
  product.require_right(kernel.get(), "a product");
}

// Two kernels whose constants have one id, in either order of their ends.
void equal_ids_are_shared(Subject& subject) {
  for (bool is_first_ended_first : {true, false}) {
    ConstantProduct product(subject, 40, 3);
    product.constant().id = is_first_ended_first ? 7001 : 7002;
    need_support(subject, product.node());
    Owned<bp_kernel_t> first = kernel_of(subject, product.node());
    Owned<bp_kernel_t> second = kernel_of(subject, product.node());
    product.spoil();
    product.require_right(first.get(), "the first of two kernels with one constant");
    (is_first_ended_first ? first : second).reset();
    product.require_right((is_first_ended_first ? second : first).get(),
                          "a kernel after another with the same constant was ended");
  }
}

// Without an id, equal places mean nothing.
void no_id_is_no_promise(Subject& subject) {
  ConstantProduct first(subject, 40, 4);
  ConstantProduct second(subject, 40, 5);
  need_support(subject, first.node());
  const Owned<bp_kernel_t> of_first = kernel_of(subject, first.node());
  std::vector<float> place = first.weights();
  first.constant().data = second.constant().data = place.data();
  const Owned<bp_kernel_t> again = kernel_of(subject, first.node());
  place = second.weights();
  const Owned<bp_kernel_t> of_second = kernel_of(subject, second.node());
  first.require_right(of_first.get(), "a kernel with a constant");
  first.require_right(again.get(), "a kernel with the same constant elsewhere");
  second.require_right(of_second.get(),
                       "a kernel whose constant lies where that of another kernel lay");
}

const AbiCase kCases[] = {
    {"operators/constants-are-borrowed", "BP-KERNEL-2",
     "a constant may be freed when kernel_create returns", constants_are_borrowed},
    {"operators/constant-not-loaded", "",
     "supports answers for a constant above 4096 bytes whose data is NULL", constant_not_loaded},
    {"operators/equal-ids-are-shared", "BP-KERNEL-2",
     "kernels whose constants have one id are right, whichever of them ends first",
     equal_ids_are_shared},
    {"operators/constants-without-an-id", "BP-KERNEL-2",
     "constants without an id at one place, one after the other, are different constants",
     no_id_is_no_promise},
};

}  // namespace

std::vector<AbiCase> constant_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
