// Test only: hand-made models by way of the C API.
#pragma once

#include "onnx/model_builder.hpp"
#include "runtime/test_bench.hpp"
#include "support/status.hpp"
#include "support/tensor_type.hpp"

namespace backplane::runtime {

namespace format = onnx::format;

struct Array {
  bp_tensor_type_t type = {};
  std::vector<char> bytes;

  std::string type_text() const { return to_text(type); }
  template <class T>
  std::vector<T> as() const {
    const T* const first = reinterpret_cast<const T*>(bytes.data());
    return {first, first + bytes.size() / sizeof(T)};
  }
};

template <class T>
Array array(bp_dtype_t dtype, const std::vector<int64_t>& shape, const std::vector<T>& values) {
  const char* const first = reinterpret_cast<const char*>(values.data());
  return {type_of(dtype, shape), {first, first + values.size() * sizeof(T)}};
}
inline Array floats(const std::vector<int64_t>& shape, const std::vector<float>& values) {
  return array(BP_DTYPE_FLOAT32, shape, values);
}
inline Array int64(int64_t value) { return array<int64_t>(BP_DTYPE_INT64, {}, {value}); }
inline Array flag(bool value) { return array<char>(BP_DTYPE_BOOL, {}, {value ? '\1' : '\0'}); }

// The last failure, "OK" if there is none.
struct Said {
  std::string text = "OK";
  std::string node;
  std::string op;

  bool keep(bp_status_t code) {
    if (code == BP_OK) return true;
    const bp_rt_error_t* const error = bp_rt_last_error();
    text = std::string(status_name(code)) + ": " + error->text;
    node = error->node;
    op = error->op;
    return false;
  }
};

// A session of a model: what reading, planning and running it said.
class ModelRun {
 public:
  ModelRun(const Bench& bench, const onnx::ModelBuilder& model,
           const std::vector<bp_option_t>& options = {}) {
    const std::string bytes = model.proto.SerializeAsString();
    bp_graph_t* graph = nullptr;
    if (!said.keep(bp_rt_graph_from_onnx(bench.rt, bytes.data(), bytes.size(), nullptr, nullptr,
                                         nullptr, &graph)))
      return;
    said.keep(bp_rt_session_create(graph, &bench.device, 1, options.data(),
                                   static_cast<uint32_t>(options.size()), &session_));
    bp_rt_graph_destroy(graph);
  }
  ~ModelRun() { bp_rt_session_destroy(session_); }
  ModelRun(const ModelRun&) = delete;
  ModelRun& operator=(const ModelRun&) = delete;

  // The outputs; none when something failed, see `said`.
  std::vector<Array> run(const std::vector<Array>& inputs) {
    std::vector<Array> results;
    bp_rt_run_t* run = nullptr;
    if (session_ == nullptr || !said.keep(bp_rt_run_create(session_, &run))) return results;
    std::vector<bp_rt_tensor_t> given;
    for (const Array& each : inputs) given.push_back(on_host(each.type, each.bytes.data()));
    std::vector<bp_rt_tensor_t> wanted;
    for (uint32_t i = 0; const bp_value_info_t* info = bp_rt_session_output(session_, i); ++i)
      wanted.push_back(on_host(*info->type, nullptr));
    const bool is_done = said.keep(bp_rt_run_start(run, given.data(), wanted.data(), nullptr));
    for (size_t i = 0; is_done && i < wanted.size(); ++i) results.push_back(fetched(wanted[i]));
    bp_rt_run_destroy(run);
    return results;
  }

  std::string placement() const {
    std::string text;
    EXPECT_TRUE(done(bp_rt_session_write(
        session_, "placement",
        [](void* user, const void* bytes, uint64_t size) {
          static_cast<std::string*>(user)->append(static_cast<const char*>(bytes), size);
        },
        &text)));
    return text;
  }

  Said said;

 private:
  static Array fetched(const bp_rt_tensor_t& tensor) {
    Array result{tensor.type, std::vector<char>(*byte_size(tensor.type))};
    const bp_rt_tensor_t to = on_host(tensor.type, result.bytes.data());
    if (!result.bytes.empty()) {
      EXPECT_TRUE(done(bp_rt_copy(nullptr, &to, &tensor)));
    }
    bp_rt_memory_destroy(tensor.memory);
    return result;
  }

  bp_rt_session_t* session_ = nullptr;
};

}  // namespace backplane::runtime
