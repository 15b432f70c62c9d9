// `backplane run MODEL`: one model on one device, by way of the C API alone.
#include <algorithm>
#include <backplane/runtime.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "commands.hpp"
#include "elements.hpp"
#include "npy.hpp"
#include "onnx/reader.hpp"
#include "output.hpp"
#include "passes_text.hpp"
#include "support/tensor_type.hpp"

namespace backplane {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

struct RunOptions {
  std::string model;
  std::string device = "cpu";
  std::string plugin_path;
  std::vector<std::string> inputs;
  std::vector<std::string> dimensions;
  std::string output_folder;
  uint32_t repeat = 1;
  std::vector<std::string> disabled_passes;
  std::string dot_file;
  bool no_passes = false;
  bool explain_passes = false;
  bool no_decompose = false;
  bool as_json = false;
};

// What a user asked for cannot be: exit code 2.
class WrongUsage : public std::runtime_error {
  using std::runtime_error::runtime_error;
};
// It could be, and did not work: exit code 1.
class Failed : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class T>
T value_of(Result<T> result) {
  if (!result.ok()) throw Failed(result.status().text());
  return result.take();
}

// "NAME=VALUE" apart.
std::pair<std::string, std::string> pair_of(const std::string& text, const char* option) {
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0)
    throw WrongUsage(std::string(option) + " " + text + ": it has the form NAME=VALUE");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

NpyArray read_input(const std::string& path) {
  if (!ends_with(path, ".pb")) return value_of(read_npy_file(path));
  const onnx::NamedTensor tensor = value_of(onnx::read_tensor_file(path));
  const auto* bytes = static_cast<const char*>(tensor.value->bytes());
  return {tensor.value->type, {bytes, bytes + value_of(byte_size(tensor.value->type))}};
}

NpyArray random_input(const bp_value_info_t& input, uint32_t index) {
  if (has_unknown_size(*input.type))
    throw Failed(std::string("input \"") + input.name + "\" is " + to_text(*input.type) +
                 ": random values need every size; give --dim NAME=SIZE");
  NpyArray array{*input.type, std::vector<char>(value_of(byte_size(*input.type)))};
  fill_with_random(array.type, array.bytes.data(), index);
  return array;
}

using InputSources = std::map<std::string, std::string>;

std::vector<NpyArray> make_inputs(const bp::rt::Session& session, InputSources sources) {
  std::vector<NpyArray> arrays;
  for (uint32_t i = 0; const bp_value_info_t* input = session.input(i); ++i) {
    const auto source = sources.find(input->name);
    if (source == sources.end())
      throw WrongUsage(std::string("input \"") + input->name + "\" (" + to_text(*input->type) +
                       ") has no value; give --input " + input->name + "=FILE.npy, or =random");
    arrays.push_back(source->second == "random" ? random_input(*input, i)
                                                : read_input(source->second));
    sources.erase(source);
  }
  if (!sources.empty())
    throw WrongUsage("the model has no input \"" + sources.begin()->first + "\"");
  return arrays;
}

bp::rt::Runtime make_runtime(const RunOptions& options) {
  const bp_option_t path = {"plugin-path", options.plugin_path.c_str()};
  bp_rt_config_t config = {};
  config.struct_size = sizeof config;
  config.options = &path;
  config.option_count = options.plugin_path.empty() ? 0 : 1;
  return bp::rt::Runtime(&config);
}

bp::rt::Session make_session(const RunOptions& options, const bp::rt::Runtime& runtime,
                             const bp::rt::Device& device) {
  const std::string bytes = value_of(read_bytes(options.model));
  const std::string folder = std::filesystem::path(options.model).parent_path().string();
  const bp::rt::Graph graph = runtime.read_onnx(bytes, folder.empty() ? "." : folder);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : options.dimensions) {
    const auto [name, size] = pair_of(text, "--dim");
    pairs.emplace_back("dim:" + name, size);
  }
  for (const std::string& name : options.disabled_passes) pairs.emplace_back("pass:" + name, "off");
  if (options.no_passes) pairs.emplace_back("passes", "off");
  if (options.no_decompose) pairs.emplace_back("decompose", "off");
  bp::rt::Options list;
  for (const auto& [key, value] : pairs) list.push_back({key.c_str(), value.c_str()});
  return bp::rt::Session(graph, device, list);
}

struct Output {
  std::string name;
  NpyArray array;
};

struct Outcome {
  std::vector<Output> outputs;
  std::vector<double> milliseconds;
};

// The values of one run, brought to the host.
std::vector<Output> fetch(const bp::rt::Session& session, std::vector<bp_rt_tensor_t>& tensors) {
  std::vector<Output> outputs;
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    const bp::rt::Memory memory(tensors[i].memory);
    NpyArray array{tensors[i].type, std::vector<char>(value_of(byte_size(tensors[i].type)))};
    if (!array.bytes.empty())
      bp::rt::copy(bp::rt::on_host(array.type, array.bytes.data()), tensors[i]);
    outputs.push_back({session.output(i)->name, std::move(array)});
  }
  return outputs;
}

Outcome run_model(const RunOptions& options, const bp::rt::Session& session,
                  std::vector<NpyArray>& arrays) {
  const bp::rt::Run run = session.run();
  std::vector<bp_rt_tensor_t> inputs;
  for (NpyArray& array : arrays)
    inputs.push_back(
        bp::rt::on_host(array.type, array.bytes.empty() ? nullptr : array.bytes.data()));
  Outcome outcome;
  for (uint32_t round = 0; round < options.repeat; ++round) {
    std::vector<bp_rt_tensor_t> outputs;
    for (uint32_t i = 0; const bp_value_info_t* output = session.output(i); ++i)
      outputs.push_back(bp::rt::on_host(*output->type, nullptr));
    const auto start = std::chrono::steady_clock::now();
    run.start(inputs, outputs);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    outcome.milliseconds.push_back(time.count());
    outcome.outputs = fetch(session, outputs);
  }
  std::sort(outcome.milliseconds.begin(), outcome.milliseconds.end());
  return outcome;
}

void write_outputs(const std::string& folder, const std::vector<Output>& outputs) {
  if (folder.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Failed(folder + ": " + error.message());
  for (const Output& output : outputs) {
    std::string name = output.name;
    std::replace(name.begin(), name.end(), '/', '_');
    const Status written =
        write_npy_file((std::filesystem::path(folder) / (name + ".npy")).string(),
                       output.array.type, output.array.bytes.data());
    if (!written.ok()) throw Failed(written.text());
  }
}

std::string in_words(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

void print(const RunOptions& options, const Outcome& outcome) {
  std::vector<std::vector<std::string>> rows = {{"OUTPUT", "TYPE", "MIN", "MAX", "MEAN"}};
  for (const Output& output : outcome.outputs) {
    const Summary summary = summarise(output.array.type, output.array.bytes.data());
    rows.push_back({output.name, to_text(output.array.type), in_words(summary.least),
                    in_words(summary.largest), in_words(summary.mean)});
  }
  print_table(rows);
  if (options.repeat > 1)
    std::printf("\n%u runs on %s: median %s ms, fastest %s ms\n", options.repeat,
                options.device.c_str(),
                in_words(outcome.milliseconds[outcome.milliseconds.size() / 2]).c_str(),
                in_words(outcome.milliseconds.front()).c_str());
}

void print_as_json(const RunOptions& options, const Outcome& outcome, const std::string& passes) {
  Json outputs = Json::array();
  for (const Output& output : outcome.outputs) {
    const Summary summary = summarise(output.array.type, output.array.bytes.data());
    outputs.push_back({{"name", output.name},
                       {"dtype", dtype_name(output.array.type.dtype)},
                       {"shape", shape_of(output.array.type)},
                       {"min", summary.least},
                       {"max", summary.largest},
                       {"mean", summary.mean}});
  }
  Json all = {{"model", options.model},
              {"device", options.device},
              {"outputs", outputs},
              {"runs", options.repeat},
              {"median_ms", outcome.milliseconds[outcome.milliseconds.size() / 2]},
              {"fastest_ms", outcome.milliseconds.front()}};
  if (!passes.empty()) all["passes"] = Json::parse(passes)["passes"];
  print_json(all);
}

std::string written(const bp::rt::Session& session, const char* what) {
  std::string text;
  bp::rt::check(bp_rt_session_write(
      session.get(), what,
      [](void* user, const void* bytes, uint64_t size) {
        static_cast<std::string*>(user)->assign(static_cast<const char*>(bytes), size);
      },
      &text));
  return text;
}

void write_dot(const std::string& path, const bp::rt::Session& session) {
  const std::string text = written(session, "plan.dot");
  std::FILE* const file = std::fopen(path.c_str(), "w");
  const bool is_whole = file != nullptr && std::fputs(text.c_str(), file) >= 0;
  if (file == nullptr || std::fclose(file) != 0 || !is_whole)
    throw Failed(path + ": it cannot be written");
}

void run(const RunOptions& options) {
  InputSources sources;
  for (const std::string& text : options.inputs) sources.insert(pair_of(text, "--input"));
  const bp::rt::Runtime runtime = make_runtime(options);
  const bp::rt::Device device = runtime.open(options.device);
  const bp::rt::Session session = make_session(options, runtime, device);
  std::vector<NpyArray> inputs = make_inputs(session, sources);
  const Outcome outcome = run_model(options, session, inputs);
  write_outputs(options.output_folder, outcome.outputs);
  if (!options.dot_file.empty()) write_dot(options.dot_file, session);
  const std::string passes = options.explain_passes ? written(session, "passes") : "";
  if (options.as_json)
    print_as_json(options, outcome, passes);
  else
    print(options, outcome);
  if (!passes.empty() && !options.as_json) print_passes(passes);
}

int run_and_report(const RunOptions& options) {
  try {
    run(options);
    return 0;
  } catch (const WrongUsage& error) {
    std::fprintf(stderr, "backplane run: %s\n", error.what());
    return kWrongUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "backplane run: %s\n", error.what());
    return kFailed;
  }
}

}  // namespace

void add_run_command(CLI::App& app, int* exit_code) {
  auto wanted = std::make_shared<RunOptions>();
  CLI::App* const command = app.add_subcommand("run", "Runs an ONNX model on a device");
  command->add_option("model", wanted->model, "The model, a file *.onnx")->required();
  command->add_option("--device", wanted->device, "As `backplane list` names it")
      ->capture_default_str();
  command->add_option("--input", wanted->inputs,
                      "NAME=FILE.npy, NAME=FILE.pb (a TensorProto) or NAME=random; once for each "
                      "input of the model");
  command->add_option("--dim", wanted->dimensions,
                      "NAME=SIZE, for every unknown size of that name");
  command->add_option("--output-dir", wanted->output_folder,
                      "Writes each output to a file NAME.npy there");
  command->add_option("--repeat", wanted->repeat, "Runs it so often, and says how long it takes")
      ->check(CLI::Range(1u, 1000000u));
  command->add_option("--plugin-path", wanted->plugin_path,
                      "Folders and files, ':' between them, in place of BACKPLANE_PLUGIN_PATH");
  command->add_flag("--no-decompose", wanted->no_decompose,
                    "Fails where the device refuses a node, rather than running simpler ones");
  command->add_flag("--explain-passes", wanted->explain_passes,
                    "Says of each graph pass what it changed, or why it did not");
  command->add_option("--disable-pass", wanted->disabled_passes,
                      "NAME of a pass that is not to run; may be given more than once");
  command->add_flag("--no-passes", wanted->no_passes, "Runs no graph pass at all");
  command->add_option("--dot", wanted->dot_file,
                      "Writes what the passes left of the graph to this file, as DOT");
  command->add_flag("--json", wanted->as_json, "As JSON");
  command->footer(
      "Examples:\n  backplane run model.onnx --input x=random --dim batch=1\n"
      "  backplane run model.onnx --device cpu --input x=x.npy --output-dir out\n"
      "  backplane run model.onnx --input x=random --explain-passes --disable-pass "
      "host.dead-code\n\n"
      "Exit codes: 0 done, 1 it failed, 2 wrong usage.");
  command->callback([wanted, exit_code] { *exit_code = run_and_report(*wanted); });
}

}  // namespace backplane
