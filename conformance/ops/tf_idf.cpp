// TfIdfVectorizer: how often each n-gram of a pool comes in a row of tokens, with up to so many
// tokens skipped between two of its own.
#include <algorithm>
#include <set>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

using Gram = std::vector<int64_t>;

const Setting& required(const Request& request, const char* name) {
  const auto found = request.settings.find(name);
  if (found == request.settings.end()) throw NotDefined{std::string("no ") + name};
  return found->second;
}

int64_t whole(const Request& request, const char* name) {
  const std::vector<int64_t>& numbers = required(request, name).integers;
  if (numbers.size() != 1) throw NotDefined{std::string(name) + " is no number"};
  return numbers[0];
}

// n-grams of n tokens are those of the pool from starts[n - 1] on.
std::vector<Gram> pool_of(const Request& request) {
  const Gram& pool = required(request, "pool_int64s").integers;
  Gram starts = required(request, "ngram_counts").integers;
  starts.push_back(static_cast<int64_t>(pool.size()));
  std::vector<Gram> grams;
  for (size_t n = 1; n < starts.size(); ++n) {
    if (starts[n] < starts[n - 1] || (starts[n] - starts[n - 1]) % static_cast<int64_t>(n) != 0)
      throw NotDefined{"no such n-grams"};
    for (auto at = static_cast<size_t>(starts[n - 1]); at < static_cast<size_t>(starts[n]); at += n)
      grams.emplace_back(pool.begin() + static_cast<int64_t>(at),
                         pool.begin() + static_cast<int64_t>(at + n));
  }
  if (std::set<Gram>(grams.begin(), grams.end()).size() != grams.size())
    throw NotDefined{"an n-gram that comes twice"};
  return grams;
}

// Whether weights are those of n-grams or of places is not the same for every implementation.
std::vector<int64_t> places_of(const Request& request, size_t count) {
  const std::vector<int64_t>& places = required(request, "ngram_indexes").integers;
  const std::set<int64_t> distinct(places.begin(), places.end());
  if (places.empty() || places.size() != count || distinct.size() != count || *distinct.begin() < 0)
    throw NotDefined{"not a place for each n-gram"};
  if (request.settings.count("weights") != 0 && !std::is_sorted(places.begin(), places.end()))
    throw NotDefined{"weights of places in another order"};
  return places;
}

struct TfIdf {
  static Types infer(const Request& request) {
    const Sizes x = sizes_of(request.inputs.at(0).type);
    if (x.size() != 1 && x.size() != 2) throw NotDefined{"no row or rows"};
    const std::vector<int64_t> places = places_of(request, pool_of(request).size());
    Sizes y = x;
    y.back() = *std::max_element(places.begin(), places.end()) + 1;
    return {tensor_type_of(BP_DTYPE_FLOAT32, y)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const std::vector<Gram> grams = pool_of(call.request);
    const std::vector<int64_t> places = places_of(call.request, grams.size());
    const std::vector<int64_t> tokens = integers_of(call.request.inputs[0]);
    const auto length = static_cast<size_t>(call.in(0).sizes.back());
    const int64_t width = call.out().sizes.back();
    std::fill(call.out().elements.begin(), call.out().elements.end(), S(0));
    for (int64_t row = 0; row * width < call.out().count(); ++row) {
      const auto begin = tokens.begin() + row * static_cast<int64_t>(length);
      const Gram line(begin, begin + static_cast<int64_t>(length));
      for (size_t i = 0; i < grams.size(); ++i)
        call.out()[row * width + places[i]] = worth(call, i, times(call.request, grams[i], line));
    }
  }

 private:
  // How often `gram` stands in `line`, for each number of tokens skipped in between.
  static int64_t times(const Request& request, const Gram& gram, const Gram& line) {
    const auto n = static_cast<int64_t>(gram.size());
    if (n < whole(request, "min_gram_length") || n > whole(request, "max_gram_length")) return 0;
    const int64_t most = n == 1 ? 0 : whole(request, "max_skip_count");
    int64_t count = 0;
    for (int64_t skipped = 0; skipped <= most; ++skipped)
      for (size_t first = 0; first < line.size(); ++first) {
        size_t matched = 0;
        for (size_t at = first; matched < gram.size() && at < line.size();
             at += static_cast<size_t>(skipped) + 1) {
          if (line[at] != gram[matched]) break;
          ++matched;
        }
        count += matched == gram.size() ? 1 : 0;
      }
    return count;
  }

  template <class S>
  static S worth(const Call<S>& call, size_t gram, int64_t count) {
    const std::string& mode = required(call.request, "mode").text;
    const auto found = call.request.settings.find("weights");
    const bool has_weights =
        mode != "TF" && found != call.request.settings.end() && !slips(Slip::kIgnoresAttributes);
    const S counted(static_cast<double>(mode == "IDF" ? std::min<int64_t>(count, 1) : count));
    if (!has_weights) return counted;
    return counted * S(static_cast<double>(static_cast<float>(found->second.numbers.at(gram))));
  }
};

}  // namespace

void add_tf_idf(References& all) {
  all.push_back(reference<TfIdf>("TfIdfVectorizer", 17, Precision::kRounded, {Fill::kIntegers},
                                 {Slip::kIgnoresAttributes}));
}

}  // namespace backplane::conformance
