// TfIdfVectorizer: how often the n-grams of a pool come in each row of tokens, the tokens of one
// side by side or evenly apart. Of several that are the same the first one counts.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "axis.hpp"
#include "data_movement.hpp"

namespace backplane::cpu {

namespace {

using Gram = std::vector<int64_t>;

struct Entry {
  int64_t place;  // in a row of the output
  float weight;
};

struct Pool {
  std::map<Gram, Entry> grams;
  int64_t shortest = 1, longest = 1, most_skipped = 0;
  int64_t width = 0;
  bool counts_once = false;
};

std::vector<int64_t> integers(const Node& node, const char* name) {
  uint32_t count = 0;
  const int64_t* const values = node.ints_attribute(name, &count);
  return {values, values + count};
}

std::vector<float> weights_of(const Node& node, size_t count) {
  const bp_attribute_t* const found = node.attribute("weights");
  const bool is_weighed = found != nullptr && node.string_attribute("mode", "") != "TF";
  if (!is_weighed) return std::vector<float>(count, 1);
  if (found->count != count)
    refuse(node,
           std::to_string(found->count) + " weights for " + std::to_string(count) + " n-grams");
  const auto* const values = static_cast<const float*>(found->data);
  return {values, values + count};
}

void read_lengths(const Node& node, Pool& pool) {
  pool.shortest = node.int_attribute("min_gram_length", 0);
  pool.longest = node.int_attribute("max_gram_length", 0);
  pool.most_skipped = node.int_attribute("max_skip_count", -1);
  if (pool.shortest < 1 || pool.longest < pool.shortest || pool.most_skipped < 0)
    refuse(node, "n-grams of " + std::to_string(pool.shortest) + " to " +
                     std::to_string(pool.longest) + " tokens, up to " +
                     std::to_string(pool.most_skipped) + " skipped");
  const std::string_view mode = node.string_attribute("mode", "");
  if (mode != "TF" && mode != "IDF" && mode != "TFIDF")
    refuse(node, "mode \"" + std::string(mode) + "\" is none that ONNX defines");
  pool.counts_once = mode == "IDF";
}

// n-grams of so many tokens follow each other from begins[tokens - 1] on.
std::vector<Gram> grams_of(const Node& node, const Pool& pool) {
  const std::vector<int64_t> tokens = integers(node, "pool_int64s");
  const auto size = static_cast<int64_t>(tokens.size());
  std::vector<int64_t> begins = integers(node, "ngram_counts");
  if (static_cast<int64_t>(begins.size()) < pool.longest || begins[0] != 0)
    refuse(node, "ngram_counts does not say where all n-grams begin");
  begins.push_back(size);
  std::vector<Gram> grams;
  for (size_t length = 1; length < begins.size(); ++length) {
    const int64_t end = begins[length];
    const auto step = static_cast<int64_t>(length);
    if (end < begins[length - 1] || end > size || (end - begins[length - 1]) % step != 0)
      refuse(node,
             "no n-grams of " + std::to_string(length) + " tokens in the pool's part of them");
    for (int64_t at = begins[length - 1]; at < end; at += step)
      grams.emplace_back(tokens.begin() + at, tokens.begin() + at + step);
  }
  return grams;
}

Pool read_pool(const Node& node) {
  if (node.attribute("pool_strings") != nullptr) refuse(node, "strings");
  Pool pool;
  read_lengths(node, pool);
  const std::vector<Gram> grams = grams_of(node, pool);
  const std::vector<int64_t> places = integers(node, "ngram_indexes");
  if (places.size() != grams.size() || grams.empty())
    refuse(node, std::to_string(places.size()) + " places for " + std::to_string(grams.size()) +
                     " n-grams");
  const std::vector<float> weights = weights_of(node, grams.size());
  for (size_t i = 0; i < grams.size(); ++i) {
    if (places[i] < 0 || places[i] == INT64_MAX)
      refuse(node, "an n-gram's place " + std::to_string(places[i]));
    pool.grams.emplace(grams[i], Entry{places[i], weights[i]});
    pool.width = std::max(pool.width, places[i] + 1);
  }
  return pool;
}

class TfIdf : public Kernel {
 public:
  explicit TfIdf(Pool pool) : pool_(std::move(pool)) { traits_.is_shape_free = true; }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = inputs[0].type;
    const int64_t length = type.shape[type.rank - 1];
    const int64_t rows = type.rank == 2 ? type.shape[0] : 1;
    for (int64_t row = 0; row < rows; ++row) {
      float* const counts = data<float>(outputs[0]) + row * pool_.width;
      std::fill_n(counts, pool_.width, 0.0f);
      if (type.dtype == BP_DTYPE_INT64)
        count(data<const int64_t>(inputs[0]) + row * length, length, counts);
      else
        count(data<const int32_t>(inputs[0]) + row * length, length, counts);
    }
  }

 private:
  template <class T>
  void count(const T* tokens, int64_t length, float* counts) const {
    std::map<const Entry*, int64_t> found;
    Gram gram;
    for (int64_t n = pool_.shortest; n <= pool_.longest && n <= length; ++n)
      for (int64_t step = 1; step - 1 <= pool_.most_skipped && (n - 1) * step < length; ++step) {
        for (int64_t first = 0; first + (n - 1) * step < length; ++first) {
          gram.clear();
          for (int64_t i = 0; i < n; ++i) gram.push_back(int64_t{tokens[first + i * step]});
          const auto known = pool_.grams.find(gram);
          if (known != pool_.grams.end()) ++found[&known->second];
        }
        if (n == 1) break;  // nothing to skip between
      }
    for (const auto& [entry, times] : found)
      counts[entry->place] += static_cast<float>(pool_.counts_once ? 1 : times) * entry->weight;
  }

  const Pool pool_;
};

void check(const Node& node) {
  check_counts(node, 1, 1);
  const bp_tensor_type_t& x = node.input(0);
  if (x.dtype != BP_DTYPE_INT32 && x.dtype != BP_DTYPE_INT64)
    refuse(node, std::string("tokens are int32 or int64, not ") + name_of(x.dtype));
  if (x.rank != 1 && x.rank != 2) refuse(node, to_text(x) + " holds no rows of tokens");
  bp_tensor_type_t expected = x;
  expected.dtype = BP_DTYPE_FLOAT32;
  expected.shape[x.rank - 1] = read_pool(node).width;
  check_follows(node, 0, expected);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<TfIdf>(read_pool(node));
}

}  // namespace

void add_tf_idf(OperatorTable& table) { table.push_back({"TfIdfVectorizer", {9}, check, create}); }

}  // namespace backplane::cpu
