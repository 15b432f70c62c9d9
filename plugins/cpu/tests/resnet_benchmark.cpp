// ResNet-50's body with the plugin's passes, without any, and by hand, in turns in one run:
//   ninja resnet_benchmark && OMP_NUM_THREADS=1 build/dev/benchmarks/resnet_benchmark
#include <cstdio>
#include <cstdlib>
#include <string>

#include "in_turns.hpp"
#include "resnet_by_hand.hpp"
#include "resnet_graph.hpp"

namespace {

using namespace backplane::cpu::benchmark;  // NOLINT(google-build-using-namespace)

class Session {
 public:
  Session(bp_graph_t* graph, const bp::rt::Device& device, const std::vector<bp_option_t>& options,
          std::vector<float>& source, std::vector<float> target)
      : target_(std::move(target)) {
    bp_rt_device_t* on = device.get();
    bp::rt::check(bp_rt_session_create(graph, &on, 1, options.data(),
                                       static_cast<uint32_t>(options.size()), &session_));
    bp::rt::check(bp_rt_run_create(session_, &run_));
    input_ = bp::rt::on_host(GraphBuilder::image(64, 56), source.data());
    output_ = bp::rt::on_host(GraphBuilder::image(2048, 7), target_.data());
  }
  ~Session() {
    bp_rt_run_destroy(run_);
    bp_rt_session_destroy(session_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void run() { bp::rt::check(bp_rt_run_start(run_, &input_, &output_, nullptr)); }
  const std::vector<float>& result() const { return target_; }

 private:
  std::vector<float> target_;
  bp_rt_session_t* session_ = nullptr;
  bp_rt_run_t* run_ = nullptr;
  bp_rt_tensor_t input_ = {}, output_ = {};
};

}  // namespace

int main(int argc, char** argv) try {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 30;
  const std::vector<Block> blocks = resnet_blocks();
  std::vector<float> source;
  for (int i = 0; i < 64 * 56 * 56; ++i) source.push_back(static_cast<float>(i % 17) / 8 - 1);
  const std::vector<float> target(size_t{2048} * 7 * 7);

  const bp_option_t path = {"plugin-path", BACKPLANE_CPU_PLUGIN};
  const bp_rt_config_t config = {sizeof config, 0, nullptr, nullptr, &path, 1, 0};
  const bp::rt::Runtime runtime(&config);
  const bp::rt::Device device = runtime.open("cpu");
  const GraphBuilder graph(runtime.get(), blocks);
  Session with(graph.get(), device, {}, source, target);
  Session fused(graph.get(), device, {{"pass:keep-channels-last", "off"}}, source, target);
  Session without(graph.get(), device, {{"passes", "off"}}, source, target);
  ByHand blocked(blocks, ByHand::Tag::nChw16c, source.data());
  ByHand last(blocks, ByHand::Tag::nhwc, source.data());
  std::vector<Candidate> candidates = {{"without passes", [&] { without.run(); }},
                                       {"fuse-epilogue alone", [&] { fused.run(); }},
                                       {"with passes", [&] { with.run(); }},
                                       {"by hand, nChw16c", [&] { blocked.run(); }},
                                       {"by hand, nhwc", [&] { last.run(); }}};
  measure(candidates, rounds);
  for (Candidate& candidate : candidates)
    std::printf("%-20s %8.2f ms  %.3f of with passes\n", candidate.name.c_str(), candidate.median(),
                candidate.median() / candidates[2].median());
  std::printf("largest relative difference: %.2g to none, %.2g to by hand\n",
              largest_difference(without.result(), with.result()),
              largest_difference(last.result(2048, 7), with.result()));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
