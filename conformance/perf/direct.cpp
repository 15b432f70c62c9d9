#include "perf/direct.hpp"

#include <algorithm>
#include <cstring>

#include "perf/direct_steps.hpp"

namespace backplane::conformance {
namespace direct {

memory Steps::make(const memory::desc& desc) const {
  memory made(desc, engine);
  auto* bytes = static_cast<char*>(made.get_data_handle());
  const size_t size = desc.get_size();
  for (size_t at = 0; at < size; at += sizeof(float)) {
    const float value = 0.5F + static_cast<float>(at / sizeof(float) % 97) / 97;
    std::memcpy(bytes + at, &value, std::min(sizeof value, size - at));
  }
  return made;
}

void Steps::add(dnnl::primitive primitive, Arguments arguments) {
  steps_.emplace_back(std::move(primitive), std::move(arguments));
}

memory Steps::read(const memory::desc& plain, const memory::desc& desc) {
  memory from = make(plain);
  if (plain == desc) return from;
  memory to = make(desc);
  add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  return to;
}

void Steps::write(const memory& from, const memory::desc& plain) {
  if (from.get_desc() == plain) return;
  const memory to = make(plain);
  add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

void Steps::run(int times) {
  for (int i = 0; i < times; ++i) {
    for (const auto& [primitive, arguments] : steps_) primitive.execute(stream_, arguments);
    stream_.wait();
  }
}

memory::desc plain(const memory::dims& sizes, memory::data_type type) {
  return {sizes, type, steps_of(sizes)};
}

memory::dims widened(memory::dims sizes, size_t rank) {
  sizes.insert(sizes.begin(), rank - sizes.size(), 1);
  return sizes;
}

}  // namespace direct

std::vector<Contender> direct_ways(const Problem& problem,
                                   const std::vector<bp_tensor_type_t>& outputs) {
  std::vector<Contender> ways;
  for (const auto* makers :
       {&direct::kProducts, &direct::kWindows, &direct::kElementwise, &direct::kRows})
    for (const direct::Maker& maker : *makers) {
      if (problem.op != maker.op) continue;
      for (const auto& steps : maker.make({problem, outputs}))
        ways.emplace_back([steps](int times) { steps->run(times); });
    }
  return ways;
}

}  // namespace backplane::conformance
