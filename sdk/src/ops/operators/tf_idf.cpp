// TfIdfVectorizer: how often which n-gram comes in a row of tokens.
#include <fmt/format.h>

#include <algorithm>

#include "ops/inference.hpp"
#include "ops/table.hpp"

namespace backplane::ops {
namespace {

Status check_lengths(const Inference& node) {
  const int64_t least = node.integer("min_gram_length");
  const int64_t most = node.integer("max_gram_length");
  if (least < 1 || most < least)
    return invalid_argument(fmt::format("n-grams of {} to {} tokens", least, most));
  if (node.integer("max_skip_count") < 0)
    return invalid_argument(fmt::format("max_skip_count is {}", node.integer("max_skip_count")));
  const std::string mode = node.text("mode");
  if (mode == "TF" || mode == "IDF" || mode == "TFIDF") return {};
  return invalid_argument(fmt::format("mode \"{}\" is none of TF, IDF, TFIDF", mode));
}

// How many n-grams the pool has: from ngram_counts[n - 1] on those of n tokens.
Result<int64_t> pooled(const Inference& node) {
  const auto size = static_cast<int64_t>(node.integers("pool_int64s").size());
  std::vector<int64_t> begins = node.integers("ngram_counts");
  if (static_cast<int64_t>(begins.size()) < node.integer("max_gram_length") || begins[0] != 0)
    return invalid_argument(
        fmt::format("ngram_counts {} does not say where n-grams of 1 to {} "
                    "tokens begin",
                    list_text(begins), node.integer("max_gram_length")));
  begins.push_back(size);
  int64_t count = 0;
  for (size_t i = 1; i < begins.size(); ++i) {
    const auto tokens = static_cast<int64_t>(i);
    const int64_t length = begins[i] - begins[i - 1];
    if (begins[i] > size || length < 0 || length % tokens != 0)
      return invalid_argument(fmt::format("no n-grams of {} tokens from {} to {} in a pool of {}",
                                          tokens, begins[i - 1], begins[i], size));
    count += length / tokens;
  }
  return count;
}

Status check_pool(const Inference& node) {
  if (node.has_attribute("pool_strings")) return node.refuse(kString, "a pool of strings");
  if (!node.has_attribute("pool_int64s")) return invalid_argument("without a pool of n-grams");
  Status status = check_lengths(node);
  if (!status.ok()) return status;
  const Result<int64_t> count = pooled(node);
  if (!count.ok()) return count.status();
  const std::vector<int64_t> places = node.integers("ngram_indexes");
  if (static_cast<int64_t>(places.size()) != *count)
    return invalid_argument(
        fmt::format("{} places in ngram_indexes for {} n-grams", places.size(), *count));
  if (places.empty()) return invalid_argument("a pool without n-grams");
  const int64_t lowest = *std::min_element(places.begin(), places.end());
  return lowest >= 0 ? Status() : invalid_argument(fmt::format("place {} of an n-gram", lowest));
}

Status infer_tf_idf(Inference& node) {
  Status status = check_pool(node);
  if (!status.ok()) return status;
  if (node.rank(0) != 1 && node.rank(0) != 2)
    return invalid_argument("no row or rows of tokens: " + to_text(node.input(0)));
  const std::vector<int64_t> places = node.integers("ngram_indexes");
  const Result<int64_t> width =
      size_from(Checked(*std::max_element(places.begin(), places.end())) + 1);
  if (!width.ok()) return width.status();
  Shape shape = node.shape(0);
  shape.back() = *width;
  return node.set_shape(0, shape);
}

}  // namespace

void define_tf_idf(Definitions& definitions) {
  definitions.add("TfIdfVectorizer", {9})
      .input("X", 0, kIndex)
      .output("Y", 0, set_of({BP_DTYPE_FLOAT32}))
      .attribute("max_gram_length", BP_ATTRIBUTE_INT, Presence::kRequired)
      .attribute("max_skip_count", BP_ATTRIBUTE_INT, Presence::kRequired)
      .attribute("min_gram_length", BP_ATTRIBUTE_INT, Presence::kRequired)
      .attribute("mode", BP_ATTRIBUTE_STRING, Presence::kRequired)
      .attribute("ngram_counts", BP_ATTRIBUTE_INTS, Presence::kRequired)
      .attribute("ngram_indexes", BP_ATTRIBUTE_INTS, Presence::kRequired)
      .attribute("pool_int64s", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("pool_strings", BP_ATTRIBUTE_STRINGS, Presence::kOptional)
      .attribute("weights", BP_ATTRIBUTE_FLOATS, Presence::kOptional)
      .infers(infer_tf_idf);
}

}  // namespace backplane::ops
