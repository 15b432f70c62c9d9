#include "run/worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <mutex>
#include <utility>

#include "check/layer.hpp"
#include "graph/pass_cases.hpp"
#include "graph/passes.hpp"
#include "loader/plugin.hpp"
#include "loader/probe.hpp"
#include "problems/run.hpp"
#include "profiles/ask.hpp"
#include "published/run.hpp"
#include "run/case_list.hpp"
#include "run/message.hpp"
#include "run/progress.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {
namespace {

// What the checking layer saw while one case ran; any thread.
class Violations {
 public:
  void add(const check::Violation& violation) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (all_.size() < 20) all_.push_back(violation);
  }
  std::vector<check::Violation> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(all_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<check::Violation> all_;
};

class Worker {
 public:
  explicit Worker(Assignment assignment)
      : progress_(kProgressFd),
        assignment_(std::move(assignment)),
        log_(BP_LOG_ERROR, {}),
        subject_(assignment_.plugin_path, assignment_.seed) {
    subject_.use_one_thread(assignment_.is_one_thread);
    subject_.on_enter([this](const char* function) { progress_.set_function(function); });
    subject_.on_circumstance([this](const char* words) { progress_.set_circumstance(words); });
    subject_.on_step([this] { progress_.add_step(); });
  }

  // The plugin, opened and behind the checking layer, unless the case does that itself.
  Greeting open() {
    Greeting greeting;
    if (!assignment_.probe.empty())
      greeting.refusal = probe_plugin({assignment_.plugin_path, assignment_.probe, false,
                                       assignment_.probe_timeout_ns},
                                      log_)
                             .text();
    if (assignment_.is_fresh || !assignment_.probe.empty()) return greeting;
    LoadOptions options;
    options.probe = false;
    options.deep_bind = false;
    progress_.set_function("bp_plugin_query");
    Result<std::shared_ptr<Plugin>> loaded = Plugin::load(assignment_.plugin_path, options, log_);
    if (!loaded.ok()) {
      greeting.refusal = loaded.status().text();
      return greeting;
    }
    plugin_ = loaded.take();
    wrap();
    describe(&greeting);
    return greeting;
  }

  Outcome run(const Task& task) {
    Outcome outcome = run_guarded(task);
    for (const check::Violation& violation : violations_.take()) {
      if (outcome.verdict != Verdict::kPass && outcome.verdict != Verdict::kUnsupported &&
          outcome.verdict != Verdict::kSkipped)
        break;
      outcome.verdict = Verdict::kFail;
      outcome.rule = violation.rule;
      outcome.function = violation.function;
      outcome.text = violation.function + " " + violation.text;
    }
    if (is_failure(outcome.verdict)) subject_.close();
    violations_.take();
    return outcome;
  }

  void finish() { subject_.close(); }

 private:
  void wrap() {
    check::Options options;
    options.report = [this](const check::Violation& violation) { violations_.add(violation); };
    options.entering = [](void* user, const char* function) {
      static_cast<ProgressPage*>(user)->set_function(function);
    };
    options.user = &progress_;
    layer_ = std::make_unique<check::Layer>(&plugin_->table(), std::move(options));
    subject_.use(layer_->table());
    // A table that lacks a function the layer would hide, and no case could say so.
    progress_.set_function("get_extension");
    const bp_graph_pass_api_t* passes = pass_table_of(plugin_->table());
    const bool is_sound = passes != nullptr && is_whole(*passes);
    subject_.use_passes(is_sound ? pass_table_of(*layer_->table()) : passes);
  }

  void describe(Greeting* greeting) {
    const bp_plugin_t& plugin = *layer_->table();
    greeting->id = plugin.id;
    greeting->version = plugin.version;
    greeting->vendor = plugin.vendor;
    greeting->build_id = plugin.build_id;
    greeting->passes = pass_names(plugin_->table());
    greeting->abi = std::to_string(plugin.abi.major) + "." + std::to_string(plugin.abi.minor);
    for (uint32_t index = 0;; ++index) {
      const bp_device_info_t* info = plugin.device_info(subject_.host().table(), index);
      if (info == nullptr) break;
      greeting->devices.push_back({info->name, info->architecture, info->driver_version, info->uuid,
                                   (info->flags & BP_DEVICE_FLAG_SYNCHRONOUS) != 0});
    }
  }

  Outcome run_guarded(const Task& task) {
    progress_.set_function("");
    progress_.set_circumstance("");
    Outcome outcome;
    try {
      if (!assignment_.is_fresh && (!subject_.is_open() || subject_.device_index() != task.device))
        subject_.open(task.device);
      if (task.kind == CaseKind::kPublished) return run_published(subject_, task.path);
      if (task.kind == CaseKind::kProblem) return run_problem(subject_, task.problem);
      if (task.kind == CaseKind::kNode)
        return run_node_of_model(subject_, task.problem, task.inputs);
      if (task.kind == CaseKind::kProfile) return ask_for_profile(subject_, task.problem);
      if (task.kind == CaseKind::kPass) {
        run_pass_case(subject_, task.case_id, task.problem, task.path);
        return outcome;
      }
      const AbiCase* found = find_abi_case(task.case_id);
      require(found != nullptr, "the worker does not know the case " + task.case_id);
      found->body(subject_);
    } catch (const CaseEnd& end) {
      outcome.verdict = end.verdict;
      outcome.text = end.text;
      if (end.verdict == Verdict::kUnsupported) outcome.refused_by = RefusedBy::kPlugin;
    } catch (const std::exception& error) {
      outcome.verdict = Verdict::kFail;
      outcome.text = std::string("the suite itself failed: ") + error.what();
    }
    return outcome;
  }

  ProgressPage progress_;
  Assignment assignment_;
  Log log_;
  Violations violations_;
  std::shared_ptr<Plugin> plugin_;
  std::unique_ptr<check::Layer> layer_;
  Subject subject_;
};

}  // namespace

int run_worker() {
  std::signal(SIGPIPE, SIG_IGN);
  Frame frame;
  Assignment assignment;
  if (read_frame(kTaskFd, UINT64_MAX, &frame) != FrameResult::kDone ||
      !from_frame(frame, &assignment))
    return 2;
  Worker worker(std::move(assignment));
  if (!write_frame(kOutcomeFd, to_frame(worker.open()))) return 1;
  Task task;
  while (read_frame(kTaskFd, UINT64_MAX, &frame) == FrameResult::kDone && from_frame(frame, &task))
    if (!write_frame(kOutcomeFd, to_frame(worker.run(task)))) return 1;
  worker.finish();
  return 0;
}

}  // namespace backplane::conformance
