#include "ops/call.hpp"

#include <cmath>

#include "compare/element.hpp"

namespace backplane::conformance {
namespace {

void load(bp_dtype_t dtype, const char* bytes, uint64_t index, Bounded* number) {
  *number = Bounded(exact_element(dtype, bytes, index));
}

void load(bp_dtype_t dtype, const char* bytes, uint64_t index, Emulated* number) {
  number->value = is_float_type(dtype)
                      ? rounded(arithmetic().operand, float_element(dtype, bytes, index))
                      : static_cast<double>(exact_element(dtype, bytes, index));
}

template <class S>
Numbers<S> load_all(const TensorData& data) {
  Numbers<S> numbers;
  numbers.dtype = data.type.dtype;
  if (!numbers.is_there()) return numbers;
  numbers.sizes = sizes_of(data.type);
  numbers.elements.resize(element_count_of(data.type));
  for (size_t i = 0; i < numbers.elements.size(); ++i)
    load(numbers.dtype, data.bytes.data(), i, &numbers.elements[i]);
  return numbers;
}

template <class S>
Numbers<S> room_for(const bp_tensor_type_t& type) {
  Numbers<S> numbers;
  numbers.dtype = type.dtype;
  numbers.sizes = sizes_of(type);
  if (numbers.is_there()) numbers.elements.resize(element_count_of(type));
  return numbers;
}

}  // namespace

const Setting* Settings::find(const char* name) const {
  if (slips(Slip::kIgnoresAttributes)) return nullptr;
  const auto found = request_->settings.find(name);
  return found != request_->settings.end() ? &found->second : nullptr;
}

bool Settings::has(const char* name) const { return find(name) != nullptr; }

int64_t Settings::integer(const char* name, int64_t otherwise) const {
  const Setting* setting = find(name);
  return setting != nullptr && !setting->integers.empty() ? setting->integers[0] : otherwise;
}

std::vector<int64_t> Settings::integers(const char* name,
                                        const std::vector<int64_t>& otherwise) const {
  const Setting* setting = find(name);
  return setting != nullptr ? setting->integers : otherwise;
}

double Settings::number(const char* name, double otherwise) const {
  const Setting* setting = find(name);
  const double value =
      setting != nullptr && !setting->numbers.empty() ? setting->numbers[0] : otherwise;
  return static_cast<double>(static_cast<float>(value));
}

std::string Settings::text(const char* name, const std::string& otherwise) const {
  const Setting* setting = find(name);
  return setting != nullptr ? setting->text : otherwise;
}

std::vector<std::string> Settings::texts(const char* name) const {
  const Setting* setting = find(name);
  return setting == nullptr ? std::vector<std::string>() : setting->texts;
}

const TensorData* Settings::tensor(const char* name) const {
  const Setting* setting = find(name);
  return setting != nullptr && setting->tensor.type.dtype != 0 ? &setting->tensor : nullptr;
}

std::vector<int64_t> integers_of(const TensorData& data) {
  if (data.type.dtype == 0) throw NotDefined{"an input of integers is absent"};
  std::vector<int64_t> all(element_count_of(data.type));
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<int64_t>(exact_element(data.type.dtype, data.bytes.data(), i));
  return all;
}

bool has_input(const Request& request, size_t index) {
  return index < request.inputs.size() && request.inputs[index].type.dtype != 0;
}

int64_t broadcast_place(const Sizes& sizes, const Sizes& index) {
  const bool forgets = slips(Slip::kForgetsBroadcast);
  const size_t shift = index.size() - sizes.size();
  int64_t place = 0;
  for (size_t axis = 0; axis < sizes.size(); ++axis)
    place = place * sizes[axis] + (sizes[axis] == 1 && !forgets ? 0 : index[shift + axis]);
  return forgets ? place % count_of(sizes) : place;
}

int64_t place_at(const Sizes& index, const Sizes& steps) {
  int64_t place = 0;
  for (size_t axis = 0; axis < index.size(); ++axis) place += index[axis] * steps[axis];
  return place;
}

template <class S>
Call<S> make_call(const Request& request, const std::vector<bp_tensor_type_t>& output_types) {
  Call<S> call = {request, Settings(request), {}, {}};
  for (const TensorData& data : request.inputs) call.inputs.push_back(load_all<S>(data));
  for (const bp_tensor_type_t& type : output_types) call.outputs.push_back(room_for<S>(type));
  return call;
}

template Call<Bounded> make_call(const Request&, const std::vector<bp_tensor_type_t>&);
template Call<Emulated> make_call(const Request&, const std::vector<bp_tensor_type_t>&);

}  // namespace backplane::conformance
